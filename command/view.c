#include "command/view.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/command.h"
#include "command/place.h"
#include "compare/explain/causes.h"
#include "compare/model/pair.h"

enum { WIDTH_DEFAULT = 120, WIDTH_LEAST = 60, WIDTH_MOST = 160 };

static int open_names(struct rc_symbols ***out, const struct rc_profile *profile, struct rc_error *err) {
    *out = calloc(profile->n_processes + 1, sizeof(struct rc_symbols *));
    if (!*out)
        return rc_fail(err, "no memory");
    for (size_t i = 0; i < profile->n_processes; i++)
        if (rc_symbols_open(&(*out)[i], &profile->processes[i], err))
            return -1;
    return 0;
}

static void close_names(struct rc_symbols **symbols, const struct rc_profile *profile) {
    for (size_t i = 0; symbols && i < profile->n_processes; i++)
        rc_symbols_close(symbols[i]);
    free(symbols);
}

static int open_symbols(struct view *view, struct rc_error *err) {
    size_t n = view->profile->n_processes, size = 0;
    FILE *missing = open_memstream(&view->missing, &size);
    int result = missing ? open_names(&view->symbols, view->profile, err) : rc_fail(err, "no memory");
    for (size_t i = 0; i < n && result == 0; i++) {
        const char *lines = rc_symbols_missing(view->symbols[i]);
        fflush(missing); /* processes of one program miss the same */
        if (*lines && !strstr(view->missing, lines))
            fprintf(missing, "%s%s", ftell(missing) ? "\n" : "", lines);
    }
    return missing && fclose(missing) ? rc_fail(err, "no memory") : result;
}

static struct rc_lookup *lookups_of(struct rc_symbols **symbols, size_t n, struct rc_error *err) {
    struct rc_lookup *lookups = calloc(n + 1, sizeof *lookups);
    for (size_t i = 0; lookups && i < n; i++)
        lookups[i] = rc_lookup_of_symbols(symbols[i]);
    if (!lookups)
        rc_fail(err, "no memory");
    return lookups;
}

static int build(struct view *view, uint32_t pid, enum rc_tree_kind tree, struct rc_error *err) {
    struct rc_lookup *lookups = lookups_of(view->symbols, view->profile->n_processes, err);
    if (!lookups)
        return -1;
    int result = rc_report_build_with(&view->report, view->profile, lookups, pid, tree, err);
    free(lookups);
    if (result == 0)
        rc_causes_find(view->report);
    return result;
}

int view_load_second(struct rc_profile **out, const struct rc_profile *first, const char *file, struct rc_error *err) {
    char *path = NULL;
    *out = NULL;
    int result = -1;
    if (asprintf(&path, "%s.asleep", file) < 0) {
        rc_fail(err, "no memory");
        return -1;
    }
    if (access(path, F_OK))
        rc_fail(err, "%s: the second of the two runs is not there", path);
    else
        result = rc_profile_load(out, path, err);
    if (result == 0 && ((*out)->pair != first->pair || !(*out)->asleep))
        result = rc_fail(err, "%s: is not the second run of this recording", path);
    free(path);
    return result;
}

/* The second run lies beside the first. @return its process for `pid` (0: all), or -1 with the reason in `err` */
static int64_t open_second(struct view *view, const char *file, uint32_t pid, struct rc_error *err) {
    if (view_load_second(&view->asleep, view->profile, file, err))
        return -1;
    int64_t other = rc_pair_pid(view->profile, view->asleep, pid);
    return other < 0 ? rc_fail(err, "the second run has no process that stands for %" PRIu32, pid) : other;
}

/* Without the second run the report is that of the first, and says so. */
static int add_second(struct view *view, const char *command, const struct view_source *source, struct rc_error *err) {
    struct rc_error absent = {""};
    if (!view->profile->pair || view->profile->asleep || source->awake)
        return 0;
    int64_t pid = open_second(view, source->file, source->pid, &absent);
    if (pid < 0) {
        say("%s: %s; times are those of the run awake (record --twice makes both, --awake asks for this one)", command,
            absent.text);
        return 0;
    }
    if (open_names(&view->asleep_symbols, view->asleep, err))
        return -1;
    struct rc_lookup *lookups = lookups_of(view->asleep_symbols, view->asleep->n_processes, err);
    int result = lookups ? rc_pair_add(view->report, view->asleep, lookups, (uint32_t)pid, err) : -1;
    free(lookups);
    if (result == 0)
        rc_causes_find(view->report); /* they go on from those of the first run */
    return result;
}

int view_open(struct view *view, const char *command, const struct view_source *source, enum rc_tree_kind tree) {
    struct rc_error err = {""};
    *view = (struct view){0};
    if (rc_profile_load(&view->profile, source->file, &err) == 0 && open_symbols(view, &err) == 0 &&
        build(view, source->pid, tree, &err) == 0 && add_second(view, command, source, &err) == 0)
        return 0;
    say("%s: %s", command, err.text);
    view_close(view);
    return -1;
}

void view_close(struct view *view) {
    rc_report_free(view->report);
    close_names(view->symbols, view->profile);
    close_names(view->asleep_symbols, view->asleep);
    free(view->missing);
    rc_profile_free(view->profile);
    rc_profile_free(view->asleep);
    *view = (struct view){0};
}

bool view_may_write(const struct view *view, const char *command, const struct view_source *source,
                    const char *output) {
    char second[PATH_MAX];
    if (place_is_input(command, output, source->file))
        return false;
    int n = snprintf(second, sizeof second, "%s.asleep", source->file);
    return !view->profile->pair || n >= PATH_MAX || !place_is_input(command, output, second);
}

int view_blind(const struct view *view, const struct rc_filter_wish *wish, struct rc_blind **out,
               struct rc_error *err) {
    size_t n = view->profile->n_processes;
    struct rc_lookup *lookups = calloc(n + 1, sizeof *lookups);
    *out = NULL;
    if (!lookups)
        return rc_fail(err, "no memory");
    for (size_t i = 0; i < n; i++)
        lookups[i] = rc_lookup_of_symbols(view->symbols[i]);
    int result = rc_blind_build(out, view->report, lookups, wish, err);
    free(lookups);
    return result;
}

/* $COLUMNS is the user's word; else the terminal's. */
static unsigned width_of(int fd) {
    struct winsize size;
    const char *said = getenv("COLUMNS");
    unsigned long columns = said ? strtoul(said, NULL, 10) : 0;
    if (!columns && isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
    if (!columns)
        return WIDTH_DEFAULT;
    return columns < WIDTH_LEAST ? WIDTH_LEAST : columns > WIDTH_MOST ? WIDTH_MOST : (unsigned)columns;
}

static const char *pager_command(void) {
    const char *names[] = {getenv("RECOUNT_PAGER"), getenv("PAGER"), "less -FRX"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i])
            return strcmp(names[i], "") && strcmp(names[i], "cat") ? names[i] : NULL;
    return NULL;
}

/* The child: the pager, with the pipe as its input. Where there is no such program, cat stands in. */
static _Noreturn void run_pager(const char *command, const int *ends) {
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    close(ends[1]);
    char *line = NULL;
    if (asprintf(&line, "%s || [ $? -ne 127 ] || cat", command) >= 0)
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(127);
}

static void start_pager(struct screen *screen, const char *command) {
    int ends[2];
    if (!command || pipe(ends))
        return;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        run_pager(command, ends);
    close(ends[0]);
    FILE *out = pid > 0 ? fdopen(ends[1], "w") : NULL;
    if (!out) {
        close(ends[1]);
        return;
    }
    signal(SIGPIPE, SIG_IGN);
    screen->paper.out = out;
    screen->pager = pid;
}

/* The locale's word, without setting it for anything else that prints. */
static bool takes_utf8(void) {
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool utf8 = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    if (locale)
        freelocale(locale);
    return utf8;
}

void screen_open(struct screen *screen, bool page) {
    bool terminal = isatty(STDOUT_FILENO);
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    *screen = (struct screen){.paper = {.out = stdout, .width = width_of(STDOUT_FILENO)}};
    screen->paper.colour = terminal && (!no_colour || !*no_colour) && (!term || strcmp(term, "dumb"));
    screen->paper.utf8 = takes_utf8();
    if (terminal && page)
        start_pager(screen, pager_command());
}

/* Waits for the pager. A person who leaves it early is not a failure. */
static int screen_close(struct screen *screen) {
    if (!screen->pager)
        return fflush(stdout) || ferror(stdout) ? -1 : 0;
    fclose(screen->paper.out);
    while (waitpid(screen->pager, NULL, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

int screen_finish(struct screen *screen, const char *command, int result, const struct rc_error *err) {
    bool paged = screen->pager;
    if (screen_close(screen) == 0 && (result == 0 || paged))
        return STATUS_DONE;
    say("%s: %s", command, result ? err->text : "the output could not be written");
    return STATUS_FAILED;
}

enum { OPTION_PID = 0x1000, OPTION_JSON, OPTION_NO_PAGER, OPTION_AWAKE };

static uint32_t pid_of(const char *text) {
    char *end;
    unsigned long pid = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && pid <= UINT32_MAX ? (uint32_t)pid : 0;
}

static error_t take_source(int key, char *text, struct argp_state *state) {
    struct view_source *source = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        source->file = VIEW_DEFAULT_FILE;
        return 0;
    case 'i':
        source->file = text;
        return 0;
    case OPTION_PID:
        source->pid = pid_of(text);
        if (!source->pid)
            argp_error(state, "--pid takes a process's number, not '%s'", text);
        return 0;
    case OPTION_AWAKE:
        source->awake = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument '%s'; a profile is named with -i", text);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t take_form(int key, char *text, struct argp_state *state) {
    struct view_form *form = state->input;
    (void)text;
    switch (key) {
    case OPTION_JSON:
        form->json = true;
        return 0;
    case OPTION_NO_PAGER:
        form->no_pager = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option source_options[] = {
    {"input", 'i', "FILE", 0, "Read the profile FILE (" VIEW_DEFAULT_FILE ")", 0},
    {"pid", OPTION_PID, "PID", 0, "Take one process of several", 0},
    {"awake", OPTION_AWAKE, NULL, 0, "Of record --twice: take the run with its hooks awake alone", 0},
    {0}};

static const struct argp_option form_options[] = {
    {"json", OPTION_JSON, NULL, 0, "Print everything as one JSON object", 0},
    {"no-pager", OPTION_NO_PAGER, NULL, 0, "Do not start a pager on a terminal", 0},
    {0}};

const struct argp view_source_options = {.options = source_options, .parser = take_source};
const struct argp view_form_options = {.options = form_options, .parser = take_form};

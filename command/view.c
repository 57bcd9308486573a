#include "command/view.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/command.h"
#include "compare/explain/causes.h"

enum { WIDTH_DEFAULT = 120, WIDTH_LEAST = 60, WIDTH_MOST = 160 };

static int open_symbols(struct view *view, struct rc_error *err) {
    size_t n = view->profile->n_processes, size = 0;
    FILE *missing = open_memstream(&view->missing, &size);
    view->symbols = calloc(n + 1, sizeof *view->symbols);
    if (!missing || !view->symbols) {
        if (missing)
            fclose(missing);
        return rc_fail(err, "no memory");
    }
    int result = 0;
    for (size_t i = 0; i < n && result == 0; i++) {
        result = rc_symbols_open(&view->symbols[i], &view->profile->processes[i], err);
        const char *lines = result ? "" : rc_symbols_missing(view->symbols[i]);
        fflush(missing); /* processes of one program miss the same */
        if (*lines && !strstr(view->missing, lines))
            fprintf(missing, "%s%s", ftell(missing) ? "\n" : "", lines);
    }
    return fclose(missing) ? rc_fail(err, "no memory") : result;
}

static int build(struct view *view, uint32_t pid, struct rc_error *err) {
    size_t n = view->profile->n_processes;
    struct rc_lookup *lookups = calloc(n + 1, sizeof *lookups);
    if (!lookups)
        return rc_fail(err, "no memory");
    for (size_t i = 0; i < n; i++)
        lookups[i] = rc_lookup_of_symbols(view->symbols[i]);
    int result = rc_report_build(&view->report, view->profile, lookups, pid, err);
    free(lookups);
    if (result == 0)
        rc_causes_find(view->report);
    return result;
}

int view_open(struct view *view, const char *command, const char *file, uint32_t pid) {
    struct rc_error err = {""};
    *view = (struct view){0};
    if (rc_profile_load(&view->profile, file, &err) == 0 && open_symbols(view, &err) == 0 &&
        build(view, pid, &err) == 0)
        return 0;
    say("%s: %s", command, err.text);
    view_close(view);
    return -1;
}

void view_close(struct view *view) {
    rc_report_free(view->report);
    for (size_t i = 0; view->symbols && i < view->profile->n_processes; i++)
        rc_symbols_close(view->symbols[i]);
    free(view->symbols);
    free(view->missing);
    rc_profile_free(view->profile);
    *view = (struct view){0};
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

void screen_open(struct screen *screen, bool page) {
    bool terminal = isatty(STDOUT_FILENO);
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    *screen = (struct screen){.paper = {.out = stdout, .width = width_of(STDOUT_FILENO)}};
    screen->paper.colour = terminal && (!no_colour || !*no_colour) && (!term || strcmp(term, "dumb"));
    if (terminal && page)
        start_pager(screen, pager_command());
}

int screen_close(struct screen *screen) {
    if (!screen->pager)
        return fflush(stdout) || ferror(stdout) ? -1 : 0;
    fclose(screen->paper.out);
    while (waitpid(screen->pager, NULL, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

uint32_t view_pid(const char *text) {
    char *end;
    unsigned long pid = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && pid <= UINT32_MAX ? (uint32_t)pid : 0;
}

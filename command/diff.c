/* recount diff: what changed between two sets of runs. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/view.h"
#include "compare/model/diff.h"

enum { TOP_DEFAULT = 25, OPTION_PER = 256, OPTION_TOP, OPTION_ALL, OPTION_TIMES, OPTION_EXIT_CODE };

struct request {
    struct view_form form;
    struct rc_diff_options shown;
    const char *per;
    bool tracer, exit_code;
    char **files; /* those before, then those after */
    int n_files, n_before;
};

static const struct argp_option options[] = {
    {"per", OPTION_PER, "FUNCTION", 0, "Divide all counts and times of a run by its calls of FUNCTION", 0},
    {"times", OPTION_TIMES, "WHOSE", 0, "Compare the sampler's times of functions (default), or the tracer's", 0},
    {"top", OPTION_TOP, "N", 0, "Show the times of N functions (25); 0 shows all", 0},
    {"all", OPTION_ALL, NULL, 0, "Show also the counts that are the same and the times that cannot be told", 0},
    {"exit-code", OPTION_EXIT_CODE, NULL, 0, "Exit with 1 if anything changed", 0},
    {0}};

static void take_top(struct request *request, const char *text, struct argp_state *state) {
    char *end;
    request->shown.top = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end)
        argp_error(state, "--top takes a number, not '%s'", text);
}

static void take_times(struct request *request, const char *text, struct argp_state *state) {
    request->tracer = strcmp(text, "tracer") == 0;
    if (!request->tracer && strcmp(text, "sampler") != 0)
        argp_error(state, "--times takes sampler or tracer, not '%s'", text);
}

/* BEFORE AFTER, or any number of both with the word between them, which is taken out. */
static void split(struct request *request, struct argp_state *state) {
    int vs = 0;
    while (vs < request->n_files && strcmp(request->files[vs], "vs") != 0)
        vs++;
    if (vs == request->n_files && vs == 2) {
        request->n_before = 1;
        return;
    }
    if (vs == request->n_files)
        argp_error(state, "name two profiles, or several of each side with the word vs between them");
    if (vs == 0 || vs + 1 == request->n_files)
        argp_error(state, "vs stands between the profiles before and those after");
    memmove(request->files + vs, request->files + vs + 1, (size_t)(request->n_files - vs - 1) * sizeof(char *));
    request->n_files--;
    request->n_before = vs;
    for (int i = 0; i < request->n_files; i++)
        if (strcmp(request->files[i], "vs") == 0)
            argp_error(state, "there are two sides, and so one vs; a file of that name is ./vs");
}

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &request->form;
        return 0;
    case OPTION_PER:
        request->per = text;
        return 0;
    case OPTION_TIMES:
        take_times(request, text, state);
        return 0;
    case OPTION_TOP:
        take_top(request, text, state);
        return 0;
    case OPTION_ALL:
        request->shown.all = true;
        return 0;
    case OPTION_EXIT_CODE:
        request->exit_code = true;
        return 0;
    case ARGP_KEY_ARGS:
        request->files = state->argv + state->next;
        request->n_files = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        split(request, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = take_option,
    .args_doc = "BEFORE AFTER\nBEFORE... vs AFTER...",
    .doc =
        "Compares two sides, each of one profile or more: counts exactly, times through their spread from run to run.",
    .children = (const struct argp_child[]){{&view_form_options, 0, NULL, 0}, {0}},
};

/* Modules without symbols, each once. */
static int add_missing(char **all, const char *lines) {
    char *more = NULL;
    if (!*lines || (*all && strstr(*all, lines)))
        return 0;
    if (asprintf(&more, "%s%s%s", *all ? *all : "", *all ? "\n" : "", lines) < 0)
        return -1;
    free(*all);
    *all = more;
    return 0;
}

static int add_run(struct rc_diff *diff, enum rc_side side, const struct rc_profile *run,
                   struct rc_symbols *const *symbols, struct rc_error *err) {
    struct rc_lookup *lookups = calloc(run->n_processes + 1, sizeof *lookups);
    struct rc_report *report = NULL;
    if (!lookups)
        return rc_fail(err, "no memory");
    for (size_t i = 0; i < run->n_processes; i++)
        lookups[i] = rc_lookup_of_symbols(symbols[i]);
    int result = rc_report_build(&report, run, lookups, 0, err);
    if (result == 0)
        result = rc_diff_add_report(diff, side, report, err);
    rc_report_free(report);
    free(lookups);
    return result;
}

static int add_profile(struct rc_diff *diff, enum rc_side side, const struct rc_profile *profile, char **missing,
                       struct rc_error *err) {
    size_t n = profile->n_processes;
    struct rc_symbols **symbols = calloc(n + 1, sizeof *symbols);
    int result = 0;
    if (!symbols)
        return rc_fail(err, "no memory");
    for (size_t i = 0; i < n && result == 0; i++) {
        result = rc_symbols_open(&symbols[i], &profile->processes[i], err);
        if (result == 0 && add_missing(missing, rc_symbols_missing(symbols[i])))
            result = rc_fail(err, "no memory");
    }
    for (size_t i = 0; i < profile->n_runs && result == 0; i++) {
        struct rc_profile run = rc_profile_of_run(profile, i);
        result = add_run(diff, side, &run, symbols + profile->runs[i].first, err);
    }
    for (size_t i = 0; i < n; i++)
        rc_symbols_close(symbols[i]);
    free(symbols);
    return result;
}

/* One file in memory at a time. @return 0, or -1 after having said why */
static int add_file(struct rc_diff *diff, enum rc_side side, const char *path, char **missing) {
    struct rc_error err = {""};
    struct rc_profile *profile;
    if (rc_profile_load(&profile, path, &err)) {
        say("diff: %s", err.text);
        return -1;
    }
    int result = add_profile(diff, side, profile, missing, &err);
    if (result)
        say("diff: %s: %s", path, err.text);
    rc_profile_free(profile);
    return result;
}

static int show(const struct rc_diff *diff, const struct request *request) {
    struct rc_error err = {""};
    struct screen screen;
    screen_open(&screen, !request->form.json && !request->form.no_pager);
    int result = request->form.json ? rc_render_diff_json(screen.paper.out, diff, request->shown.missing, &err)
                                    : rc_render_diff(&screen.paper, diff, &request->shown, &err);
    int status = screen_finish(&screen, "diff", result, &err);
    bool changed = diff->changed_times || diff->changed_counts;
    return status ? status : request->exit_code && changed ? STATUS_FAILED : STATUS_DONE;
}

static int compare(struct rc_diff *diff, struct request *request, char **missing) {
    struct rc_error err = {""};
    for (int i = 0; i < request->n_files; i++)
        if (add_file(diff, i < request->n_before ? RC_BEFORE : RC_AFTER, request->files[i], missing))
            return STATUS_FAILED;
    if (rc_diff_judge(diff, &err)) {
        say("diff: %s", err.text);
        return STATUS_FAILED;
    }
    request->shown.missing = *missing ? *missing : "";
    return show(diff, request);
}

int command_diff(int argc, char **argv) {
    struct request request = {.shown = {.top = TOP_DEFAULT}};
    char *missing = NULL;
    argp_err_exit_status = STATUS_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &request))
        return STATUS_USAGE;
    struct rc_diff *diff = rc_diff_new(request.per, request.tracer);
    if (!diff) {
        say("diff: no memory");
        return STATUS_FAILED;
    }
    int status = compare(diff, &request, &missing);
    rc_diff_free(diff);
    free(missing);
    return status;
}

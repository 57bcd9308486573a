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
    bool tracer, awake, exit_code;
    char **files; /* those before, then those after */
    int n_files, n_before;
};

static const struct argp_option options[] = {
    {"per", OPTION_PER, "FUNCTION", 0, "Divide all counts and times of a run by its calls of FUNCTION", 0},
    {"times", OPTION_TIMES, "WHOSE", 0,
     "Compare the sampler's times of functions (default; of two runs those asleep), those awake, or the tracer's", 0},
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
    request->awake = strcmp(text, "awake") == 0;
    if (!request->tracer && !request->awake && strcmp(text, "sampler") != 0)
        argp_error(state, "--times takes sampler, awake or tracer, not '%s'", text);
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

/* A profile and its symbols. */
struct opened {
    struct rc_profile *profile;
    struct rc_symbols **symbols; /* one a process */
};

static void opened_close(struct opened *opened) {
    for (size_t i = 0; opened->symbols && i < opened->profile->n_processes; i++)
        rc_symbols_close(opened->symbols[i]);
    free(opened->symbols);
    rc_profile_free(opened->profile);
}

static int open_symbols(struct opened *opened, char **missing, struct rc_error *err) {
    size_t n = opened->profile->n_processes;
    opened->symbols = calloc(n + 1, sizeof *opened->symbols);
    if (!opened->symbols)
        return rc_fail(err, "no memory");
    for (size_t i = 0; i < n; i++) {
        if (rc_symbols_open(&opened->symbols[i], &opened->profile->processes[i], err))
            return -1;
        if (add_missing(missing, rc_symbols_missing(opened->symbols[i])))
            return rc_fail(err, "no memory");
    }
    return 0;
}

/* The caller frees them. NULL: no memory. */
static struct rc_lookup *lookups_of(struct rc_symbols *const *symbols, size_t n) {
    struct rc_lookup *lookups = calloc(n + 1, sizeof *lookups);
    for (size_t i = 0; lookups && i < n; i++)
        lookups[i] = rc_lookup_of_symbols(symbols[i]);
    return lookups;
}

/* @param second  the second of two runs, without a profile where there is none */
static int add_run(struct rc_diff *diff, enum rc_side side, const struct rc_profile *run,
                   struct rc_symbols *const *symbols, const struct opened *second, struct rc_error *err) {
    struct rc_lookup *lookups = lookups_of(symbols, run->n_processes), *others = NULL;
    struct rc_report *report = NULL;
    int result = lookups ? rc_report_build(&report, run, lookups, 0, err) : rc_fail(err, "no memory");
    if (result == 0 && second->profile) {
        others = lookups_of(second->symbols, second->profile->n_processes);
        result =
            others ? rc_diff_add_pair(diff, side, report, second->profile, others, err) : rc_fail(err, "no memory");
    } else if (result == 0) {
        result = rc_diff_add_report(diff, side, report, err);
    }
    rc_report_free(report);
    free(lookups);
    free(others);
    return result;
}

/* Where the second run is gone, the times are those of the first, and the comparison says so. */
static int open_second(struct opened *second, const struct rc_profile *first, const char *path, char **missing,
                       struct rc_error *err) {
    struct rc_error absent = {""};
    if (!first->pair || first->asleep || first->n_runs > 1)
        return 0;
    if (view_load_second(&second->profile, first, path, &absent)) {
        say("diff: %s", absent.text);
        rc_profile_free(second->profile);
        second->profile = NULL;
        return 0;
    }
    return open_symbols(second, missing, err);
}

static int add_profile(struct rc_diff *diff, enum rc_side side, struct opened *first, const char *path, char **missing,
                       struct rc_error *err) {
    struct opened second = {NULL, NULL};
    const struct rc_profile *profile = first->profile;
    int result = open_symbols(first, missing, err) || open_second(&second, profile, path, missing, err) ? -1 : 0;
    for (size_t i = 0; i < profile->n_runs && result == 0; i++) {
        struct rc_profile run = rc_profile_of_run(profile, i);
        result = add_run(diff, side, &run, first->symbols + profile->runs[i].first, &second, err);
    }
    opened_close(&second);
    return result;
}

/* One file in memory at a time. @return 0, or -1 after having said why */
static int add_file(struct rc_diff *diff, enum rc_side side, const char *path, char **missing) {
    struct rc_error err = {""};
    struct opened first = {NULL, NULL};
    if (rc_profile_load(&first.profile, path, &err)) {
        say("diff: %s", err.text);
        return -1;
    }
    int result = add_profile(diff, side, &first, path, missing, &err);
    if (result)
        say("diff: %s: %s", path, err.text);
    opened_close(&first);
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
    diff->awake_times = request.awake;
    int status = compare(diff, &request, &missing);
    rc_diff_free(diff);
    free(missing);
    return status;
}

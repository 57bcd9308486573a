/* recount filter: proposes which functions should sleep in the next recording. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/command.h"
#include "command/view.h"
#include "compare/explain/numbers.h"
#include "compare/render/blind.h"

enum { OPTION_SAVE = 256, OPTION_TOP };

struct request {
    struct view_source source;
    struct rc_filter_wish wish;
    const char *output;
};

static const struct argp_option options[] = {
    {"save", OPTION_SAVE, "PERCENT", 0, "Stop when so much of what noisy hooks cost would be saved (90)", 0},
    {"top", OPTION_TOP, "N", 0, "Name N functions at most", 0},
    {"output", 'o', "FILE", 0, "Write to FILE instead of the standard output", 0},
    {0}};

static void take_save(struct request *request, const char *text, struct argp_state *state) {
    char *end;
    double percent = strtod(text, &end);
    if (end == text || *end || !(percent > 0 && percent <= 100))
        argp_error(state, "--save takes a percentage above 0, up to 100, not '%s'", text);
    request->wish.save = percent / 100;
}

static void take_top(struct request *request, const char *text, struct argp_state *state) {
    char *end;
    request->wish.top = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || !request->wish.top)
        argp_error(state, "--top takes a number from 1, not '%s'", text);
}

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &request->source;
        return 0;
    case OPTION_SAVE:
        take_save(request, text, state);
        return 0;
    case OPTION_TOP:
        take_top(request, text, state);
        return 0;
    case 'o':
        request->output = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = take_option,
    .doc =
        "Names the functions whose hooks cost most beside their own time, as a filter for 'recount record --filter'.",
    .children = (const struct argp_child[]){{&view_source_options, 0, NULL, 0}, {0}},
};

/* Half a filter is none. What is no file, as /dev/stdout, stays. */
static void remove_file(const char *path) {
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISREG(status.st_mode))
        unlink(path);
}

static int write_file(const struct view *view, const struct rc_blind *blind, const struct request *request,
                      struct rc_error *err) {
    FILE *out = fopen(request->output, "we");
    if (!out)
        return rc_fail(err, "%s cannot be written: %s", request->output, strerror(errno));
    int result = rc_render_filter(out, view->report, blind, request->source.file, err);
    if (fclose(out) && result == 0)
        result = rc_fail(err, "%s cannot be written: %s", request->output, strerror(errno));
    if (result)
        remove_file(request->output);
    return result;
}

static void say_nameless(const struct rc_report *report, const struct rc_blind *blind) {
    say("filter: %zu function%s whose hooks cost %s of the CPU time ha%s no name, so that no rule can mean %s%s; "
        "record a "
        "build with symbols (not stripped)",
        blind->n_nameless, rc_plural(blind->n_nameless),
        rc_text_percent(rc_ratio((uint64_t)blind->nameless_ns, report->cpu_ns)).s, blind->n_nameless == 1 ? "s" : "ve",
        blind->n_nameless == 1 ? "it" : "them", blind->n_proposed ? "" : ", and the filter has no rule");
}

static int write_filter(const struct view *view, const struct request *request) {
    struct rc_blind *blind;
    struct rc_error err;
    int result = view_blind(view, &request->wish, &blind, &err);
    if (result == 0 && !request->output)
        result = rc_render_filter(stdout, view->report, blind, request->source.file, &err);
    else if (result == 0)
        result = write_file(view, blind, request, &err);
    if (result == 0 && !blind->n_proposed && !blind->n_nameless)
        say("filter: no function's hooks cost so much that it should sleep; the filter has no rule");
    if (result == 0 && blind->n_nameless)
        say_nameless(view->report, blind);
    rc_blind_free(blind);
    if (result == 0)
        return STATUS_DONE;
    say("filter: %s", err.text);
    return STATUS_FAILED;
}

int command_filter(int argc, char **argv) {
    struct request request = {.wish = VIEW_FILTER_WISH};
    struct view view;
    argp_err_exit_status = STATUS_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &request))
        return STATUS_USAGE;
    request.source.awake = true; /* what hooks cost shows where they are awake */
    if (view_open(&view, "filter", &request.source, RC_TREE_NONE))
        return STATUS_FAILED;
    int status = STATUS_FAILED;
    if (view_may_write(&view, "filter", &request.source, request.output))
        status = write_filter(&view, &request);
    view_close(&view);
    return status;
}

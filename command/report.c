/* recount report: counts and samples side by side. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/view.h"

enum { TOP_DEFAULT = 25, OPTION_TOP = 256, OPTION_JSON, OPTION_PID, OPTION_NO_PAGER };

struct request {
    const char *file;
    struct rc_table_options table;
    uint32_t pid;
    bool json, no_pager;
};

static const struct argp_option options[] = {
    {"input", 'i', "FILE", 0, "Read the profile FILE (" VIEW_DEFAULT_FILE ")", 0},
    {"sort", 's', "KEY", 0,
     "Order the rows by story (default: what was re-entered first, then by self time), self, total, entries, calls, "
     "resumes, awaiting or name",
     0},
    {"top", OPTION_TOP, "N", 0, "Show N rows (25); 0 shows all", 0},
    {"pid", OPTION_PID, "PID", 0, "Show one process of several", 0},
    {"json", OPTION_JSON, NULL, 0, "Print everything as one JSON object", 0},
    {"no-pager", OPTION_NO_PAGER, NULL, 0, "Do not start a pager on a terminal", 0},
    {0}};

static error_t take_sort(struct request *request, const char *key, struct argp_state *state) {
    request->table.sort = rc_sort_named(key);
    if (request->table.sort == RC_SORT_COUNT)
        argp_error(state, "--sort takes %s, not '%s'", rc_sort_names(), key);
    return 0;
}

static error_t take_top(struct request *request, const char *text, struct argp_state *state) {
    char *end;
    request->table.top = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end)
        argp_error(state, "--top takes a number, not '%s'", text);
    return 0;
}

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct request *request = state->input;
    switch (key) {
    case 'i':
        request->file = text;
        return 0;
    case 's':
        return take_sort(request, text, state);
    case OPTION_TOP:
        return take_top(request, text, state);
    case OPTION_PID:
        request->pid = view_pid(text);
        if (!request->pid)
            argp_error(state, "--pid takes a process's number, not '%s'", text);
        return 0;
    case OPTION_JSON:
        request->json = true;
        return 0;
    case OPTION_NO_PAGER:
        request->no_pager = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument '%s'; a profile is named with -i", text);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = take_option,
    .doc =
        "Shows what the tracer counted and what the sampler saw, function by function, and says where they disagree.",
};

static int show(const struct view *view, const struct request *request) {
    struct rc_error err;
    struct screen screen;
    screen_open(&screen, !request->json && !request->no_pager);
    int result = request->json ? rc_render_json(screen.paper.out, view->report, view->missing, &err)
                               : rc_render_table(&screen.paper, view->report, &request->table, &err);
    bool paged = screen.pager;
    if (screen_close(&screen) == 0 && (result == 0 || paged))
        return STATUS_DONE;
    say("report: %s", result ? err.text : "the output could not be written");
    return STATUS_FAILED;
}

int command_report(int argc, char **argv) {
    struct request request = {.file = VIEW_DEFAULT_FILE, .table = {.top = TOP_DEFAULT}};
    struct view view;
    argp_err_exit_status = STATUS_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &request))
        return STATUS_USAGE;
    if (view_open(&view, "report", request.file, request.pid))
        return STATUS_FAILED;
    request.table.missing = view.missing;
    int status = show(&view, &request);
    view_close(&view);
    return status;
}

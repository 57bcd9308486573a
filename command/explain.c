/* recount explain: why a function's count is what it is. */
#include <argp.h>
#include <errno.h>
#include <string.h>

#include "command/command.h"
#include "command/view.h"
#include "compare/explain/find.h"

enum { OPTION_JSON = 256, OPTION_PID, OPTION_NO_PAGER };

struct request {
    const char *file, *function;
    uint32_t pid;
    bool json, no_pager;
};

static const struct argp_option options[] = {
    {"input", 'i', "FILE", 0, "Read the profile FILE (" VIEW_DEFAULT_FILE ")", 0},
    {"pid", OPTION_PID, "PID", 0, "Look at one process of several", 0},
    {"json", OPTION_JSON, NULL, 0, "Print a JSON object", 0},
    {"no-pager", OPTION_NO_PAGER, NULL, 0, "Do not start a pager on a terminal", 0},
    {0}};

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct request *request = state->input;
    switch (key) {
    case 'i':
        request->file = text;
        return 0;
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
        if (request->function)
            argp_error(state, "one function at a time; '%s' is a second one", text);
        request->function = text;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which function? 'recount report' lists them");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = take_option,
    .args_doc = "FUNCTION",
    .doc =
        "Explains one function: what its entries are, where its calls waited, who called it, and whether the sampler "
        "agrees. FUNCTION is a name, without parameters if you like, or a part that only one name has.",
};

static int show(const struct view *view, const struct request *request) {
    const struct rc_function *function;
    struct rc_error err;
    struct screen screen;
    if (rc_function_find(&function, view->report, request->function, &err)) {
        say("explain: %s", err.text);
        return STATUS_FAILED;
    }
    screen_open(&screen, !request->json && !request->no_pager);
    int result = request->json ? rc_render_function_json(screen.paper.out, view->report, function, &err)
                               : rc_render_story(&screen.paper, view->report, function, &err);
    bool paged = screen.pager;
    if (screen_close(&screen) == 0 && (result == 0 || paged))
        return STATUS_DONE;
    say("explain: %s", result ? err.text : "the output could not be written");
    return STATUS_FAILED;
}

int command_explain(int argc, char **argv) {
    struct request request = {.file = VIEW_DEFAULT_FILE};
    struct view view;
    argp_err_exit_status = STATUS_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &request))
        return STATUS_USAGE;
    if (view_open(&view, "explain", request.file, request.pid))
        return STATUS_FAILED;
    int status = show(&view, &request);
    view_close(&view);
    return status;
}

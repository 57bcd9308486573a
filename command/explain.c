/* recount explain: why a function's count is what it is. */
#include <argp.h>
#include <errno.h>
#include <string.h>

#include "command/command.h"
#include "command/view.h"
#include "compare/explain/find.h"

struct request {
    struct view_source source;
    struct view_form form;
    const char *function;
};

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &request->source;
        state->child_inputs[1] = &request->form;
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
    .parser = take_option,
    .args_doc = "FUNCTION",
    .doc =
        "Explains one function: what its entries are, where its calls waited, who called it, and whether the sampler "
        "agrees. FUNCTION is a name, without parameters if you like, or a part that only one name has.",
    .children = (const struct argp_child[]){{&view_source_options, 0, NULL, 0}, {&view_form_options, 0, NULL, 0}, {0}},
};

static int show(const struct view *view, const struct request *request) {
    const struct rc_function *function;
    struct rc_error err;
    struct screen screen;
    if (rc_function_find(&function, view->report, request->function, &err)) {
        say("explain: %s", err.text);
        return STATUS_FAILED;
    }
    screen_open(&screen, !request->form.json && !request->form.no_pager);
    int result = request->form.json ? rc_render_function_json(screen.paper.out, view->report, function, &err)
                                    : rc_render_story(&screen.paper, view->report, function, &err);
    return screen_finish(&screen, "explain", result, &err);
}

int command_explain(int argc, char **argv) {
    struct request request = {.function = NULL};
    struct view view;
    argp_err_exit_status = STATUS_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &request))
        return STATUS_USAGE;
    if (view_open(&view, "explain", &request.source, RC_TREE_NONE))
        return STATUS_FAILED;
    int status = show(&view, &request);
    view_close(&view);
    return status;
}

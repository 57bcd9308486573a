/* recount check: holds a profile against a file of budgets. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/view.h"
#include "compare/explain/budget.h"
#include "compare/render/check.h"

enum { OPTION_STRICT = 0x1100 };
#define MOST_BYTES (UINT64_C(1) << 20)

struct request {
    struct view_source source;
    struct view_form form;
    const char *budget;
    bool strict;
};

static const struct argp_option options[] = {
    {"strict", OPTION_STRICT, NULL, 0, "A budget that the profile cannot decide is broken", 0}, {0}};

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &request->source;
        state->child_inputs[1] = &request->form;
        return 0;
    case OPTION_STRICT:
        request->strict = true;
        return 0;
    case ARGP_KEY_ARG:
        if (request->budget)
            argp_error(state, "one budget file at a time; '%s' is a second one", text);
        request->budget = text;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which budget file? recount-check(1) says what stands in one");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = take_option,
    .args_doc = "BUDGET",
    .doc = "Holds a profile against the budgets in the file BUDGET, a line each, as 'calls of db_query per request <= "
           "3' or 'no stall above 50 ms'. Exits with 1 when one is broken, and names it.",
    .children = (const struct argp_child[]){{&view_source_options, 0, NULL, 0}, {&view_form_options, 0, NULL, 0}, {0}},
};

static char *read_text(const char *path, size_t *size) {
    FILE *file = strcmp(path, "-") ? fopen(path, "r") : stdin;
    char *text = file ? malloc(MOST_BYTES) : NULL;
    if (text) {
        *size = fread(text, 1, MOST_BYTES, file);
        if (*size == MOST_BYTES)
            errno = EFBIG;
        if (*size == MOST_BYTES || ferror(file)) {
            free(text);
            text = NULL;
        }
    }
    if (file && file != stdin)
        fclose(file);
    return text;
}

/* The status of a file that holds no budgets is that of a wrong command line. */
static int read_budget(struct rc_budget **budget, const char *path) {
    struct rc_error err;
    size_t size = 0;
    char *text = read_text(path, &size);
    if (!text) {
        say("check: %s: %s", path, strerror(errno));
        return STATUS_FAILED;
    }
    int result = rc_budget_parse(budget, text, size, &err);
    free(text);
    if (result)
        say("check: %s:%s", path, err.text);
    return result ? STATUS_USAGE : STATUS_DONE;
}

static int show(const struct view *view, const struct request *request, const struct rc_budget *budget) {
    struct rc_finding *findings;
    struct rc_error err;
    struct screen screen;
    if (rc_budget_check(budget, view->report, &findings, &err)) {
        say("check: %s", err.text);
        return STATUS_FAILED;
    }
    screen_open(&screen, !request->form.json && !request->form.no_pager);
    int result = request->form.json
                     ? rc_render_check_json(screen.paper.out, view->report, request->budget, budget, findings, &err)
                     : rc_render_check(&screen.paper, request->budget, budget, findings, &err);
    bool broken =
        rc_findings(budget, findings, RC_BROKEN) || (request->strict && rc_findings(budget, findings, RC_UNSURE));
    free(findings);
    int status = screen_finish(&screen, "check", result, &err);
    return status ? status : broken ? STATUS_FAILED : STATUS_DONE;
}

int command_check(int argc, char **argv) {
    struct request request = {.budget = NULL};
    struct rc_budget *budget;
    struct view view;
    argp_err_exit_status = STATUS_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &request))
        return STATUS_USAGE;
    int status = read_budget(&budget, request.budget);
    if (status)
        return status;
    if (view_open(&view, "check", &request.source, rc_budget_needs_tree(budget) ? RC_TREE_LOGICAL : RC_TREE_NONE)) {
        rc_budget_free(budget);
        return STATUS_FAILED;
    }
    status = show(&view, &request, budget);
    view_close(&view);
    rc_budget_free(budget);
    return status;
}

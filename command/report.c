/* recount report: counts and samples side by side; the same calls as a tree; where they waited. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/view.h"
#include "compare/render/blind.h"

enum { TOP_DEFAULT = 25, OPTION_TOP = 256, OPTION_TREE, OPTION_PHYSICAL, OPTION_MIN, OPTION_AWAITS, OPTION_BLIND };

static const double MIN_DEFAULT = 0.5; /* percent */

struct request {
    struct view_source source;
    struct view_form form;
    enum rc_sort sort;
    size_t top;
    double min;
    bool sorted, topped, floored, tree, physical, awaits, blind;
};

static const struct argp_option options[] = {
    {"sort", 's', "KEY", 0,
     "Order the rows by story (default: what was re-entered first, then by self time), self, total, entries, calls, "
     "resumes, awaiting or name",
     0},
    {"top", OPTION_TOP, "N", 0, "Show N rows (25; of a tree all); 0 shows all", 0},
    {"tree", OPTION_TREE, NULL, 0, "Show who called whom, with resumed work under its awaiter", 0},
    {"physical", OPTION_PHYSICAL, NULL, 0, "With --tree: under who resumed it, as the machine ran it", 0},
    {"min", OPTION_MIN, "PERCENT", 0, "With --tree: leave out rows with less of the time and of the waiting (0.5)", 0},
    {"awaits", OPTION_AWAITS, NULL, 0, "Show all await points, the longest wait first", 0},
    {"blind", OPTION_BLIND, NULL, 0,
     "Show time in code without hooks, functions never sampled, and the dearest hooks with a filter for them", 0},
    {0}};

static void take_sort(struct request *request, const char *key, struct argp_state *state) {
    request->sort = rc_sort_named(key);
    request->sorted = true;
    if (request->sort == RC_SORT_COUNT)
        argp_error(state, "--sort takes %s, not '%s'", rc_sort_names(), key);
}

static void take_top(struct request *request, const char *text, struct argp_state *state) {
    char *end;
    request->top = strtoul(text, &end, 10);
    request->topped = true;
    if (*text < '0' || *text > '9' || *end)
        argp_error(state, "--top takes a number, not '%s'", text);
}

static void take_min(struct request *request, const char *text, struct argp_state *state) {
    char *end;
    request->min = strtod(text, &end);
    request->floored = true;
    if (end == text || *end || !(request->min >= 0 && request->min <= 100))
        argp_error(state, "--min takes a percentage from 0 to 100, not '%s'", text);
}

static void check(const struct request *request, struct argp_state *state) {
    if (request->tree + request->awaits + request->blind > 1)
        argp_error(state, "--tree, --awaits and --blind are different reports; ask for one");
    if ((request->tree || request->awaits || request->blind) && request->sorted)
        argp_error(state, "--sort is for the table of functions");
    if (request->physical && !request->tree)
        argp_error(state, "--physical goes with --tree");
    if (request->floored && !request->tree)
        argp_error(state, "--min goes with --tree");
}

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &request->source;
        state->child_inputs[1] = &request->form;
        return 0;
    case 's':
        take_sort(request, text, state);
        return 0;
    case OPTION_TOP:
        take_top(request, text, state);
        return 0;
    case OPTION_TREE:
        request->tree = true;
        return 0;
    case OPTION_PHYSICAL:
        request->physical = true;
        return 0;
    case OPTION_MIN:
        take_min(request, text, state);
        return 0;
    case OPTION_AWAITS:
        request->awaits = true;
        return 0;
    case OPTION_BLIND:
        request->blind = true;
        return 0;
    case ARGP_KEY_END:
        check(request, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = take_option,
    .doc =
        "Shows what the tracer counted and what the sampler saw, function by function, and says where they disagree.",
    .children = (const struct argp_child[]){{&view_source_options, 0, NULL, 0}, {&view_form_options, 0, NULL, 0}, {0}},
};

static int render_blind(const struct rc_paper *paper, const struct view *view, const struct request *request,
                        struct rc_error *err) {
    struct rc_filter_wish wish = VIEW_FILTER_WISH;
    struct rc_blind *blind;
    int result = view_blind(view, &wish, &blind, err);
    if (result == 0 && request->form.json)
        result = rc_render_blind_json(paper->out, view->report, blind, err);
    else if (result == 0)
        result = rc_render_blind(paper, view->report, blind, request->top, err);
    rc_blind_free(blind);
    return result;
}

static int render_json(FILE *out, const struct view *view, const struct request *request, struct rc_error *err) {
    if (request->tree)
        return rc_render_tree_json(out, view->report, err);
    if (request->awaits)
        return rc_render_awaits_json(out, view->report, err);
    return rc_render_json(out, view->report, view->missing, err);
}

static int render(const struct rc_paper *paper, const struct view *view, const struct request *request,
                  struct rc_error *err) {
    if (request->blind)
        return render_blind(paper, view, request, err);
    if (request->form.json)
        return render_json(paper->out, view, request, err);
    if (request->tree) {
        struct rc_tree_options tree = {.top = request->topped ? request->top : 0, .least = request->min / 100};
        return rc_render_tree(paper, view->report, &tree, err);
    }
    if (request->awaits)
        return rc_render_awaits(paper, view->report, request->top, err);
    struct rc_table_options table = {.sort = request->sort, .top = request->top, .missing = view->missing};
    return rc_render_table(paper, view->report, &table, err);
}

int command_report(int argc, char **argv) {
    struct request request = {.top = TOP_DEFAULT, .min = MIN_DEFAULT};
    struct view view;
    struct screen screen;
    struct rc_error err = {""};
    argp_err_exit_status = STATUS_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &request))
        return STATUS_USAGE;
    enum rc_tree_kind tree = !request.tree ? RC_TREE_NONE : request.physical ? RC_TREE_PHYSICAL : RC_TREE_LOGICAL;
    if (view_open(&view, "report", &request.source, tree))
        return STATUS_FAILED;
    screen_open(&screen, !request.form.json && !request.form.no_pager);
    int result = render(&screen.paper, &view, &request, &err);
    int status = screen_finish(&screen, "report", result, &err);
    view_close(&view);
    return status;
}

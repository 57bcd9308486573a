/* Budgets: the grammar's every form and every way to get it wrong; and what keeps a figure from being a verdict. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/budget.h"
#include "compare/model/pair.h"
#include "tests/unit/model_fixture.h"

static struct rc_budget *parse(const char *text) {
    struct rc_error err;
    struct rc_budget *budget;
    cr_assert_eq(rc_budget_parse(&budget, text, strlen(text), &err), 0, "%s", err.text);
    return budget;
}

static void refuse(const char *text, const char *why) {
    struct rc_error err;
    struct rc_budget *budget;
    cr_assert_eq(rc_budget_parse(&budget, text, strlen(text), &err), -1, "taken: %s", text);
    cr_assert_null(budget);
    cr_assert(strstr(err.text, why), "'%s' does not say '%s'", err.text, why);
}

Test(budget, every_form) {
    struct rc_budget *budget = parse("# a comment\n"
                                     "\n"
                                     "calls of db_query per request <= 3\n"
                                     "\trunning of f per call < 1.5ms # why\r\n"
                                     "share of \"operator new\" <= 10 %\n"
                                     "no stall\n"
                                     "no stall above 50 ms in loop\n"
                                     "no blocking call in a task\n"
                                     "no blocking call in \"a\"\n"
                                     "no calls of abort_all\n"
                                     "no losses");
    cr_assert_eq(budget->n, 9);
    const struct rc_budget_rule *rule = budget->rules;
    cr_assert(rule[0].of == RC_BUDGET_CALLS && rule[0].limit == 3 && rule[0].comparison == RC_AT_MOST);
    cr_assert(strcmp(rule[0].function, "db_query") == 0 && strcmp(rule[0].per, "request") == 0 && rule[0].line == 3);
    cr_assert(rule[1].of == RC_BUDGET_RUNNING && rule[1].limit == 1.5e6 && strcmp(rule[1].per, "") == 0);
    cr_assert_str_eq(rule[1].text, "running of f per call < 1.5ms");
    cr_assert(rule[2].of == RC_BUDGET_SHARE && rule[2].limit > 0.0999 && rule[2].limit < 0.1001);
    cr_assert_str_eq(rule[2].function, "operator new");
    cr_assert(rule[3].of == RC_BUDGET_NO_STALL && rule[3].limit == 1e7 && !rule[3].function);
    cr_assert(rule[4].limit == 5e7 && strcmp(rule[4].function, "loop") == 0);
    cr_assert(rule[5].of == RC_BUDGET_NO_BLOCKING && !rule[5].function);
    cr_assert_str_eq(rule[6].function, "a");
    cr_assert_str_eq(rule[6].text, "no blocking call in \"a\"");
    cr_assert(rule[7].of == RC_BUDGET_NO_CALLS && rule[8].of == RC_BUDGET_NO_LOSSES);
    cr_assert(rc_budget_needs_tree(budget));
    rc_budget_free(budget);
}

Test(budget, mistakes_are_named_by_line) {
    refuse("", "no budget");
    refuse("# nothing\n", "no budget");
    refuse("no losses\ncallz of f <= 3\n", "2: 'callz'");
    refuse("calls f <= 3", "'of' is expected, not 'f'");
    refuse("calls of", "name is expected, not 'the end of the line'");
    refuse("calls of f", "== is expected");
    refuse("calls of f =< 3", "== is expected, not '=<'");
    refuse("calls of f <= many", "a number is expected");
    refuse("calls of f <= -1", "a number is expected");
    refuse("calls of f <= inf", "a number is expected");
    refuse("calls of f <= 3 ms", "behind the end");
    refuse("calls of f <= 3ms", "no such unit");
    refuse("running of f <= 3", "no such unit");
    refuse("running of f <= 3 %", "no such unit");
    refuse("inflation of f per call <= 3", "ratio already");
    refuse("no stall above 2 ms", "shorter than 10 ms");
    refuse("no stalls", "'losses' is expected");
    refuse("no blocking call in a thread", "'task' is expected");
    refuse("no blocking call in f task", "'a' is expected");
    refuse("calls of \"f <= 3", "a quote has no end");
    refuse("a b c d e f g h i j k l m n o p q", "more than 16 words");
}

Test(budget, no_text) {
    struct rc_error err;
    struct rc_budget *budget;
    cr_assert_eq(rc_budget_parse(&budget, "no\0losses", 9, &err), -1);
}

/* Every prefix, and every byte replaced: nothing crashes, and a refusal names a line. */
Test(budget, hostile_text) {
    static const char good[] = "calls of \"db query\" per request <= 3\nno stall above 50 ms in f\nshare of x < 10%\n";
    for (size_t cut = 0; cut < sizeof good; cut++)
        for (int c = 0; c < 256; c++) {
            char text[sizeof good];
            struct rc_error err = {""};
            struct rc_budget *budget;
            memcpy(text, good, sizeof good);
            text[cut] = (char)c;
            if (rc_budget_parse(&budget, text, c ? sizeof good - 1 : cut, &err))
                cr_assert(strchr(err.text, ':') && *err.text >= '1' && *err.text <= '9', "%s", err.text);
            else
                rc_budget_free(budget);
        }
}

static struct rc_finding check(struct fixture *f, const char *text) {
    struct rc_error err;
    struct rc_finding *findings, first;
    struct rc_budget *budget = parse(text);
    struct rc_report *report = fixture_report_with(f, RC_TREE_LOGICAL);
    cr_assert_eq(rc_budget_check(budget, report, &findings, &err), 0);
    first = findings[0];
    free(findings);
    rc_report_free(report);
    rc_budget_free(budget);
    return first;
}

/* main calls request 10 times and query 5 times; request calls query 30 times, through step or at once. */
static struct fixture *requests(void) {
    struct fixture *f = fixture_new();
    uint64_t query = fixture_symbol(f, "query", 0);
    uint32_t top = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t request = fixture_node(f, top, fixture_symbol(f, "request", 0), 0, 10);
    uint32_t step = fixture_node(f, request, fixture_symbol(f, "step", 0), 0, 10);
    fixture_node(f, step, query, 0, 20);
    fixture_node(f, request, query, 0, 10);
    fixture_node(f, top, query, 0, 5);
    return f;
}

Test(budget, calls_below_a_function) {
    struct fixture *f = requests();
    struct rc_finding found = check(f, "calls of query per request <= 3");
    cr_assert(found.state == RC_HELD && found.value == 3, "%s", found.text);
    cr_assert_eq(check(f, "calls of query per request < 3").state, RC_BROKEN);
    cr_assert_eq(check(f, "calls of query per step == 2").state, RC_HELD);
    cr_assert_eq(check(f, "calls of query per query <= 0").state, RC_HELD);
    cr_assert_eq(check(f, "calls of query == 35").state, RC_HELD);
    cr_assert_eq(check(f, "calls of query per main == 35").state, RC_HELD);
    fixture_free(f);
}

Test(budget, a_function_that_is_not_there) {
    struct fixture *f = requests();
    struct rc_finding found = check(f, "calls of qwery per request <= 3");
    cr_assert(found.state == RC_BROKEN && strstr(found.text, "near it: query"), "%s", found.text);
    cr_assert_eq(check(f, "no calls of abort_all").state, RC_HELD);
    cr_assert_eq(check(f, "no calls of query").state, RC_BROKEN);
    fixture_free(f);
}

Test(budget, lost_entries_leave_an_upper_limit_open) {
    struct fixture *f = requests();
    f->process.lost_contexts = 1;
    cr_assert_eq(check(f, "calls of query <= 35").state, RC_UNSURE);
    cr_assert_eq(check(f, "calls of query <= 34").state, RC_BROKEN);
    cr_assert_eq(check(f, "calls of query >= 35").state, RC_HELD);
    cr_assert_eq(check(f, "no losses").state, RC_BROKEN);
    cr_assert_eq(check(f, "no calls of abort_all").state, RC_UNSURE);
    fixture_free(f);
}

/* 100 samples, 50 of them in it: the interval is some 40 to 60%. */
Test(budget, a_share_across_the_limit_is_unsure) {
    struct fixture *f = requests();
    uint32_t one = fixture_path(f, RC_NONE, 2, 1), other = fixture_path(f, RC_NONE, 3, 1);
    for (int i = 0; i < 100; i++)
        fixture_sample(f, i % 2 ? one : other, RC_NONE);
    cr_assert_eq(check(f, "share of request <= 80%").state, RC_HELD);
    cr_assert_eq(check(f, "share of request <= 50%").state, RC_UNSURE);
    cr_assert_eq(check(f, "share of request <= 20%").state, RC_BROKEN);
    fixture_free(f);
}

/* A wait in a system call below a fiber is one in a task; on a pool's thread, and on an ordinary one, it is not. */
Test(budget, blocking_calls_in_tasks) {
    static const struct {
        uint32_t flags;
        enum rc_finding_state state;
    } cases[] = {{RF_NODE_FIBER, RC_BROKEN}, {0, RC_HELD}, {RF_NODE_FIBER | RF_NODE_POOL, RC_HELD}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture *f = requests();
        f->nodes[3].flags |= cases[i].flags;
        struct rc_sample *sample = fixture_sample(f, fixture_path(f, RC_NONE, 3, 1), RC_NONE);
        sample->kind = RF_OFF_CPU;
        sample->syscall = 35;
        struct rc_finding found = check(f, "no blocking call in a task");
        cr_assert_eq(found.state, cases[i].state, "case %zu: %s", i, found.text);
        cr_assert_eq(check(f, "no blocking call in request").state, RC_BROKEN);
        cr_assert_eq(check(f, "no blocking call in step").state, RC_HELD);
        fixture_free(f);
    }
}

/* What sleeps is not counted: nothing is held by that, and only more than an upper limit is still too much. */
Test(budget, asleep) {
    static const struct {
        const char *text;
        enum rc_finding_state whole, partly;
    } cases[] = {
        {"calls of query <= 50", RC_UNSURE, RC_UNSURE},
        {"calls of query <= 3", RC_UNSURE, RC_BROKEN},
        {"calls of query >= 3", RC_UNSURE, RC_UNSURE},
        {"no calls of query", RC_UNSURE, RC_BROKEN},
        {"no stall in query", RC_UNSURE, RC_UNSURE},
        {"share of query <= 50 %", RC_UNSURE, RC_UNSURE},
        {"calls of step per query <= 0", RC_UNSURE, RC_UNSURE},
        {"inflation of query == 1", RC_UNSURE, RC_HELD},
    };
    for (size_t partly = 0; partly < 2; partly++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct fixture *f = requests();
            struct rc_error err;
            struct rc_finding *findings;
            struct rc_budget *budget = parse(cases[i].text);
            struct rc_report *report = fixture_report_with(f, RC_TREE_LOGICAL);
            struct rc_function *query = &report->functions[fixture_function(report, "query") - report->functions];
            query->asleep = true;
            query->asleep_runs = 1;
            report->runs = 2;
            if (!partly) {
                query->hooked = false;
                query->entries = query->calls = 0;
            }
            cr_assert_eq(rc_budget_check(budget, report, &findings, &err), 0);
            cr_assert_eq(findings[0].state, partly ? cases[i].partly : cases[i].whole, "%s: %d, %s", cases[i].text,
                         (int)findings[0].state, findings[0].text);
            cr_assert(!partly || findings[0].state != RC_UNSURE ||
                          strstr(findings[0].text, "a filter put 'query' to sleep in 1 of 2 runs") ||
                          strstr(findings[0].text, "no sample"),
                      "%s", findings[0].text);
            free(findings);
            rc_report_free(report);
            rc_budget_free(budget);
            fixture_free(f);
        }
}

/* query ran for 28 ms and request for 12 of 100 by the tracer, which the sampler has as 18 and 22. */
static struct rc_finding check_disagreeing(const char *text, bool agree, bool unseen) {
    struct fixture *f = requests();
    struct rc_error err;
    struct rc_finding *findings, first;
    struct rc_budget *budget = parse(text);
    struct rc_report *report = fixture_report_with(f, RC_TREE_LOGICAL);
    report->timed = true;
    report->scoped_ns = 1e8;
    report->scoped_samples = 400;
    report->runs = 3;
    for (size_t i = 0; i < report->n_functions; i++) {
        struct rc_function *function = &report->functions[i];
        bool query = strcmp(function->name, "query") == 0, request = strcmp(function->name, "request") == 0;
        function->self_ns = query ? 28000000 : request ? 12000000 : 30000000;
        function->time.running = unseen && query ? 0 : function->self_ns;
        function->time.blocked = query ? 10000000 : 0;
        function->seen.total_ns = agree ? (double)function->self_ns : query ? 18e6 : request ? 22e6 : 30e6;
        function->seen.self = function->seen.total = 40;
        function->share.n_effective = 400; /* 14.5 to 22.1, and 18.2 to 26.3 */
        function->share.critical = 1.96;
        if (!query && !request) { /* close together, by what is taken for very many samples */
            bool callee = strcmp(function->name, "step") == 0;
            function->share.n_effective = 1e6;
            function->seen.self = callee ? 0 : 40;
            function->seen.total_ns = callee ? 27e6 : 29.5e6;
        }
    }
    cr_assert_eq(rc_budget_check(budget, report, &findings, &err), 0);
    first = findings[0];
    free(findings);
    rc_report_free(report);
    rc_budget_free(budget);
    fixture_free(f);
    return first;
}

Test(budget, a_time_that_the_witnesses_disagree_on) {
    static const struct {
        const char *text;
        enum rc_finding_state alone, disputed;
    } cases[] = {
        {"running of query <= 30 ms", RC_HELD, RC_HELD},
        {"running of query < 25 ms", RC_BROKEN, RC_UNSURE},
        {"running of query < 20 ms", RC_BROKEN, RC_UNSURE},
        {"running of query < 14 ms", RC_BROKEN, RC_BROKEN},
        {"running of query >= 25 ms", RC_HELD, RC_UNSURE},
        {"running of query per call < 700 us", RC_BROKEN, RC_UNSURE},
        {"running of query per call < 2 ms", RC_HELD, RC_HELD},
        {"running of request < 15 ms", RC_HELD, RC_UNSURE},
        {"running of request < 27 ms", RC_HELD, RC_HELD},
        {"running of step < 29 ms", RC_BROKEN, RC_BROKEN},
        {"blocked of query < 23 ms", RC_HELD, RC_UNSURE},
        {"blocked of query < 24 ms", RC_HELD, RC_HELD},
        {"calls of query <= 30", RC_BROKEN, RC_BROKEN},
        {"running of main < 29.8 ms", RC_BROKEN, RC_BROKEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rc_finding agreed = check_disagreeing(cases[i].text, true, false),
                          found = check_disagreeing(cases[i].text, false, false);
        cr_expect_eq(agreed.state, cases[i].alone, "%s: %s", cases[i].text, agreed.text);
        cr_expect_eq(found.state, cases[i].disputed, "%s: %s", cases[i].text, found.text);
        cr_expect_eq(strstr(found.text, "the two disagree, and the limit lies between") != NULL,
                     found.state == RC_UNSURE, "%s: %s", cases[i].text, found.text);
    }
    cr_expect_str_eq(check_disagreeing("running of query < 20 ms", false, false).text,
                     "28.0 ms in 3 runs; but 14.5 ms to 22.1 ms by the samples (95%): the two disagree, and the limit "
                     "lies between");
}

/* The tracer has none of its time, as of a function that was preempted in each of its calls. */
Test(budget, a_time_that_the_tracer_has_none_of) {
    static const struct {
        const char *text;
        enum rc_finding_state state;
    } cases[] = {{"running of query < 20 ms", RC_UNSURE},
                 {"running of query < 23 ms", RC_HELD},
                 {"running of query > 1 ms", RC_UNSURE},
                 {"running of query per call < 500 us", RC_UNSURE},
                 {"running of query per call < 700 us", RC_HELD}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rc_finding found = check_disagreeing(cases[i].text, false, true);
        cr_expect(found.value == 0 && found.state == cases[i].state, "%s: %s", cases[i].text, found.text);
    }
}

/* Of two runs the running time is what samples of the second one tell: 16 ms, or 12 to 20. */
Test(budget, a_time_of_a_second_run) {
    static const struct {
        const char *text;
        enum rc_finding_state state;
    } cases[] = {{"running of query < 21 ms", RC_HELD},
                 {"running of query < 19 ms", RC_UNSURE},
                 {"running of query < 13 ms", RC_UNSURE},
                 {"running of query < 11 ms", RC_BROKEN},
                 {"blocked of query < 13 ms", RC_HELD}};
    for (size_t timed = 0; timed < 2; timed++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct fixture *f = requests();
            struct rc_error err;
            struct rc_finding *findings;
            struct rc_budget *budget = parse(cases[i].text);
            struct rc_report *report = fixture_report_with(f, RC_TREE_LOGICAL);
            size_t at = (size_t)(fixture_function(report, "query") - report->functions);
            report->timed = true;
            report->functions[at].time.running = 16000000;
            report->functions[at].time.blocked = 12000000;
            report->pair = calloc(1, sizeof *report->pair);
            cr_assert_not_null(report->pair);
            report->pair->effects = calloc(report->n_functions, sizeof *report->pair->effects);
            cr_assert_not_null(report->pair->effects);
            report->pair->effects[at].timed_asleep = timed;
            report->pair->effects[at].inclusive = (struct rc_estimate){16e6, 12e6, 20e6};
            cr_assert_eq(rc_budget_check(budget, report, &findings, &err), 0);
            cr_expect(timed || findings[0].state != RC_UNSURE, "%s: %s", cases[i].text, findings[0].text);
            cr_expect(!timed || findings[0].state == cases[i].state, "%s: %s", cases[i].text, findings[0].text);
            free(findings);
            rc_report_free(report);
            rc_budget_free(budget);
            fixture_free(f);
        }
}

/* A coroutine goes on elsewhere while the thread that it left is on its way out: in every order of their atomic steps
 * the books are right at the end, and never far off. */
#include <criterion/criterion.h>

#include "tests/unit/turns/model.h"
#include "tests/unit/turns/schedule.h"

enum { A, B };                   /* coroutine functions */
enum { FIRST, ONE, TWO, THREE }; /* await points */
/* Preemptions in a run, at most: one more makes some seven times as many runs. */
enum { ANY = -1, SOME = 4, FEW = 2 };

static bool flag[3];

static void begin(void) {
    model_reset();
    for (int i = 0; i < 3; i++)
        flag[i] = false;
}

static void begin_full(void) {
    begin();
    model_fill_notes();
}

static void begin_forked(void) {
    begin_full();
    model_fork();
}

/* ---- what threads do ---- */

static void start_and_hand_on(void) {
    model_made(0, A);
    model_enter(0, A);
    model_suspend(0, ONE);
    flag[0] = true;
    model_leave();
}

static void start_and_hand_on_carried(void) {
    model_made(0, A);
    model_enter(0, A);
    model_suspend(0, ONE);
    flag[0] = true;
    model_carried();
    model_leave();
}

static void start_and_resume_inside(void) {
    model_made(0, A);
    model_enter(0, A);
    model_suspend(0, ONE);
    model_enter(0, A);
    model_suspend(0, TWO);
    flag[0] = true;
    model_leave();
    model_leave();
}

static void hand_on_and_take_back(void) {
    start_and_hand_on();
    schedule_await(&flag[1]);
    model_enter(0, A);
    model_finish(0);
    model_leave();
}

static void run_to_the_end(void) {
    model_made(0, A);
    model_enter(0, A);
    model_finish(0);
    flag[0] = true;
    model_leave();
}

static void finish_it(void) {
    schedule_await(&flag[0]);
    model_enter(0, A);
    model_finish(0);
    flag[1] = true;
    model_leave();
}

static void suspend_again(void) {
    schedule_await(&flag[0]);
    model_enter(0, A);
    model_suspend(0, TWO);
    flag[1] = true;
    model_leave();
}

static void finish_what_comes_second(void) {
    schedule_await(&flag[1]);
    model_enter(0, A);
    model_finish(0);
    model_leave();
}

static void destroy_it(void) {
    schedule_await(&flag[0]);
    model_destroy(0, A);
    flag[1] = true;
}

static void destroy_what_comes_second(void) {
    schedule_await(&flag[1]);
    model_destroy(0, A);
}

static void make_another_there(int when, int fn, bool told) {
    schedule_await(&flag[when]);
    if (told)
        model_made(0, fn);
    model_enter(0, fn);
    model_suspend(0, THREE);
    flag[2] = true;
    model_leave();
}

static void make_the_same_there(void) {
    make_another_there(0, A, true);
}

static void make_the_same_there_second(void) {
    make_another_there(1, A, true);
}

static void make_an_untold_one_there(void) {
    make_another_there(0, B, false);
}

static void resume_the_third(void) {
    schedule_await(&flag[2]);
    model_enter(0, A);
    model_finish(0);
    model_leave();
}

static void drop_it_unseen(void) {
    schedule_await(&flag[0]);
    model_finish(0);
    make_an_untold_one_there();
}

static void make_something_else_there(void) {
    schedule_await(&flag[0]);
    model_other_object(0);
    model_leave();
}

/* ---- in all orders ---- */

struct scene {
    const char *name;
    struct schedule schedule;
};

#define SCENE(name, preemptions, reset, ...)                                                                           \
    {                                                                                                                  \
        name, {                                                                                                        \
            {__VA_ARGS__}, preemptions, reset, model_look, model_check                                                 \
        }                                                                                                              \
    }

static const struct scene scenes[] = {
    SCENE("handed on, and ended there", SOME, begin, start_and_hand_on, finish_it),
    SCENE("handed on, and suspended there", SOME, begin, start_and_hand_on, suspend_again),
    SCENE("handed on and taken back", SOME, begin, hand_on_and_take_back, suspend_again),
    SCENE("handed on, and destroyed", ANY, begin, start_and_hand_on, destroy_it),
    SCENE("resumed inside, then handed on", SOME, begin, start_and_resume_inside, finish_it),
    SCENE("resumed inside, then destroyed", SOME, begin, start_and_resume_inside, destroy_it),
    SCENE("carried by a fiber, and ended elsewhere", SOME, begin, start_and_hand_on_carried, finish_it),
    SCENE("carried by a fiber, and suspended elsewhere", SOME, begin, start_and_hand_on_carried, suspend_again),
    SCENE("carried by a fiber, and destroyed", SOME, begin, start_and_hand_on_carried, destroy_it),
    SCENE("its memory made another's frame", ANY, begin, run_to_the_end, make_the_same_there),
    SCENE("its memory an untold one's frame", ANY, begin, run_to_the_end, make_an_untold_one_there),
    SCENE("its memory something else", ANY, begin, run_to_the_end, make_something_else_there),
    SCENE("dropped unseen", SOME, begin, start_and_hand_on, drop_it_unseen),
    SCENE("no room for notes", SOME, begin_full, start_and_hand_on, suspend_again),
    SCENE("in the child of a fork", FEW, begin_forked, start_and_hand_on, suspend_again),
    SCENE("three threads", FEW, begin, start_and_hand_on, suspend_again, finish_what_comes_second),
    SCENE("three threads, destroyed", FEW, begin, start_and_hand_on, suspend_again, destroy_what_comes_second),
    SCENE("three threads, resumed inside", FEW, begin, start_and_resume_inside, suspend_again,
          finish_what_comes_second),
    SCENE("three threads, carried", FEW, begin, start_and_hand_on_carried, suspend_again, finish_what_comes_second),
    SCENE("three threads, memory used again", FEW, begin, start_and_hand_on, finish_it, make_the_same_there_second),
    SCENE("three threads, memory used again after a destruction", FEW, begin, start_and_hand_on, destroy_it,
          make_the_same_there_second),
    SCENE("three threads, memory used again and resumed", FEW, begin, run_to_the_end, make_the_same_there,
          resume_the_third),
};
enum { SCENES = sizeof scenes / sizeof *scenes };

Test(turns, are_right_in_every_order, .timeout = 100) {
    for (int i = 0; i < SCENES; i++) {
        struct schedule_result result = schedule_explore(&scenes[i].schedule);
        cr_log_info("%s: %lu orders", scenes[i].name, result.runs);
        cr_expect_not(result.stuck, "%s: stuck", scenes[i].name);
        cr_expect_null(result.wrong, "%s, order %lu: %s", scenes[i].name, result.runs, result.wrong);
        cr_expect(result.runs > 1, "%s: nothing to choose", scenes[i].name);
    }
}

/* Each defect is found by some scene: what the test above does not find would be found. */
Test(turns, would_be_found_wrong, .timeout = 100) {
    for (model_defect = MODEL_WHOLE + 1; model_defect <= MODEL_LAST; model_defect++) {
        const char *wrong = NULL;
        for (int i = 0; i < SCENES && !wrong; i++) {
            struct schedule schedule = scenes[i].schedule;
            schedule.preemptions -= schedule.preemptions == SOME; /* sooner done */
            wrong = schedule_explore(&schedule).wrong;
            if (wrong)
                cr_log_info("defect %d: %s: %s", (int)model_defect, scenes[i].name, wrong);
        }
        cr_expect_not_null(wrong, "defect %d was not found", (int)model_defect);
    }
}

/* One after the other, a wait is from the exit to the entry. */
static void wait_for_the_exit(void) {
    schedule_await(&flag[2]);
    model_enter(0, A);
    model_finish(0);
    model_leave();
}

static void hand_on_late(void) {
    start_and_hand_on();
    flag[2] = true;
}

Test(turns, count_a_wait) {
    const struct schedule schedule = {{hand_on_late, wait_for_the_exit}, SOME, begin, model_look, model_check};
    struct schedule_result result = schedule_explore(&schedule);
    cr_expect_null(result.wrong, "%s", result.wrong);
    cr_expect(model_awaited() > 0 && model_lost() == 0);
}

/*
 * The same work for every way to switch stacks. The program says how, before it includes this:
 *   MAKE(i)   makes fiber i, which starts in fiber_main and, when that has returned, goes back to the loop for good
 *   ENTER(i)  goes from the loop to fiber i
 *   LEAVE()   goes from fiber `current` back to the loop
 *   FIRST_CALLER  who fiber_main's logical caller is, where that can be known
 *   AWAIT_POINTS  defined where the place of the switch can be known
 *   EAGER     defined where MAKE runs the fiber up to its first wait
 *   ALSO(n)   prints the truth of functions of its own, of n fibers
 *
 * Every handler waits AWAITS times, once at the bottom of a recursion; the loop resumes one after the other and lets
 * time pass. A second generation runs on the memory of the first.
 */
#ifndef RECOUNT_TESTS_FIBERS_H
#define RECOUNT_TESTS_FIBERS_H

#include <stdlib.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define FIBERS 6
#define GENERATIONS 2
#define AWAITS 4
#define DEPTH 5
#ifdef EAGER
#define TURNS AWAITS
#else
#define TURNS (AWAITS + 1)
#endif

static volatile int current;
static int handlers, burns, awaits, digs, starts, spawns;
static double awaited_ms, burned_ms, handled_ms;

NI static void burn(void) {
    double start = truth_ms();
    burns++;
    truth_burn(0.5);
    burned_ms += truth_ms() - start;
}

NI static void await_io(void) {
    volatile double left = truth_ms(); /* for setjmp */
    awaits++;
    LEAVE();
    awaited_ms += truth_ms() - left;
}

NI static void dig(int depth) {
    volatile char room[1000];
    room[0] = (char)depth;
    digs++;
    if (depth == 0)
        await_io();
    else
        dig(depth - 1);
    __asm__ volatile("" : : "r"(room[0]) : "memory");
}

NI static void handler(void) {
    double start = truth_ms();
    handlers++;
    for (int i = 0; i < AWAITS; i++) {
        burn();
        if (i == 1)
            dig(DEPTH);
        else
            await_io();
    }
    burn();
    handled_ms += truth_ms() - start;
}

NI static void fiber_main(void) {
    starts++;
    handler();
    __asm__ volatile("");
}

NI static void spawn(int i) {
    spawns++;
    MAKE(i);
}

#ifndef OWN_LOOP
static int resumes;
static double slept_ms;

NI static void resume_fiber(int i) {
    resumes++;
    current = i;
    ENTER(i);
    __asm__ volatile("");
}

NI static void let_time_pass(void) {
    double start = truth_ms();
    truth_sleep(6);
    slept_ms += truth_ms() - start;
}

NI static void schedule(void) {
    for (int turn = 0; turn < TURNS; turn++) {
        for (int i = 0; i < FIBERS; i++)
            resume_fiber(i);
        let_time_pass();
    }
}
#endif

UNSEEN TRUTH void must_be(const char *what, int is, int expected) {
    if (is == expected)
        return;
    fprintf(stderr, "%s is %d, not %d: the program itself is wrong\n", what, is, expected);
    exit(3);
}

UNSEEN TRUTH void tell_truth(void) {
    int fibers = FIBERS * GENERATIONS;
    must_be("handlers", handlers, fibers);
    must_be("starts", starts, fibers);
    must_be("spawns", spawns, fibers);
    must_be("awaits", awaits, fibers * AWAITS);
    must_be("burns", burns, fibers * (AWAITS + 1));
    must_be("digs", digs, fibers * (DEPTH + 1));
    printf("{\"functions\":{"
           "\"handler\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"from_signal\":0,\"callers\":{\"fiber_main\":%d},"
           "\"physical_callers\":{\"fiber_main\":%d}},",
           handlers, handlers, handlers, handlers);
    printf("\"await_io\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"handler\":%d,\"dig\":%d}", awaits,
           awaits, awaits - fibers, fibers);
#ifdef AWAIT_POINTS
    printf(",\"awaits\":{\"points\":1,\"count\":%d}", awaits);
#endif
    printf("},\"dig\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"handler\":%d,\"dig\":%d}},", digs,
           digs, digs - fibers, fibers, digs - fibers);
    printf("\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"handler\":%d}},", burns, burns, burns);
#ifdef FIRST_CALLER
    printf("\"fiber_main\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"%s\":%d}},", starts, starts,
           FIRST_CALLER, starts);
#else
    printf("\"fiber_main\":{\"entries\":%d,\"calls\":%d,\"recursive\":0},", starts, starts);
#endif
#ifndef OWN_LOOP
    must_be("resumes", resumes, fibers * TURNS);
    printf("\"resume_fiber\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"schedule\":%d}},"
           "\"let_time_pass\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"schedule\":%d}},",
           resumes, resumes, resumes, GENERATIONS * TURNS, GENERATIONS * TURNS, GENERATIONS * TURNS);
#endif
#ifdef ALSO
    ALSO(fibers);
#endif
    printf("\"spawn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}}},", spawns, spawns, spawns);
    printf("\"awaiting_ms\":{\"handler\":%.3f,\"await_io\":%.3f,\"fiber_main\":%.3f},", awaited_ms, awaited_ms,
           awaited_ms);
#ifndef OWN_LOOP
    printf("\"blocked_running_ms\":{\"let_time_pass\":%.3f},", slept_ms);
#endif
    printf("\"running_blocked_ms\":{\"burn\":%.3f,\"handler\":%.3f}}\n", burned_ms, handled_ms - awaited_ms);
}

#ifndef OWN_MAIN
int main(void) {
    for (int generation = 0; generation < GENERATIONS; generation++) {
        for (int i = 0; i < FIBERS; i++)
            spawn(i);
        schedule();
    }
    tell_truth();
    return 0;
}
#endif

#endif

// C++ exceptions through several frames: caught inside and outside, thrown again, thrown from destructors' neighbours,
// through a C library's frames, and the forced unwinding of pthread_exit. Every round finds the same calls.
#include <cstdlib>
#include <pthread.h>
#include <stdexcept>

#include "truth.h"

#define NI __attribute__((noinline))
#define ROUNDS 50
#define DEPTH 4

static int dives, dips, sinks, orders, notes, catches, rethrows, afters, compares, quits, wheres;

NI static void note() {
    notes++;
    __asm__ volatile("");
}

struct guard {
    NI ~guard() {
        note();
        __asm__ volatile("");
    }
};

NI static void where() {
    wheres++;
    __asm__ volatile("");
}

NI static void dip(bool fails) {
    dips++;
    if (fails)
        throw std::runtime_error("bottom");
}

NI static void dive(int depth) {
    guard held;
    dives++;
    if (depth == 0)
        dip(true);
    else
        dive(depth - 1);
    where(); // is never reached
}

// So deep in the stack that a frame of dip, if it were still open, would be further out.
NI static void reach() {
    volatile char room[8192];
    room[0] = 1;
    dip(false);
    __asm__ volatile("" : : "r"(room[0]) : "memory");
}

// Called by the C library: only what is open tells on whose behalf.
NI static int order(const void *, const void *) {
    orders++;
    return 0;
}

// Nothing on the way has anything to clean up, which would show what is gone.
NI static void sink(int depth) {
    sinks++;
    if (depth == 0)
        dip(true);
    else
        sink(depth - 1);
    where(); // is never reached
}

NI static void bare() {
    int numbers[2] = {};
    try {
        sink(DEPTH);
    } catch (const std::exception &) {
        catches++;
        reach();
        qsort(numbers, 2, sizeof *numbers, order);
    }
}

// Catches what it has called itself, and calls on.
NI static void inside() {
    try {
        dive(DEPTH);
    } catch (const std::exception &) {
        catches++;
        where();
    }
    where();
}

NI static void again() {
    try {
        dive(DEPTH);
    } catch (const std::exception &) {
        rethrows++;
        throw;
    }
}

NI static void through() {
    guard held;
    again();
    where(); // is never reached
}

// Catches what came through frames that caught it before, and calls on.
NI static void outside() {
    try {
        through();
    } catch (...) {
        catches++;
    }
    where();
}

NI static void after(int depth) {
    afters++;
    if (depth > 0)
        after(depth - 1);
    __asm__ volatile("");
}

// A frame of the C library's lies between the throw and its catch.
NI static int compare(const void *, const void *) {
    compares++;
    if (compares % 8 == 0)
        throw 8;
    return 0;
}

NI static void sort_and_fail() {
    int numbers[64] = {};
    try {
        qsort(numbers, 64, sizeof *numbers, compare);
    } catch (int) {
        catches++;
    }
    where();
}

NI static void quit(int depth) {
    guard held;
    quits++;
    if (depth == 0)
        pthread_exit(nullptr);
    quit(depth - 1);
    where(); // is never reached
}

NI static void *worker(void *) {
    try {
        quit(DEPTH);
    } catch (...) { // the forced unwinding has to go on
        note();
        throw;
    }
    return nullptr;
}

NI static void play() {
    for (int i = 0; i < ROUNDS; i++) {
        inside();
        bare();
        outside();
        sort_and_fail();
        after(2);
    }
}

UNSEEN static void tell_truth() {
    int guards = 2 * ROUNDS * (DEPTH + 1) + ROUNDS + DEPTH + 1;
    if (dives != 2 * ROUNDS * (DEPTH + 1) || notes != guards + 1 || catches != 4 * ROUNDS || rethrows != ROUNDS ||
        wheres != 4 * ROUNDS || dips != 4 * ROUNDS || sinks != ROUNDS * (DEPTH + 1) || orders != ROUNDS ||
        compares != 8 * ROUNDS || quits != DEPTH + 1) {
        fprintf(stderr, "the program itself is wrong\n");
        exit(3);
    }
    printf(
        "{\"functions\":{"
        "\"dive\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"inside\":%d,\"again\":%d,\"dive\":%d},"
        "\"physical_callers\":{\"inside\":%d,\"again\":%d,\"dive\":%d}},",
        dives, dives, dives - 2 * ROUNDS, ROUNDS, ROUNDS, dives - 2 * ROUNDS, ROUNDS, ROUNDS, dives - 2 * ROUNDS);
    printf("\"dip\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"dive\":%d,\"sink\":%d,\"reach\":%d}},"
           "\"sink\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"bare\":%d,\"sink\":%d}},"
           "\"reach\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"bare\":%d}},"
           "\"order\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"bare\":%d}},",
           dips, dips, 2 * ROUNDS, ROUNDS, ROUNDS, sinks, sinks, DEPTH * ROUNDS, ROUNDS, DEPTH * ROUNDS, ROUNDS, ROUNDS,
           ROUNDS, orders, orders, orders);
    printf("\"guard::~guard\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,"
           "\"callers\":{\"dive\":%d,\"through\":%d,\"quit\":%d}},",
           guards, guards, dives, ROUNDS, quits);
    printf("\"note\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"guard::~guard\":%d,\"worker\":1}},", notes, notes,
           guards);
    printf("\"where\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"inside\":%d,\"outside\":%d,\"sort_and_fail\":%d}},",
           wheres, wheres, 2 * ROUNDS, ROUNDS, ROUNDS);
    printf("\"inside\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"play\":%d}},"
           "\"outside\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"play\":%d}},"
           "\"through\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"outside\":%d}},"
           "\"again\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"through\":%d}},",
           ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS);
    printf("\"compare\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"sort_and_fail\":%d}},", compares,
           compares, compares);
    printf("\"after\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"play\":%d,\"after\":%d}},", afters,
           afters, 2 * ROUNDS, ROUNDS, 2 * ROUNDS);
    printf("\"quit\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"worker\":1,\"quit\":%d}},"
           "\"worker\":{\"entries\":1,\"calls\":1,\"callers\":{\"[thread]\":1}}}}\n",
           quits, quits, DEPTH, DEPTH);
}

int main() {
    play();
    pthread_t thread;
    pthread_create(&thread, nullptr, worker, nullptr);
    pthread_join(thread, nullptr);
    tell_truth();
}

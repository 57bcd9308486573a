#include "tests/unit/turns/schedule.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define STACK (64u << 10)
#define DEPTH_MOST 512
#define WORDS_MOST 64

struct thread {
    ucontext_t context;
    const bool *awaits;
    bool over;
};

/* Where more than one thread could go on: which did, and which still have to, as bits. */
struct choice {
    int taken;
    unsigned rest;
};

static struct thread threads[SCHEDULE_THREADS];
static char stacks[SCHEDULE_THREADS][STACK];
static ucontext_t scheduler;
static const struct schedule *plan;
static struct choice path[DEPTH_MOST];
static int depth, planned, current, preempted;
/* Words that some thread wrote in some run: at others the order does not matter. */
static const void *words[WORDS_MOST];
static int n_words;
static bool learned;

static bool is_written(const void *word) {
    for (int i = 0; i < n_words; i++)
        if (words[i] == word)
            return true;
    return false;
}

void schedule_written(const void *word) {
    if (is_written(word) || n_words == WORDS_MOST)
        return;
    words[n_words++] = word;
    learned = true;
}

static void leave(void) {
    plan->look();
    swapcontext(&threads[current].context, &scheduler);
}

void schedule_point(const void *word) {
    if (is_written(word))
        leave();
}

void schedule_await(const bool *flag) {
    threads[current].awaits = flag;
    leave();
    threads[current].awaits = NULL;
}

int schedule_self(void) {
    return current;
}

static void body(void) {
    plan->thread[current]();
    threads[current].over = true;
    plan->look();
}

static unsigned ready(void) {
    unsigned set = 0;
    for (int i = 0; i < SCHEDULE_THREADS && plan->thread[i]; i++)
        if (!threads[i].over && (!threads[i].awaits || *threads[i].awaits))
            set |= 1u << i;
    return set;
}

/* The one that runs goes on first, then the others in turn. */
static int choose(unsigned set) {
    bool goes_on = set >> current & 1;
    if (goes_on && plan->preemptions >= 0 && preempted == plan->preemptions)
        return current;
    int first = goes_on ? current : __builtin_ctz(set);
    if (set == 1u << first)
        return first;
    if (depth == DEPTH_MOST)
        abort();
    if (depth == planned)
        path[planned++] = (struct choice){first, set & ~(1u << first)};
    int taken = path[depth++].taken;
    preempted += goes_on && taken != current;
    return taken;
}

/* @return false: stuck */
static bool run(void) {
    depth = current = preempted = 0;
    plan->reset();
    for (int i = 0; i < SCHEDULE_THREADS && plan->thread[i]; i++) {
        threads[i] = (struct thread){0};
        getcontext(&threads[i].context);
        threads[i].context.uc_stack.ss_sp = stacks[i];
        threads[i].context.uc_stack.ss_size = STACK;
        threads[i].context.uc_link = &scheduler;
        makecontext(&threads[i].context, body, 0);
    }
    for (unsigned set; (set = ready());) {
        current = choose(set);
        swapcontext(&scheduler, &threads[current].context);
    }
    for (int i = 0; i < SCHEDULE_THREADS && plan->thread[i]; i++)
        if (!threads[i].over)
            return false;
    return true;
}

/* The next path in depth-first order. */
static bool advance(void) {
    while (planned && !path[planned - 1].rest)
        planned--;
    if (!planned)
        return false;
    struct choice *last = &path[planned - 1];
    last->taken = __builtin_ctz(last->rest);
    last->rest &= last->rest - 1;
    return true;
}

struct schedule_result schedule_explore(const struct schedule *schedule) {
    struct schedule_result result = {0};
    plan = schedule;
    n_words = planned = 0;
    do {
        learned = false;
        result.stuck = !run();
        result.wrong = plan->check();
        result.runs++;
        if (learned) /* a word that had no choices yet: from the start */
            planned = 0;
    } while (!result.stuck && !result.wrong && (learned || advance()));
    return result;
}

/*
 * Kinds of work by turns, each measured with the thread's CPU clock from outside: the program knows the shares of its
 * time whether hooks run in it or not. It prints them when it ends:
 *
 *   share SHARE FUNCTION...    the part of its CPU time spent in these functions' own code (and what they call without
 *                              hooks)
 *   count CALLS FUNCTION
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WORK __attribute__((noinline))
#define KEEP(x) __asm__ volatile("" : "+r"(x))

enum { TURNS = 800, TINY = 100000, MIDDLES = 1500, LEAVES = 12 };

/* Calls of a nanosecond or two. */
WORK uint32_t tiny(uint32_t x) {
    KEEP(x);
    return x * 2654435761u ^ x >> 3;
}

WORK uint32_t many(uint32_t x) {
    for (int i = 0; i < TINY; i++)
        x = tiny(x);
    return x;
}

/* No calls at all. */
WORK uint32_t steady(uint32_t x) {
    for (int i = 0; i < 1200000; i++) {
        x = x * 1664525u + 1013904223u;
        KEEP(x);
    }
    return x;
}

/* Calls in calls. */
WORK uint32_t leaf(uint32_t x) {
    for (int i = 0; i < 40; i++) {
        x = x * 22695477u + 1u;
        KEEP(x);
    }
    return x;
}

WORK uint32_t middle(uint32_t x) {
    for (int i = 0; i < LEAVES; i++)
        x = leaf(x) + 1;
    return x;
}

WORK uint32_t nested(uint32_t x) {
    for (int i = 0; i < MIDDLES; i++)
        x = middle(x) + 1;
    return x;
}

/* Code without hooks. */
WORK uint32_t wash(uint32_t x) {
    static unsigned char room[1 << 16];
    for (int i = 0; i < 300; i++) {
        memset(room, (int)x, sizeof room);
        KEEP(x);
    }
    return x + room[x % sizeof room];
}

static const struct {
    uint32_t (*run)(uint32_t);
    const char *functions;
} kinds[] = {{many, "many tiny"}, {steady, "steady"}, {nested, "nested middle leaf"}, {wash, "wash"}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static double cpu(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(void) {
    double spent[KINDS] = {0}, all = 0;
    uint32_t x = 1;
    for (int turn = 0; turn < TURNS; turn++)
        for (int k = 0; k < KINDS; k++) {
            double begin = cpu();
            x = kinds[k].run(x);
            spent[k] += cpu() - begin;
        }
    for (int k = 0; k < KINDS; k++)
        all += spent[k];
    for (int k = 0; k < KINDS; k++)
        printf("share %.6f %s\n", spent[k] / all, kinds[k].functions);
    printf("count %d tiny\ncount %d leaf\ncount %d steady\n", TURNS * TINY, TURNS * MIDDLES * LEAVES, TURNS);
    return x == 3; /* as good as never */
}

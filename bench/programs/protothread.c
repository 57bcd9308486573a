/*
 * What it costs to know protothreads without edits: entries of functions that take a number, of functions that take a
 * pointer (which are on trial at first), and of a protothread. Prints nanoseconds of the thread's CPU time an entry.
 */
#include <stdio.h>
#include <time.h>

#define NI __attribute__((noinline))
#define UNSEEN __attribute__((no_instrument_function))
#define TRIAL 8 /* entries that a function without a state word is on trial for */
#define LATER 1000
#define RESUMES 300000

struct object {
    unsigned short line;
    int count;
    char room[56];
};

#define BOTH(n)                                                                                                        \
    NI static int number_##n(int value) {                                                                              \
        return value + n;                                                                                              \
    }                                                                                                                  \
    NI static int pointer_##n(struct object *object) {                                                                 \
        return object->count++ + n;                                                                                    \
    }
#define CALL_NUMBER(n) sum += (unsigned)number_##n((int)sum);
#define CALL_POINTER(n) sum += (unsigned)pointer_##n(shared);
#define EIGHT(F, n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7)
#define FUNCTIONS(F) EIGHT(F, 1) EIGHT(F, 2) EIGHT(F, 3) EIGHT(F, 4) EIGHT(F, 5) EIGHT(F, 6) EIGHT(F, 7) EIGHT(F, 8)
#define COUNT 64

FUNCTIONS(BOTH)

static struct object object, own;
static struct object *volatile shared = &object, *volatile alone = &own; /* no constants to the compiler */
static volatile unsigned sum;

NI static void numbers(int rounds) {
    for (int i = 0; i < rounds; i++) {
        FUNCTIONS(CALL_NUMBER)
    }
}

NI static void pointers(int rounds) {
    for (int i = 0; i < rounds; i++) {
        FUNCTIONS(CALL_POINTER)
    }
}

#define YIELD(self)                                                                                                    \
    do {                                                                                                               \
        (self)->line = __LINE__;                                                                                       \
        return 0;                                                                                                      \
    case __LINE__:;                                                                                                    \
    } while (0)

NI static int protothread(struct object *self) {
    switch (self->line) {
    case 0:
        for (;;) {
            YIELD(self);
            self->count++;
            YIELD(self);
        }
    }
    return 1;
}

NI static void resumes(int rounds) {
    for (int i = 0; i < rounds; i++)
        protothread(alone);
}

UNSEEN static double cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

UNSEEN static double price(void work(int rounds), int rounds, int entries) {
    double begin = cpu_ns();
    work(rounds);
    return (cpu_ns() - begin) / entries;
}

int main(void) {
    double first_number = price(numbers, TRIAL, TRIAL * COUNT), number = price(numbers, LATER, LATER * COUNT);
    double first_pointer = price(pointers, TRIAL, TRIAL * COUNT), pointer = price(pointers, LATER, LATER * COUNT);
    price(resumes, 200, 200);
    printf("%.1f %.1f %.1f %.1f %.1f\n", first_number, first_pointer, number, pointer,
           price(resumes, RESUMES, RESUMES));
    return 0;
}

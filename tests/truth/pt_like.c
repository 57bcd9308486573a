/*
 * What looks like a protothread to a careless eye, and is none: functions whose first argument points to a word that is
 * 0 at first and other things later. Each entry is a call.
 */
#include <stdlib.h>
#include <string.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define ROUNDS 40
#define OBJECTS 5
#define SORTED 64

struct object {
    unsigned short word;
    int number, value;
    struct object *next;
    void (*step)(struct object *self);
};

#define DRIVEN(F)                                                                                                      \
    F(count_up) F(fill) F(phases) F(next_token) F(grow) F(set_outside) F(step) F(first_step) F(second_step)
#define ALL(F) DRIVEN(F) F(walk) F(by_word)
#define COUNTER(name) static int entered_##name;
ALL(COUNTER)
COUNTER(tens)

/* A counter, as of a list that is pushed to. */
NI static void count_up(struct object *self) {
    entered_count_up++;
    self->word++;
}

/* A buffer that is emptied when it is full: it comes back to 0, and to the same values. */
NI static void fill(struct object *self) {
    entered_fill++;
    self->word = (unsigned short)(self->word + 16);
    if (self->word >= 64)
        self->word = 0;
}

enum phase { IDLE, CONNECTING, SENDING, CLOSING };

/* A state machine with an enumeration. */
NI static void phases(struct object *self) {
    entered_phases++;
    switch (self->number) {
    case IDLE:
        self->number = CONNECTING;
        break;
    case CONNECTING:
        self->number = SENDING;
        break;
    case SENDING:
        self->number = CLOSING;
        break;
    default:
        self->number = IDLE;
    }
}

/* The same with numbers that are no lines of it: to the target it is a protothread, the source differs. */
NI static void tens(struct object *self) {
    entered_tens++;
    switch (self->word) {
    case 0:
        self->word = 10;
        break;
    case 10:
        self->word = 20;
        break;
    case 20:
        self->word = 30;
        break;
    default:
        self->word = 0;
    }
}

/* A word that its caller sets between the entries. */
NI static void set_outside(struct object *self) {
    entered_set_outside++;
    self->value = self->word == 100 || self->word == 120;
}

NI static void first_step(struct object *self);
NI static void second_step(struct object *self) {
    entered_second_step++;
    self->step = first_step;
}
NI static void first_step(struct object *self) {
    entered_first_step++;
    self->step = second_step;
}
/* What comes next is the address of another function. */
NI static void step(struct object *self) {
    entered_step++;
    if (self->step)
        self->step(self);
    else
        self->step = first_step;
}

/* A token is left behind and never asked for at the entry. Its values are lines of the function. */
#line 200
NI static void next_token(struct object *self) {
    static const char text[] = "a[b]^c";
    entered_next_token++;
    switch (text[self->value++ % (int)sizeof text]) {
    case '[':
        self->word = 205;
        break;
    case ']':
        self->word = 208;
        break;
    case 0:
        self->word = 0;
        break;
    default:
        self->word = 211;
        break;
    }
}

/* A size that is set when there is none yet, and is a line of the function. */
#line 300
NI static void grow(struct object *self) {
    entered_grow++;
    if (!self->word)
        self->word = 303;
    self->value += self->value < self->word;
}

/* Recursion along a list. */
NI static int walk(const struct object *self) {
    entered_walk++;
    return self ? (walk(self->next) * 3) ^ self->number : 1;
}

NI static int by_word(const void *left, const void *right) {
    const struct object *a = left, *b = right;
    entered_by_word++;
    return a->word - b->word;
}

NI static void drive(void) {
#define OWN(name) static struct object of_##name[OBJECTS];
    DRIVEN(OWN)
    OWN(tens)
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < OBJECTS; i++) {
            count_up(&of_count_up[i]);
            fill(&of_fill[i]);
            phases(&of_phases[i]);
            tens(&of_tens[i]);
            next_token(&of_next_token[i]);
            grow(&of_grow[i]);
            step(&of_step[i]);
            of_set_outside[i].word = (unsigned short)(round % 3 ? 100 + round % 3 * 10 : 0);
            set_outside(&of_set_outside[i]);
            first_step(&of_first_step[i]);
            second_step(&of_second_step[i]);
        }
}

NI static void sort(void) {
    static struct object sorted[SORTED];
    for (int i = 0; i < SORTED; i++) {
        sorted[i].word = (unsigned short)(i * 37 % SORTED);
        sorted[i].next = i + 1 < SORTED ? &sorted[i + 1] : NULL;
    }
    walk(sorted);
    walk(sorted);
    qsort(sorted, SORTED, sizeof sorted[0], by_word);
}

int main(void) {
    drive();
    sort();
    const char *comma = "";
    printf("{\"functions\":{");
#define SAY(name)                                                                                                      \
    printf("%s\"" #name "\":{\"entries\":%d,\"calls\":%d,\"resumes\":0,\"idle_resumes\":0}", comma, entered_##name,    \
           entered_##name);                                                                                            \
    comma = ",";
    ALL(SAY)
    printf(",\"tens\":{\"entries\":%d,\"calls\":%d,\"resumes\":0,\"idle_resumes\":0,\"callers\":{\"drive\":%d}}",
           entered_tens, entered_tens, entered_tens);
    printf("},\"awaiting_queued_ms\":{\"tens\":0}}\n");
    return 0;
}

/*
 * The runtime's own books of a compiler's coroutines (turn.c, frame_calls.c, calls.c), with all around them stood in
 * for, and a host whose threads say what really happened.
 */
#ifndef RECOUNT_TESTS_TURN_MODEL_H
#define RECOUNT_TESTS_TURN_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* Ways to break the protocol: a test that finds nothing then would find nothing. */
enum model_defect {
    MODEL_WHOLE,
    MODEL_NOTE_LATE,    /* noted after the turn was taken */
    MODEL_TAKE_ANYWAY,  /* taken by whatever word is there, with the note of another */
    MODEL_PLACE_BEFORE, /* the place is written before the word, if that seems to be the slice's yet */
    MODEL_NOTE_STAYS,   /* a moved slice's note keeps its old start */
    MODEL_NOT_GONE,     /* memory that another object has says nothing of the call that lived there */
    MODEL_LEAVE_ANYWAY, /* the word is stored, whosever turn it is */
    MODEL_NOTE_LEFT,    /* the note of a turn that its holder left itself stays */
    MODEL_LAST = MODEL_NOTE_LEFT
};
extern enum model_defect model_defect;

enum { MODEL_SITES = 4, MODEL_FRAMES = 2 };

/** Before a run: nobody has done anything. */
void model_reset(void);
/** No room for notes from here on. */
void model_fill_notes(void);
/** This is the child of a fork: the notes were other threads'. */
void model_fork(void);
/** Where a reader finds the process if it is killed here. */
void model_look(void);
/** After a run. @return what is wrong, or NULL */
const char *model_check(void);
/** Waits that were measured, in ticks, and how many slices were told to be lost. */
uint64_t model_awaited(void);
uint64_t model_lost(void);

/* What the running thread does to the coroutine whose frame is `at`, and the truth with it. */
void model_made(int at, int fn);      /* its memory is allocated */
void model_enter(int at, int fn);     /* its body begins, or is resumed */
void model_suspend(int at, int site); /* the body calls what it awaits, and is suspended */
void model_finish(int at);            /* it has ended, seen by a hook that comes or by none, and its memory is free */
void model_destroy(int at, int fn);   /* where it is suspended */
void model_leave(void);               /* the innermost body's exit hook */
void model_carried(void);             /* a fiber with the innermost body stood still and goes on */
void model_other_object(int at);      /* the memory becomes something else that has calls: a protothread */

#endif

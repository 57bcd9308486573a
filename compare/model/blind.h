/*
 * What each witness does not see: time sampled in code without hooks, functions that were counted and never sampled,
 * and the probes that cost more than they tell, with the filter that would put them to sleep. docs/model.md, "Blind
 * spots".
 */
#ifndef RECOUNT_COMPARE_MODEL_BLIND_H
#define RECOUNT_COMPARE_MODEL_BLIND_H

#include "compare/model/model.h"

/* Where an on-CPU sample is. The first three are no blind spots. */
enum rc_sight_kind {
    RC_SEEN_HOOKED,  /* in a function with hooks, in its own code */
    RC_SEEN_PROBE,   /* in the hooks, or what they call */
    RC_SEEN_NOWHERE, /* neither a native stack nor an open call came with it */
    RC_BLIND_LIBRARY,
    RC_BLIND_INLINED, /* in a function with hooks, at an address that was inlined from one that is not open */
    RC_BLIND_NO_HOOK, /* in an object that has hooks, in a function without: assembly, or built without the flag */
    RC_BLIND_ASLEEP,  /* in a function that a filter put to sleep */
    RC_BLIND_KERNEL,
    RC_SIGHT_KINDS
};

struct rc_sighted { /* samples, and their share of all CPU time that samples stand for, 95% */
    uint64_t samples;
    double share, low, high;
};

struct rc_blind_place {
    enum rc_sight_kind kind;
    const char *name, *object; /* kernel: the function that entered it */
    struct rc_sighted seen;
    struct rc_tallies under; /* the innermost functions with hooks around it; they sum to the samples */
};

/* A function that was entered, and that no sample has in its own code. */
struct rc_unsampled {
    uint32_t function;
    double expected;    /* samples, by the tracer's own running time and the samples' mean distance */
    double probability; /* of none, if samples fell independently of each other */
    bool surprising;    /* at 5%, all such functions taken together */
};

/* Why a function stays awake in the proposed filter. */
enum rc_keep {
    RC_KEEP_NOT,
    RC_KEEP_REENTERED,
    RC_KEEP_REGISTERS,
    RC_KEEP_QUIET,
    RC_KEEP_NAMELESS,
    RC_KEEP_BEYOND,
    RC_KEEPS
};

/* What a function's own hooks cost. */
struct rc_probe_cost {
    uint32_t function;
    double counted_ns;            /* its entries times the calibrated costs */
    uint64_t samples;             /* taken in its hooks */
    double sampled_ns, low, high; /* what those stand for, with a 95% interval */
    bool sampled;                 /* there are enough: cost_ns is sampled_ns, else counted_ns */
    double cost_ns;               /* what sleeping would save, but for work that they hide (rc_prediction) */
    enum rc_keep keep;
};

/* CPU time that the proposed filter saves, if no hook of it is left in the program. */
struct rc_prediction {
    double ns, low_ns, high_ns; /* the guess; if as much is hidden as may be; if nothing is, both with 95% chance */
    bool sampled;               /* by samples in the hooks; else by the calibration, from 0 on */
    struct rc_sighted around;   /* samples in the own code of who is to sleep, and of their callers: it may be hidden */
};

struct rc_blind {
    uint64_t samples;                        /* on-CPU samples in the file */
    struct rc_sighted kinds[RC_SIGHT_KINDS]; /* they make up all samples */
    struct rc_blind_place *places;           /* kind by kind, most samples first */
    size_t n_places;
    uint64_t unsampled_ns;          /* CPU time that no sample stands for, where the file holds all that were taken */
    struct rc_unsampled *unsampled; /* most expected first */
    size_t n_unsampled;
    struct rc_probe_cost *probes; /* dearest first, all functions with hooks */
    size_t n_probes;
    double probes_ns;         /* of all of them */
    double proposed_ns;       /* of those proposed to sleep */
    struct rc_sighted saving; /* what samples alone say of them: the share that was in their hooks */
    struct rc_prediction predicted;
    size_t n_proposed;
    size_t n_nameless; /* noisy functions that no rule can name, since their object has no symbols; their hooks' cost */
    double nameless_ns;
};

/* How much a proposed filter is to save. */
struct rc_filter_wish {
    double save; /* share of all that the probes of noisy functions cost, 0..1 */
    size_t top;  /* at most so many functions; 0: any */
};

/**
 * Looks at a report that is built and whose lookups are still there.
 * @param lookups  as for rc_report_build: one for each of the profile's processes
 * @param out      the caller's, to be freed with rc_blind_free; borrows from the report and the lookups
 * @return 0, or -1 with a line in `err`: no memory
 */
int rc_blind_build(struct rc_blind **out, const struct rc_report *report, const struct rc_lookup *lookups,
                   const struct rc_filter_wish *wish, struct rc_error *err);

/** Accepts NULL. */
void rc_blind_free(struct rc_blind *blind);

#endif

/*
 * Two runs of one command, the first with its hooks awake and the second with its hooks asleep: counts are those of the
 * first, times those of the second, and the difference of the two is what the probes did. docs/model.md, "Two runs".
 */
#ifndef RECOUNT_COMPARE_MODEL_PAIR_H
#define RECOUNT_COMPARE_MODEL_PAIR_H

#include "compare/model/difference.h"
#include "compare/model/model.h"

enum rc_in_run {
    RC_IN_BOTH,      /* told apart in both runs */
    RC_IN_AWAKE,     /* its object was not loaded, or it was never sampled, in the run asleep */
    RC_IN_ASLEEP,    /* never entered nor sampled in the run awake */
    RC_IN_NAMESAKES, /* another function has its object's file name, its name and its file */
    RC_IN_CALLER     /* inlined, and no debug information tells its code from its caller's; of a plain run: or gone */
};

/* What two runs say of one function; estimates in nanoseconds of CPU time, but for the ratio. */
struct rc_effect {
    enum rc_in_run in;
    bool timed_asleep;            /* the report's times of it are those of the run asleep */
    struct rc_estimate awake;     /* own CPU time as the sampler saw it, the probes in it included */
    struct rc_estimate asleep;    /* own CPU time */
    struct rc_estimate inclusive; /* asleep: of all its calls */
    struct rc_estimate effect;    /* awake - asleep */
    struct rc_estimate apart;     /* of shares: the tracer's awake - the sampler's asleep, which the verdict is on */
    struct rc_estimate ratio; /* awake / asleep; value < 0: there is no time asleep to divide by, high < 0: no bound */
    /* As the run awake alone has them. */
    struct rc_time time;
    uint64_t self_ns;
    bool sampled; /* that is what samples told */
    struct rc_share share;
    struct rc_seen seen;
};

struct rc_run_totals {
    uint64_t wall_ns, cpu_ns, sampled_ns, samples, kept, in_probe, scoped, lost, entries;
    size_t processes;
};

/* Reasons to doubt that the two runs did the same work. */
enum {
    RC_PAIR_SLOWER = 1,    /* the run asleep used clearly more CPU time */
    RC_PAIR_PROCESSES = 2, /* another number of processes */
    RC_PAIR_UNSAMPLED = 4, /* CPU time of one run that no sample stands for */
    RC_PAIR_AWAKE = 8,     /* hooks ran in the run asleep, too, and so much that it shows */
    RC_PAIR_STRANGER = 16  /* the plain run was in no function that has hooks in the other */
};

struct rc_pair {
    const struct rc_profile *profile; /* plain: of a build without hooks; `asleep` then stands for that run */
    struct rc_run_totals awake, asleep;
    double cpu_ratio;             /* CPU time awake / asleep; 0: not known. Clocks, not samples: without an interval */
    double own_ns;                /* own running time as reported, of all functions with hooks */
    unsigned doubts;              /* RC_PAIR_* */
    struct rc_effect *effects;    /* one for each function of the report */
    struct rc_effect still_awake; /* of the samples asleep in hooks, whichever called them */
    struct rc_effect foreign;     /* of the samples in no function with hooks: awake, asleep, effect and ratio */
};

/**
 * Brings the run asleep into the report of the run awake: from then on `report->pair` is set, and times and samples are
 * those of the run asleep, as docs/model.md says.
 * @param profile  outlives the report, as do the strings of the lookups
 * @param lookups  one for each of profile->processes
 * @param pid      0: all processes, or the one of the run asleep
 * @return 0, or -1 with a line in `err`: the report is then as it was
 */
int rc_pair_add(struct rc_report *report, const struct rc_profile *profile, const struct rc_lookup *lookups,
                uint32_t pid, struct rc_error *err);

/** The process of the run asleep that stands for process `pid` of the run awake (0: all): the one with its number and
 * executable. @return its pid, 0 for all; -1: none */
int64_t rc_pair_pid(const struct rc_profile *awake, const struct rc_profile *asleep, uint32_t pid);

/** The share of running time that the reported own times make: the tracer's; of two runs that of the one asleep. */
double rc_reported_share(const struct rc_report *report, const struct rc_function *function);

/** The tracer's side of the verdict, share.tracer, is mostly what samples told: two witnesses it is not. */
bool rc_verdict_is_sampled(const struct rc_report *report, const struct rc_function *function);

/** The function's own time is longer awake by at least a tenth, and not by chance. */
bool rc_pair_slowed(const struct rc_effect *effect);

/** Accepts NULL. */
void rc_pair_free(struct rc_pair *pair);

#endif

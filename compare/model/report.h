/*
 * What a profile says, as numbers: functions with their two ledgers, the sampler's view beside them, stalls and
 * totals. Data only; docs/model.md says how each number comes about. Times are nanoseconds.
 */
#ifndef RECOUNT_COMPARE_MODEL_REPORT_H
#define RECOUNT_COMPARE_MODEL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/load/profile.h"

/* total is the sum of the other five, exactly. */
struct rc_time {
    uint64_t running, blocked, awaiting, queued, probes, total;
};

/* A caller, or a named thing that samples were counted for. */
struct rc_tally {
    const char *name;
    const char *object; /* NULL where it says nothing */
    uint64_t count;
};

struct rc_tallies {
    struct rc_tally *items; /* largest first */
    size_t n;
};

struct rc_await_point {
    const char *file; /* "" when not known */
    uint32_t line;
    const char *awaited;
    uint64_t count, idle, open;
    uint64_t awaiting_ns, queued_ns;
    bool ready_told; /* some wait was told to be over (recount_call_ready); else what was queued counts as awaiting */
};

struct rc_seen {
    uint64_t self, total;       /* samples on a CPU */
    uint64_t self_ns, probe_ns; /* CPU time that the former and those in a probe stand for */
    uint64_t off_cpu;           /* samples off the CPU with it innermost */
    uint64_t in_probe;          /* on-CPU samples that hit a probe directly under it */
    uint64_t foreign;           /* of self: those whose innermost native frame was in code without hooks */
    uint64_t inlined; /* of self: those at an address inlined from another function; looked at when it disagrees */
    uint64_t distinct_calls;          /* calls that some sample saw open */
    uint64_t calls_once, calls_twice; /* of those: met exactly once, exactly twice; a row of samples is once */
    double estimated_calls, estimated_calls_low; /* Chao's, and the lower end of its 95% interval */
    bool contradicted;                           /* they are more than the calls that were counted: a defect */
    /* Nanoseconds that samples stand for; of what was kept. */
    double total_ns;            /* on its stack: neither in a probe nor in a handler that interrupted it */
    double waited_ns, ready_ns; /* off the CPU, itself or what it called: waiting; ready, with none free */
};

/* Where the two witnesses have a sample in different functions: by the open calls, and by the native stack. */
enum rc_stray { RC_STRAY_INLINED, RC_STRAY_UNHOOKED, RC_STRAY_LOST_EXIT, RC_STRAY_EDGE, RC_STRAY_OTHER, RC_STRAYS };

/* What each witness has of a function's own time, in nanoseconds (compare/model/witness.c). */
struct rc_witness {
    double probes_ns;            /* samples in probes, with it the innermost open call, or of its own hooks */
    double inlined_ns;           /* samples in its code in other functions, with no call of it open */
    double outlived_ns;          /* samples with a call of it open by the tracer alone, its exit being lost */
    double strayed[RC_STRAYS];   /* samples that it has as the innermost open call, less those that it has natively */
    uint64_t stray_samples;      /* of both kinds */
    double coarse_ns, unseen_ns; /* CPU time without samples: of threads too brief to be sampled; else, in the kernel */
    double coarse_total_ns, unseen_total_ns; /* the same with what it called */
};

/* What a difference is of: `one` is what a classical profiler would say. */
enum rc_of {
    RC_OF_ENTRIES, /* entries, and calls */
    RC_OF_CALLS,   /* calls, and those that the program's own code made; known where some came from a signal */
    RC_OF_TIME,    /* ns: the time of all calls from begin to end, added up, and what samples found running */
    RC_OF_SHARE,   /* thousandths of a percentage point: the tracer's share of own running time, and the sampler's */
    RC_OFS
};

struct rc_difference {
    bool known;
    int64_t one, other;
    uint64_t chance; /* how far sampling alone moves `other`, 95% */
};

/* A part of a difference. The parts of one difference add up to one - other, exactly. */
struct rc_account {
    int64_t amount;
    enum rc_of of;
    unsigned row;   /* enum rc_cause, or one of enum rc_row behind it */
    bool estimated; /* from samples, a calibration, or timed calls scaled up */
};

enum { RC_ACCOUNTS_MOST = 28 };

struct rc_share {
    bool compared;       /* both sides have a figure */
    double tracer;       /* 0..1 of all functions' own running time */
    double tracer_error; /* its standard error, as far as samples told it; 0: clocks did */
    double sampler;      /* 0..1 of the samples in the tracer's scope */
    double low, high;
    double n_effective; /* samples, after the design effect */
    double critical;    /* standard errors to either end of the interval; 0: there is none */
    double detectable;  /* the smallest difference that would be seen with 80% power */
    double p_value;     /* of the difference; 1 when not tested */
};

/* How far the chance of sampling moves an own time, where samples told it (spans_tell.c); ns squared. */
struct rc_chance {
    double variance;   /* of the function's own running time */
    double covariance; /* of that and the sum of all functions' */
};

/* By what evidence an entry of a function is a call or the resume of one. One that is always run through has none. */
enum rc_evidence {
    RC_EVIDENCE_NONE,
    RC_EVIDENCE_TOLD,  /* the program announced it: recount/coro.h, recount/pt/pt.h, recount_call_* */
    RC_EVIDENCE_FRAME, /* a compiler's coroutine frame was its first argument */
    RC_EVIDENCE_STACK, /* it ran on a fiber's own stack */
    RC_EVIDENCE_LINK,  /* a callback, linked to where it was registered */
    RC_EVIDENCE_STATE  /* a word behind the first argument, inferred by the runtime and checked against the source */
};

struct rc_identity_of {
    enum rc_evidence by;
    const char *doubt; /* why the inference is not proven: entries are calls, then; NULL: nothing speaks against it */
    bool addresses;    /* the states are code addresses, not lines */
    uint32_t offset;   /* of the word */
    uint64_t states, objects, fresh, unseen; /* different ones, at least; entries that found the word 0 */
};

enum rc_verdict { RC_TOO_FEW, RC_AGREE, RC_DISAGREE };

struct rc_function {
    const char *name, *object;
    const char *file; /* NULL when not known */
    uint32_t line;

    uint64_t entries, calls, resumes, idle_resumes, internal, recursive, from_signal;
    int64_t unexplained;
    uint64_t in_flight;           /* entries that the end of the process cut off before they told what they were */
    uint64_t left, arrived;       /* entries that left their context for another, and those that reached it */
    uint64_t cut_off;             /* those that the end of their process cut off on the way */
    uint64_t calls_without_entry; /* calls known by their coroutine frames alone: the ramp was inlined away */
    /* Coroutine frames that began: made in a known context; of the only context that its ramp was entered in; neither.
     */
    uint64_t frames_tied, frames_attached, frames_untied;
    bool body_unhooked; /* a coroutine of which the ramp alone has hooks: its resumes are not seen */
    uint64_t lost_exits;
    uint64_t fiber_starts;  /* entries as the first function of a fiber */
    bool hooked;            /* some context is of it: it is built with the hooks */
    bool inlined_somewhere; /* in some context its code is part of its caller's */
    bool namesake_in_pair;  /* of two runs: another function has its object's file name, its name and its file */
    bool coroutine;         /* has compiler-made clones */
    bool asleep;            /* a filter put its hooks to sleep: no entries are counted */
    uint32_t asleep_runs;   /* runs in which it slept; all that is counted of it is of the others */
    bool disproved;         /* the runtime took it for one, and its symbol says that it is none */
    bool registers;         /* callbacks hang below it: its waits are those for them */
    bool announced;         /* its async calls were announced by the program (recount/coro.h), or by their state */
    struct rc_identity_of identity;

    struct rc_time time; /* inclusive, of its outermost calls */
    uint64_t self_ns;    /* exclusive and running */
    uint64_t self_blocked_ns, self_probes_ns;
    uint64_t self_sampled_ns;                /* how much of self_ns the samples told and not a clock (spans.c) */
    uint64_t hidden_less_ns, hidden_more_ns; /* so much less or more it may be, for the hooks hide some of it */
    uint64_t estimated_ns;                   /* how much of its inclusive time was scaled up from timed calls */
    uint64_t timed_calls;                    /* the calls that stand for those */
    uint64_t nested_ns;                      /* of calls inside of calls of it: what adding up all calls counts again */
    uint64_t interrupted_ns; /* of time.running: signal handlers in the middle of it or of what it called */

    struct rc_seen seen;
    struct rc_chance chance;
    struct rc_witness witness;
    struct rc_share share;
    enum rc_verdict verdict;
    uint32_t causes; /* bits of enum rc_cause, set by rc_causes_find, as are the differences and their parts */
    struct rc_difference differences[RC_OFS];
    struct rc_account accounts[RC_ACCOUNTS_MOST];
    size_t n_accounts;

    struct rc_tallies callers;          /* logical; sums to calls */
    struct rc_tallies physical_callers; /* sums to entries */
    struct rc_tallies leaves;           /* innermost native functions of its self samples, when not itself */
    struct rc_tallies syscalls;         /* of its off-CPU samples */
    struct rc_await_point *awaits;      /* in the order of the source */
    size_t n_awaits;
};

/** It was taken for re-entered, and that is not proven: its entries are calls, and what was noted of its waiting is not
 * used. */
static inline bool rc_is_doubted(const struct rc_function *function) {
    return function->disproved || (function->identity.by == RC_EVIDENCE_STATE && function->identity.doubt);
}

/** Its own time, or most of it, is what samples told. */
static inline bool rc_is_sampled(const struct rc_function *function) {
    return function->self_sampled_ns > function->self_ns / 2;
}

/** Its own time where the hooks hide least of it. Both are sums of rounded parts. */
static inline uint64_t rc_self_least(const struct rc_function *function) {
    return function->self_ns > function->hidden_less_ns ? function->self_ns - function->hidden_less_ns : 0;
}

/** Most of the time in its calls is estimated: scaled up from some of them, or told by samples. */
static inline bool rc_is_estimated(const struct rc_function *function) {
    uint64_t inside = function->time.running + function->time.blocked + function->time.probes;
    return function->estimated_ns > inside / 2;
}

struct rc_victim {
    char task[96];
    uint64_t late_ns;
};

struct rc_stall_row {
    char task[96];
    uint32_t function; /* RC_NONE when not known */
    const char *file;  /* "" when not known */
    uint32_t line;
    const char *syscall; /* NULL: on a CPU */
    uint64_t start_ns, duration_ns;
    double on_cpu;
    struct rc_victim *victims;
    size_t n_victims;
};

/* Which function each context and each native frame of a process is; RC_NONE: none. */
struct rc_resolved {
    const struct rc_process *process;
    uint32_t *node_function;
    uint32_t *native_function;
    const bool *asleep; /* by function: it slept in this run; NULL: none did. The run's parts share it */
    size_t n_asleep;    /* of the array; functions behind it did not */
};

/** A filter put its hooks to sleep in the run of the part: what it did there is its callers', to both witnesses. */
static inline bool rc_slept_in(const struct rc_resolved *part, uint32_t function) {
    return part->asleep && function < part->n_asleep && part->asleep[function];
}

enum rc_tree_kind { RC_TREE_NONE, RC_TREE_LOGICAL, RC_TREE_PHYSICAL };

struct rc_report {
    const struct rc_profile *profile;
    uint32_t pid;       /* the process that was asked for, 0: all */
    size_t runs, hosts; /* that its processes are from; hosts 0: not all are known */
    uint64_t wall_ns;   /* of all runs together */
    uint64_t threads, tasks;
    uint64_t samples;                                  /* taken on a CPU */
    uint64_t lost_samples, lost_contexts, lost_events; /* contexts: entries that could not be told apart */
    uint64_t damage;
    bool kernel_unseen;          /* in some process CPU time inside the kernel was not sampled */
    uint64_t cpu_ns, sampled_ns; /* CPU time used, and what of it the kept and lost samples stand for */
    uint64_t probe_samples;      /* on-CPU samples inside the probes */
    uint64_t kept_samples;       /* on-CPU samples in the file */
    uint64_t scoped_samples;     /* those in the tracer's scope */
    double scoped_ns;            /* what they stand for */
    uint64_t brief_ns;         /* CPU time without samples of threads that came and went within a few of their ticks */
    uint64_t time_unclosed_ns; /* negative own times that were set to 0: how far the estimates are off */
    double self_variance;      /* of the sum of all own running times, as struct rc_chance has it */
    uint64_t off_inferred_ns;  /* blocked time that the CPU clocks tell of and the sampler did not see */
    uint64_t unmatched_exits;
    size_t asleep_counted;     /* those among them that were counted all the same: a runtime that cannot sleep */
    size_t n_asleep;           /* functions whose hooks a filter put to sleep */
    size_t asleep_partly;      /* those among them that were counted in some runs and slept in others */
    uint64_t asleep_unknown;   /* places of the filter in objects that were not loaded, or are no longer there */
    uint64_t asleep_unmatched; /* rules of the filter that matched nothing, of each run */
    bool traced;               /* some function has contexts */
    bool timed;                /* the tracer took times */

    struct rc_function *functions;
    size_t n_functions;
    struct rc_stall_row *stalls;
    size_t n_stalls;
    struct rc_resolved *parts;
    size_t n_parts;
    struct rc_tree *tree; /* NULL: not asked for */
    struct rc_pair *pair; /* what a second run with its hooks asleep says (compare/model/pair.h); NULL: a single run */
};

#endif

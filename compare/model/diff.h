/*
 * What changed between two sides, each of one run or more. Pure arithmetic over what each run's report says;
 * docs/diff.md says why it is done so. Counts are compared exactly, times through their spread from run to run.
 */
#ifndef RECOUNT_COMPARE_MODEL_DIFF_H
#define RECOUNT_COMPARE_MODEL_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/error.h"
#include "compare/model/model.h"

enum rc_side { RC_BEFORE, RC_AFTER, RC_SIDES };

/* Entries come last: they are the sum of the others. */
enum rc_diff_kind { RC_DIFF_CALLS, RC_DIFF_RESUMES, RC_DIFF_IDLE, RC_DIFF_INTERNAL, RC_DIFF_ENTRIES, RC_DIFF_COUNTS };

/* The chance that a diff of twice the same reports any change is at most the sum of these. */
#define RC_DIFF_LEVEL_TIMES 0.015
#define RC_DIFF_LEVEL_COUNTS 0.005

#define RC_DIFF_SHARE_LEAST 0.005
/* A smaller change is not claimed: building a program anew moves its code about, and its time by some tenths of a
 * percent, without any change of the source. */
#define RC_DIFF_CHANGE_LEAST 0.01

enum { RC_DIFF_RUNS_LEAST = 3 }; /* of each side, without which nothing is known of the spread from run to run */

/* What the second of two runs (record --twice) has of a function's own time. */
struct rc_diff_second {
    uint64_t samples;
    double own_ns, n_effective; /* as in rc_diff_seen */
};

/* What one run says of one function. */
struct rc_diff_seen {
    const char *name, *object, *file; /* file NULL: not known */
    bool main_object;                 /* the object is the program itself, whatever its name */
    bool hooked;
    uint64_t counts[RC_DIFF_COUNTS];
    uint64_t samples;   /* of its own time */
    double own_ns;      /* the CPU time that these stand for */
    double tracer_ns;   /* its own running time as the tracer measured it */
    double n_effective; /* samples of the whole run that its share rests on, after the design effect */
    struct rc_diff_second second;
};

/* One run. */
struct rc_diff_run {
    enum rc_side side;
    const char *command, *host; /* "" where it is not known */
    uint64_t start_real_ns, start_mono_ns, wall_ns;
    double cpu_ns;          /* the probes' calibrated cost taken out */
    uint64_t samples;       /* kept, on a CPU */
    double sample_ns;       /* what one stands for, on average */
    uint64_t lost_contexts; /* entries that were counted for no function */
    bool traced;
    size_t asleep;    /* places whose hooks a filter put to sleep */
    double probes_ns; /* what was taken out of cpu_ns */
    uint32_t sample_hz;
    uint64_t per; /* calls of the function that everything is divided by; 0: nothing is */
    /* Of its second run, whose hooks slept or which had none; where there is one. */
    bool paired, plain;
    uint64_t second_wall_ns, second_samples;
    double second_cpu_ns, second_sample_ns;
};

enum rc_diff_verdict {
    RC_DIFF_NOT_TESTED, /* nothing there, or on one side only */
    RC_DIFF_SMALL,      /* less than RC_DIFF_SHARE_LEAST of the CPU time: not tested, so that the others can be told */
    RC_DIFF_TOO_FEW,    /* samples */
    RC_DIFF_ONE_RUN,    /* fewer than RC_DIFF_RUNS_LEAST runs of a side: within the sampler's own error */
    RC_DIFF_BEYOND,     /* likewise, but beyond it: the runs differ, and whether the sides do is not known */
    RC_DIFF_SAME,       /* no detectable change */
    RC_DIFF_CHANGED
};

/* A time, or any other quantity with a spread: its means, their ratio and what can be said of it. */
struct rc_diff_time {
    double mean[RC_SIDES];
    double change;          /* after / before - 1 */
    double error[RC_SIDES]; /* standard errors of the means; 0: not known */
    double degrees;         /* of freedom of their difference */
    double p_value;         /* 1: not tested */
    bool sampled;           /* counted in samples, not measured by a clock */
    enum rc_diff_verdict verdict;
};

enum rc_count_verdict {
    RC_COUNT_NONE,    /* 0 in all runs */
    RC_COUNT_SAME,    /* the same in all runs */
    RC_COUNT_CHANGED, /* constant in each side, and not the same: a fact */
    RC_COUNT_VARIES,  /* from run to run, and not more between the sides than within */
    RC_COUNT_SHIFTED, /* varies, and differs between the sides by more than that explains */
    RC_COUNT_UNKNOWN  /* one side did not count */
};

struct rc_diff_count {
    uint64_t low[RC_SIDES], high[RC_SIDES]; /* over the runs, as counted */
    double mean[RC_SIDES];                  /* divided by what everything is divided by */
    double p_value;                         /* of a count that varies; 1: not tested */
    enum rc_count_verdict verdict;
};

enum rc_presence { RC_PRESENT, RC_APPEARED, RC_DISAPPEARED };

struct rc_diff_row {
    char *name, *object, *file; /* of the last run that has it; file NULL: not known */
    char *object_before;        /* where the object has another name there, else NULL */
    char *file_before;          /* where the file has: it was found again by its name alone */
    enum rc_presence presence;
    bool hooked[RC_SIDES], nameless, main_object;
    bool namesake;  /* another row has its name */
    bool ambiguous; /* on one side alone, and so is another row of its name, in another file: may be found on both */
    uint64_t samples[RC_SIDES];
    double share[RC_SIDES]; /* of the samples */
    struct rc_diff_count counts[RC_DIFF_COUNTS];
    struct rc_diff_time own;      /* CPU time of its own code */
    struct rc_diff_time per_call; /* that, divided by its calls; tested where these are not the same on both sides */
    struct rc_diff_cell *cells;   /* one a run */
};

struct rc_diff_cell {
    bool present, hooked;
    uint64_t counts[RC_DIFF_COUNTS], samples;
    double own_ns, tracer_ns, n_effective;
    struct rc_diff_second second;
};

enum rc_diff_times_of { RC_DIFF_OF_AWAKE, RC_DIFF_OF_ASLEEP, RC_DIFF_OF_PLAIN };

struct rc_diff {
    bool awake_times;               /* asked for: those of second runs are left aside */
    enum rc_diff_times_of times_of; /* after rc_diff_judge: the second runs', where all runs have one of one kind */
    bool seconds_left;              /* some have, and not all of one kind: times are those of the runs awake */
    bool tracer_times;              /* own times are the tracer's, not the sampler's */
    char *per;                      /* the function that everything is divided by, or NULL */
    struct rc_diff_run *runs;       /* their texts are owned */
    size_t n_runs, of_side[RC_SIDES];
    struct rc_diff_row *rows; /* after rc_diff_judge: the largest difference of time first */
    size_t n_rows;
    struct rc_diff_time cpu, wall;        /* of a whole run */
    size_t tests;                         /* times that were judged together */
    size_t changed_times, changed_counts; /* functions; those of the whole run are in the former */
    size_t moved;                         /* rows that were found again in a file of another name */
    size_t ambiguous;                     /* rows that may be the same functions, in other files */
    size_t nameless;                      /* rows without a name on some side, which are not compared */
    struct rc_diff_index *index;          /* of the rows, by their full names */
    bool apart;                           /* all runs of one side were recorded before all of the other */
    bool hosts_differ, rates_differ, filters_differ;
};

/** An empty comparison. @param per  a function's name, copied; NULL: nothing is divided. NULL on failure. */
struct rc_diff *rc_diff_new(const char *per, bool tracer_times);
/** Accepts NULL. */
void rc_diff_free(struct rc_diff *diff);

/** Adds a run and its functions; everything is copied. 0, or -1 with a line in `err`. */
int rc_diff_add(struct rc_diff *diff, const struct rc_diff_run *run, const struct rc_diff_seen *functions, size_t n,
                struct rc_error *err);

/** Adds what a run's report says (rc_diff_add). */
int rc_diff_add_report(struct rc_diff *diff, enum rc_side side, const struct rc_report *report, struct rc_error *err);

/**
 * The same of two runs: counts are those of the first one and times those of the second one, if it is so with all
 * others.
 * @param report   of the first run alone; the second one is brought into it (rc_pair_add)
 * @param second   outlives the call, as do its lookups' strings
 */
int rc_diff_add_pair(struct rc_diff *diff, enum rc_side side, struct rc_report *report, const struct rc_profile *second,
                     const struct rc_lookup *lookups, struct rc_error *err);

/** Matches the functions of all runs and judges them. Both sides must have a run. 0, or -1 with a line in `err`. */
int rc_diff_judge(struct rc_diff *diff, struct rc_error *err);

/** The 95% interval of a time's change, its own. False: there is none. `high` may be INFINITY. */
bool rc_diff_interval(const struct rc_diff_time *time, double *low, double *high);

/** The smallest rise of a time that would be seen with 80% power; INFINITY: none, or it was not tested. */
double rc_diff_detectable(const struct rc_diff *diff, const struct rc_diff_time *time);

/** The chance to see a rise of `change` (0.1: 10%) of a time that was tested; 0 where it was not. */
double rc_diff_power(const struct rc_diff *diff, const struct rc_diff_time *time, double change);

/* The inner side: what the parts of a comparison share. */

/** Brings together rows whose object or file has another path in other runs. diff_match.c. */
int rc_diff_match(struct rc_diff *diff, struct rc_error *err);
/** Sets the counts of all rows. diff_counts.c. */
int rc_diff_judge_counts(struct rc_diff *diff, struct rc_error *err);
/** Sets the times of all rows and of the whole. diff_times.c. */
int rc_diff_judge_times(struct rc_diff *diff, struct rc_error *err);

#endif

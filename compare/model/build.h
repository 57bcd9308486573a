/* The inner side of the model: what its files share while a report is built. */
#ifndef RECOUNT_COMPARE_MODEL_BUILD_H
#define RECOUNT_COMPARE_MODEL_BUILD_H

#include "compare/model/model.h"

/* What becomes known of a context; times in nanoseconds. */
struct rc_work {
    uint32_t function;           /* RC_NONE: a root, or contexts that were lost */
    uint32_t caller;             /* what rc_logical_parent answers; the steps after rc_shape may ask */
    uint32_t maker;              /* of a clone's calls: the context that made them; RC_NONE: not known */
    uint32_t open_own, open_any; /* calls open at the end: plain ones; also those announced as async */
    uint32_t open_passed;        /* entries open here whose slice belongs to another context */
    enum rc_clone clone : 8;
    bool nested;    /* its calls run inside its parent's */
    bool member;    /* a clone whose call began in its parent's: the same call */
    bool recursive; /* an earlier call of the function is open outside */
    bool past_dead; /* somewhere above stands a call that had left already */
    bool signal;    /* at or below a signal's delivery */
    bool sampled;   /* how long it ran itself is what samples told, and no clock (spans.c) */
    /* What most steps over all contexts ask for lies together: it is memory that they wait for. */
    double self, self_blocked, self_probes;
    double wall, off, blocked, probes; /* blocked, probes: inclusive */
    double resumed, passed, estimated, interrupted, awaiting, queued;
    uint64_t calls;
    /* What its entries are besides calls; resumes are counted where they were entered. */
    uint64_t resumes, internal;
};
static_assert(sizeof(struct rc_work) <= 160, "there may be millions of them");

struct rc_part {
    const struct rc_process *process;
    const struct rc_lookup *lookup;
    struct rc_resolved *resolved;
    struct rc_work *work;         /* one for each node */
    const struct rc_call **calls; /* by id */
    struct rc_inlined *inlined;   /* by native frame, of a run whose hooks slept; else NULL (asleep.c) */
    bool natives_resolved;
    bool any_clone;      /* some context is a clone's */
    bool any_undeclared; /* some context's symbol waits for those with a declaration (rc_resolve_nodes) */
    double run_start_ns; /* of its run, on the process's monotonic clock */
    double run_shift_ns; /* from that clock to the line on which the runs lie behind one another */
    void *sites;         /* call sites by address and context, where there are coroutines (awaited.c) */
};

/* An on-CPU sample in the tracer's scope, and the function it was in. */
struct rc_observed {
    uint32_t function;
    uint32_t weight;         /* ns */
    uint32_t part, native;   /* its innermost native frame, RC_NONE: none */
    uint32_t thread, sample; /* of the part's process */
    bool inlined;            /* its address was inlined from that function into another */
};
static_assert(sizeof(struct rc_observed) <= 28, "there may be a million of them");

/* Functions with hooks whose code lies inlined at a native frame, innermost first. */
enum { RC_INLINED_KEPT = 4 };
struct rc_inlined {
    uint32_t function[RC_INLINED_KEPT]; /* RC_NONE: no more */
};

struct rc_names; /* functions by (object, base, file), see functions.c */

struct rc_build {
    struct rc_report *report;
    const struct rc_report *awake; /* of a run whose hooks slept: what the one awake says; else NULL */
    struct rc_part *parts;
    size_t n_parts;
    struct rc_names *names;
    struct rc_owners *owners;     /* of bodies without hooks, perhaps (coroutine.c) */
    bool any_unhooked;            /* some function is body_unhooked */
    struct rc_observed *observed; /* those in the scope of the comparison */
    size_t n_observed;
    uint64_t code_looked_at; /* bytes, to check identities */
    struct rc_error *err;
};

/** Makes room for one more behind `n` items of `size` bytes; doubles. 0, or -1: no memory. */
int rc_grow(void **items, size_t n, size_t size);
int rc_no_memory(struct rc_error *err);
int rc_tally_add(struct rc_tallies *tallies, const char *name, const char *object, uint64_t count);
void rc_tally_sort(struct rc_tallies *tallies);
/** Nanoseconds of a count of ticks, and the whole number that stands for them (0 for what is no number). */
double rc_ns(const struct rc_part *part, double ticks);
uint64_t rc_whole(double ns);

/** The extra record of a node, or one of zeros. */
const struct rc_extra *rc_extra_of(const struct rc_part *part, uint32_t node);
/** Brings `calls` into the order of ids, in which rc_call_of looks. */
void rc_calls_sort(struct rc_part *part);
const struct rc_call *rc_call_of(const struct rc_part *part, uint64_t frame_call);
/** The open frame is a slice that was entered in another context than the one its call began in. */
bool rc_is_passed(const struct rc_frame *frame, const struct rc_call *call);
/** "read", or NULL where the name is not known. */
const char *rc_syscall_name(int number);
/** The symbol is of the function, or of a clone of it. */
bool rc_is_of(const struct rc_function *function, const struct rc_symbol *symbol);
/** The frames of this clone's context were made by a ramp that was inlined, as debug information says. */
bool rc_made_without_entry(const struct rc_build *build, const struct rc_part *part, uint32_t n);
/** The innermost open call's function; RC_NONE: none. */
uint32_t rc_leaf_of_path(const struct rc_part *part, const struct rc_sample *sample);
/** The sample was taken in the hooks, or in what they call. The natives' functions are known. */
bool rc_is_probe(const struct rc_build *build, const struct rc_part *part, const struct rc_sample *sample);
bool rc_is_hooked(const struct rc_build *build, uint32_t function);
/** The same where the part was recorded. */
bool rc_is_awake(const struct rc_build *build, const struct rc_part *part, uint32_t function);
/** The context's thread is its process's first. */
bool rc_is_main_thread(const struct rc_part *part, const struct rc_node *node);
/** The context itself or the next one above it that is a function's; RC_NONE: a root. */
uint32_t rc_named_above(const struct rc_part *part, uint32_t n);
/** The coroutine without hooks in its body that calls this context there, or RC_NONE. */
uint32_t rc_unhooked_body(const struct rc_build *build, const struct rc_part *part, uint32_t n);
/** The first such coroutine that the symbol is of, or RC_NONE. */
uint32_t rc_unhooked_of(const struct rc_build *build, const struct rc_symbol *symbol);
/** The context that its calls were made from, a function's; RC_NONE: a root. */
uint32_t rc_logical_parent(const struct rc_part *part, uint32_t n);
/** Finds those. Which contexts are nested is known. 0, or -1 with a line in build->err. */
int rc_find_callers(const struct rc_build *build, struct rc_part *part);
/** The part of a context's slices that ran inside its parent's, 0..1. */
double rc_inside_parent(const struct rc_work *work);

/** The variance of the function's share of `all_ns`, the sum of all own running times, by what samples told of it, if
 * they are independent. 0: clocks told all of it. */
double rc_share_variance(const struct rc_report *report, const struct rc_function *function, double all_ns);

/** Lays the runs behind one another: each part's run, the wall time, and how many runs and hosts there are. */
void rc_lay_out_runs(struct rc_build *build);

/* The steps, in their order. Each returns 0, or -1 with a line in build->err. */
int rc_names_open(struct rc_build *build);
void rc_names_close(struct rc_build *build);
/** The function of a symbol; made when new. RC_NONE: no memory. */
uint32_t rc_function_of(struct rc_build *build, const struct rc_symbol *symbol);
/**
 * The report of a run whose hooks slept: what has hooks, and the tracer's own times, are those of `awake`, whose
 * functions come first and in their places. Nothing is counted. Errors as rc_report_build.
 */
int rc_report_build_asleep(struct rc_report **out, const struct rc_profile *profile, const struct rc_lookup *lookups,
                           uint32_t pid, const struct rc_report *awake, struct rc_error *err);
/** The object is the program that the recording's first process runs, by its path. */
bool rc_is_program(const struct rc_profile *profile, const char *object);
/** What an object is called in both of two runs: its file name, or "" for the program of two builds. */
const char *rc_object_in_pair(const struct rc_build *build, const char *object);
/** The function of the run awake that the symbol of another build is of: the one of that name and declaration, else the
 * only one whose declaration may be the same. RC_NONE: none, or not told which. */
uint32_t rc_function_of_other_build(const struct rc_build *build, const struct rc_symbol *symbol);
/** Of a run whose hooks slept: begins with the functions of the one awake, each in its place. No function is known yet.
 */
int rc_names_seed(struct rc_build *build);
/** Which functions with hooks are inlined at each native frame, as debug information says. */
int rc_find_inlined(struct rc_build *build);
int rc_resolve_nodes(struct rc_build *build);
int rc_shape(struct rc_build *build);
int rc_sites_sort(struct rc_build *build, struct rc_part *part);
/** What was awaited there, or what else can be said of the place; "" where the place says it, NULL where the
 * place is not the body's. */
const char *rc_awaited(const struct rc_build *build, const struct rc_part *part, const struct rc_await *await);
int rc_tie_coroutines(struct rc_build *build);
/** Which functions slept in which run. May add functions; the contexts' are known. */
int rc_find_sleepers(struct rc_build *build);
void rc_owners_close(struct rc_build *build);
void rc_count_calls(struct rc_build *build);
/** Checks what the runtime inferred about re-entered functions. The calls open at the end are known. */
void rc_judge_identities(struct rc_build *build);
/** Sets self_blocked of each context; self and off are known. */
int rc_settle_blocked(struct rc_build *build, struct rc_part *part);
int rc_count_time(struct rc_build *build);
int rc_list_callers(struct rc_build *build);
int rc_list_awaits(struct rc_build *build);
int rc_count_samples(struct rc_build *build);
int rc_count_on_stack(struct rc_build *build);
int rc_count_seen_calls(struct rc_build *build);
int rc_compare_shares(struct rc_build *build);
/** Gives samples in inlined code to the function that the code is of, where that has hooks elsewhere. */
int rc_place_inlined(struct rc_build *build);
/** Sets what each witness has of the functions. Where the samples belong is known. */
int rc_hear_witnesses(struct rc_build *build);
/** Where nothing was counted, there is nothing to compare. The verdicts are known. */
void rc_excuse_sleepers(struct rc_report *report);
int rc_list_stalls(struct rc_build *build);
void rc_find_evidence(struct rc_build *build);
int rc_build_tree(struct rc_build *build, enum rc_tree_kind kind);

#endif

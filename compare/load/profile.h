/*
 * A profile file, checked and at rest: nothing here points into the file, every index is in range, and
 * every address that belongs to the recorded process is only a number.
 *
 * The reader trusts nothing (docs/format.md). Damage that a killed writer can leave (an unfinished chunk,
 * a torn sample) is counted in `damage` and passed over; anything else that does not fit is an error.
 */
#ifndef RECOUNT_COMPARE_LOAD_PROFILE_H
#define RECOUNT_COMPARE_LOAD_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/error.h"
#include "profile/format.h"

#define RC_NONE UINT32_MAX /* no node, no sample, … */

/* A context. Its index is its identity inside the process; parents come before their children. */
struct rc_node {
    uint32_t parent; /* RC_NONE for a root */
    uint32_t home;   /* its own index, or for another call site of a context that of the context's first node */
    uint32_t thread; /* index into rc_process.threads */
    uint32_t flags;  /* RF_NODE_* */
    uint32_t extra;  /* index into extras, or RC_NONE */
    uint64_t fn, cs;
    uint64_t count;
    uint64_t timed, timed_ticks, long_count, long_ticks, off_ns;
};

struct rc_extra { /* rf_extra with its node as an index; the numbers mean the same. At most one a node. */
    uint32_t node;
    uint64_t begins, resumes, ends, idle, resumed, resumed_ticks, passed_ticks, passed;
    uint64_t awaiting_ticks, queued_ticks, lost_exits, internal, interrupted_ticks;
    uint64_t moved_out, moved_in; /* entries that are calls of another context; calls entered elsewhere */
};

struct rc_frame { /* a call that was open when the recording ended; outermost first in its stack */
    uint32_t node;
    uint64_t sp, t0, call;
};

struct rc_stack {
    uint32_t thread;
    bool running; /* the thread's present stack */
    bool fiber;
    uint64_t suspended_at;
    struct rc_frame *frames; /* open calls, without the root */
    size_t n_frames;
};

struct rc_thread {
    uint32_t ordinal, tid, lives;
    bool alive, traced;
    uint64_t lived_ticks; /* of ended lives */
    uint64_t start, end, cpu_ns, wall_ns, off_ns, ticks_taken, ticks_lost, lost_contexts, unmatched_exits, switches;
    char name[16];
};

struct rc_await {
    uint32_t node;
    uint64_t site, count, idle, awaiting_ticks, queued_ticks;
    uint32_t line;        /* 0: `site` is a code address to be symbolized */
    char *file, *awaited; /* owned by the profile, never NULL */
};

struct rc_call { /* an async call alive at the end */
    uint64_t key, id, awaiter, begin, suspended, ready, resumed, slices;
    uint32_t node, physical, await; /* RC_NONE where there is none */
    uint32_t state, flags;
};

struct rc_sample {
    uint64_t seq, time;
    uint32_t thread;
    uint32_t native, path; /* indices, RC_NONE: none */
    uint16_t kind;
    int16_t syscall;
    uint32_t period_ns, flags;
};

struct rc_native {
    uint64_t ip;
    uint32_t caller;
    bool leaf;
};

struct rc_path {
    uint32_t node, caller;
    uint64_t call;
};

struct rc_module {
    uint64_t start, end, bias, loaded;
    uint32_t generation;
    uint32_t build_id_size;
    uint8_t build_id[32];
    char *path; /* owned by the profile */
};

struct rc_stall {
    uint32_t node, thread, await;
    uint64_t call, start, duration, off_ns;
    int16_t syscall;
    bool late;
};

struct rc_identity { /* rf_identity; the numbers mean the same */
    uint64_t fn, objects, changed, unseen, unread, unlisted;
    uint32_t offset, width;
    uint64_t state[RF_STATES_MOST];
    size_t n_states;
};

struct rc_sleep { /* of rf_process; the numbers mean the same */
    uint64_t hooks_left, sites_asleep, sites_refused, sites_inlined, sites_unknown;
};

struct rc_process {
    uint32_t ordinal, pid, ppid, parent, threads_started;
    bool ended, tracer_off, kernel_seen;
    uint32_t sampler;
    uint32_t run;         /* index into rc_profile.runs */
    uint64_t start, last; /* ticks */
    uint64_t start_mono_ns;
    double ns_per_tick; /* calibrated from the process's clock pairs */
    uint64_t samples_taken, samples_lost, samples_unbacked, lost_contexts, lost_events, async_calls, chained_calls;
    uint64_t probe_count_ps, probe_timed_ps, probe_inside_ps, hooks_lo, hooks_hi, cpu_ns, sampler_cpu_ns;
    struct rc_sleep sleep;
    char *failure, *exe, *cmdline;

    struct rc_thread *threads;
    size_t n_threads;
    struct rc_node *nodes;
    size_t n_nodes;
    struct rc_extra *extras;
    size_t n_extras;
    struct rc_stack *stacks;
    size_t n_stacks;
    struct rc_await *awaits;
    size_t n_awaits;
    struct rc_call *calls;
    size_t n_calls;
    struct rc_sample *samples; /* in the order of taking */
    size_t n_samples;
    struct rc_native *natives;
    size_t n_natives;
    struct rc_path *paths;
    size_t n_paths;
    struct rc_module *modules;
    size_t n_modules;
    struct rc_stall *stalls;
    size_t n_stalls;
    struct rc_identity *identities;
    size_t n_identities;
};

/* One recording. A file that was merged holds several. */
struct rc_run {
    size_t first, n;                  /* its processes, in rc_profile.processes */
    size_t first_sleeper, n_sleepers; /* what its filter put to sleep, in rc_profile.sleepers */
    uint32_t sample_hz, timestamps;
    uint64_t start_mono_ns, start_real_ns;
    char *host, *command; /* owned by the profile; the host "" where it was not told */
};

struct rc_profile {
    char *command;                         /* joined with blanks; of several runs the first one's */
    uint32_t sample_hz, timestamps;        /* hz 0: differs between the runs */
    uint64_t start_mono_ns, start_real_ns; /* the first run's */
    struct rc_run *runs;                   /* at least one; their processes follow one another */
    size_t n_runs;
    uint64_t pair;   /* of `record --twice`: the same in both files; 0: a single run */
    bool asleep;     /* all hooks slept: the second of the two */
    bool plain;      /* it is, and of another build of the program, without hooks */
    uint64_t damage; /* records passed over because their writer died on them */
    struct rc_process *processes;
    size_t n_processes;
    struct rf_asleep *sleepers; /* functions whose hooks were to sleep: by run, device, inode and address, each once */
    size_t n_sleepers;
};

/**
 * Reads a whole profile. It may still be written to: what is returned is a copy.
 * @param out   the caller's, to be freed with rc_profile_free; NULL on failure
 * @return 0, or -1 with a line in `err`
 */
int rc_profile_load(struct rc_profile **out, const char *path, struct rc_error *err);

/**
 * One of the runs of `profile` as a profile of its own, which borrows everything from it and is not to be freed.
 * `run` must be in range.
 */
struct rc_profile rc_profile_of_run(const struct rc_profile *profile, size_t run);

/** Accepts NULL. */
void rc_profile_free(struct rc_profile *profile);

#endif

/*
 * The profile's bytes: the one home of its layout, included by the runtime that writes it and by the
 * reader. The prose specification is docs/format.md; a change here is a change there and of RF_VERSION.
 *
 * The file is the runtime's memory: it is mapped shared and written in place, so that what was counted
 * stays when the process is killed. It is a header page and then chunks, each a multiple of a page.
 * Chunks are only ever added. Pointers inside are addresses in the process that wrote them; subtracting
 * that process's `base` gives the file offset.
 *
 * Sizes are bytes, times are ticks of the process's clock (rf_process says how many make a nanosecond)
 * unless a name ends in _ns. Little endian, 64 bit.
 */
#ifndef RECOUNT_PROFILE_FORMAT_H
#define RECOUNT_PROFILE_FORMAT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define RF_MAGIC "recount\n"
#define RF_VERSION 4u
#define RF_PAGE 4096u
#define RF_CHUNK_MAGIC 0x4b4e4843u /* "CHNK" */
#define RF_KIDS 4

/* What a reader must understand to read the file; unknown bits mean a newer file. */
#define RF_FEATURES 0u

/*
 * An address of code: above these bits, 0 or the generation of the module that was there and is gone. So two libraries
 * that lay at one place one after the other are kept apart.
 */
#define RF_ADDRESS_BITS 48
static inline uint64_t rf_address(uint64_t code) {
    return code & ((UINT64_C(1) << RF_ADDRESS_BITS) - 1);
}

enum rf_timestamps { RF_TIME_ADAPTIVE = 0, RF_TIME_ALL = 1, RF_TIME_NONE = 2 };

enum rf_kind {
    RF_PROCESS = 1,     /* one rf_process */
    RF_THREAD = 2,      /* one rf_thread */
    RF_NODES = 3,       /* rf_node[] */
    RF_STACK = 4,       /* one rf_stack, a thread's own, then its rf_frame[] */
    RF_EXTRAS = 5,      /* rf_extra[] */
    RF_AWAITS = 6,      /* rf_await[] */
    RF_CALLS = 7,       /* rf_call[] */
    RF_SAMPLES = 8,     /* rf_sample[], a reservoir */
    RF_NATIVE = 9,      /* rf_native[]: the tree of native stacks, samples point into it */
    RF_PATHS = 10,      /* rf_path[]: the tree of sampled calls, samples point into it */
    RF_MODULES = 11,    /* rf_module[] */
    RF_STALLS = 12,     /* rf_stall[] */
    RF_FIBERS = 13,     /* rf_fiber[] */
    RF_FRAMES = 14,     /* rf_frame[]: of a stack whose open calls outgrew their first place */
    RF_IDENTITIES = 15, /* rf_identity[] */
    RF_ASLEEP = 16, /* rf_asleep[]: functions whose hooks sleep; written by the launcher, before the command starts */
    RF_RUN = 17     /* one rf_run: which recording the processes from an ordinal on come from (a merged file) */
};

/* Page 0. */
struct rf_header {
    char magic[8];
    uint32_t version;
    uint32_t features;
    uint32_t header_size; /* RF_PAGE */
    uint32_t node_size;
    uint32_t sample_hz;     /* asked for */
    uint32_t timestamps;    /* enum rf_timestamps */
    uint64_t tail;          /* bytes handed out; atomic, all processes */
    uint64_t reserved;      /* bytes that storage stands behind; atomic, all processes */
    uint64_t limit;         /* the file never grows past this */
    uint64_t start_mono_ns; /* CLOCK_MONOTONIC when the recording began */
    uint64_t start_real_ns; /* CLOCK_REALTIME then */
    uint32_t processes;     /* handed out ordinals; atomic */
    uint32_t root_pid;      /* the process that made the file */
    uint64_t pair;          /* of `record --twice`: the same random number in both files; 0: a single run */
    uint32_t asleep;        /* 1: all hooks sleep in this run, nothing is counted */
    uint32_t plain;         /* with asleep, 1: it was no sleeping run but one of a build without hooks */
    uint64_t unused[4];
    char command[2048]; /* arguments, each closed by a NUL; an empty one ends the list */
    char host[64];      /* where it was recorded; "": not told */
};
static_assert(offsetof(struct rf_header, tail) == 32 && offsetof(struct rf_header, command) == 128, "layout");

/* A function whose hooks sleep in this run: its object's file, and its address there (the load bias taken out). Sorted
 * by device, inode and address. Device 0, inode 0: a rule of the filter that matched nothing; `address` is its line. */
struct rf_asleep {
    uint64_t device, inode; /* st_dev, st_ino */
    uint64_t address;
};
static_assert(sizeof(struct rf_asleep) == 24, "layout");

/* The header of a recording that was merged into this file, as far as it differs from one to the next. */
struct rf_run {
    uint32_t first_process, processes; /* ordinals */
    uint32_t sample_hz, timestamps;
    uint64_t start_mono_ns, start_real_ns;
    char host[64];
    char command[2048];
};
static_assert(sizeof(struct rf_run) == 2144, "layout");

/* Every chunk begins with this. A page of zeros where a chunk could begin was handed out and never used. */
struct rf_chunk {
    uint32_t magic; /* stored last */
    uint32_t kind;
    uint64_t size;    /* with this header; a multiple of RF_PAGE */
    uint64_t used;    /* payload bytes in use */
    uint32_t process; /* ordinal of the writer */
    uint32_t thread;  /* ordinal in the process */
    uint64_t unused[4];
};
static_assert(sizeof(struct rf_chunk) == 64, "layout");

/*
 * A context: a path of (function, call site). One thread writes it; the sampler writes `off_ns` alone.
 * The first cache line is all that an untimed entry touches.
 *
 * Wall time of its calls = long_ticks + timed_ticks * (count - long_count - excluded) / timed:
 * calls found to last are added up, a random sample of the others is scaled. docs/format.md has the details.
 */
struct rf_node {
    uint64_t fn; /* 0: a root, or not yet filled in */
    uint64_t cs; /* the return address of the call */
    uint64_t count;
    struct rf_node *kid[RF_KIDS]; /* a cache for the writer, of no meaning in the file */
    uint64_t next_timed;          /* the entry that will be timed next */
    struct rf_node *parent;
    uint64_t timed; /* short calls that were timed, each as often as the others that it stands for make it weigh */
    uint64_t timed_ticks; /* their time up to 2 us, weighed alike */
    uint64_t long_count;  /* calls during which the coarse clock moved, or that were always timed */
    uint64_t long_ticks;  /* their time, suspensions taken out */
    uint64_t off_ns;      /* time its thread was seen off the CPU with this context innermost */
    struct rf_extra *extra;
    uint16_t flags;  /* RF_NODE_* */
    uint16_t step;   /* the writer's: how its entries are timed at present */
    uint32_t thread; /* ordinal of the thread that writes it */
};
static_assert(sizeof(struct rf_node) == 128 && offsetof(struct rf_node, parent) == 64, "layout");

#define RF_NODE_ROOT 1u      /* a thread's or a fiber's bottom */
#define RF_NODE_SIGNAL 2u    /* its calls came from a signal's delivery; the parent is the thread's root */
#define RF_NODE_INLINED 4u   /* the function was inlined into its parent: cs is the parent's own */
#define RF_NODE_COROUTINE 8u /* its function is a compiler's coroutine clone, known by its frame */
#define RF_NODE_LOST 16u     /* stands in for contexts that there was no room for; a child of the root */
#define RF_NODE_SITE                                                                                                   \
    64u /* another call site of a context: `parent` is the context's first node, its home, whose parent                \
           is the true one. Children hang under the home alone, so that recursion through two call                     \
           sites makes two nodes a level and not two to its power. */
#define RF_NODE_MADE                                                                                                   \
    128u /* with COROUTINE: `parent` is the context that allocated the coroutine's frame, `cs` where; its slices were  \
            entered elsewhere */
#define RF_NODE_WATCHED 256u /* the writer's: its entries are looked at for a saved state */
#define RF_NODE_LINKED 512u  /* its calls are callbacks, and its parent registered them: `cs` is where */
#define RF_NODE_POOL 1024u   /* with LINKED: its calls run on a pool's threads, which no loop waits for */
#define RF_NODE_FIBER 32u    /* the first function of a fiber; the parent is where the fiber was made */

/* What only some contexts need. Written by the node's thread. */
struct rf_extra {
    struct rf_node *node;
    uint64_t begins;        /* entries known to begin an async call */
    uint64_t resumes;       /* entries known to resume one (counted on the physical context) */
    uint64_t ends;          /* async calls of this context that ended */
    uint64_t idle;          /* resumes that suspended again at the same await point (logical context) */
    uint64_t resumed;       /* resumes whose logical context this is */
    uint64_t resumed_ticks; /* time of those slices: in the node's time, but not inside the parent's */
    uint64_t passed_ticks;  /* time of slices that were entered here and belong to another context */
    uint64_t passed;        /* how many */
    uint64_t awaiting_ticks;
    uint64_t queued_ticks;
    uint64_t lost_exits;        /* calls whose exit never came; their end was inferred */
    uint64_t internal;          /* entries of a coroutine clone that run no body: a destruction, gcc's ramp */
    uint64_t moved_out;         /* plain entries counted here that are calls of another context */
    uint64_t interrupted_ticks; /* time of signal handlers that interrupted its own code */
    uint64_t moved_in;          /* calls of this context whose entries are counted on another */
};
static_assert(sizeof(struct rf_extra) == 128, "layout");

/* One open call on a stack; or, with the signal root as node, a handler's marker: `t0` is the interrupted stack's low
 * end and `call` the number of the frame that was interrupted. The frame below a marker is no call. */
struct rf_frame {
    struct rf_node *node;
    uint64_t sp;
    uint64_t t0;   /* low bit 0: the clock at entry; low bit 1: the coarse clock then */
    uint64_t call; /* which call of the node; RF_CALL_ASYNC | id for an async one */
};
static_assert(sizeof(struct rf_frame) == 32, "layout");
#define RF_CALL_ASYNC (UINT64_C(1) << 63)
#define RF_CALL_SERIAL_SHIFT 26 /* an async call's id: its number in the process, above the writer's own bits */
#define RF_CALL_INHERITED (UINT64_C(1) << 62) /* entered before the fork that made this process: not in its counts */

#define RF_CALL_HELD (UINT64_C(1) << 61) /* was suspended with its stack: in long_count already, its time to come */

/* One native stack: a thread's own or a fiber's. frames[0] is its root and never popped. */
struct rf_stack {
    uint64_t lo, hi;         /* addresses it covers, as far as known */
    struct rf_frame *top;    /* the innermost open call; current only while the stack does not run */
    struct rf_frame *limit;  /* the last frame there is room for */
    struct rf_frame *frames; /* behind this record, or in an RF_FRAMES chunk */
    struct rf_node *root;
    uint64_t suspended_at;     /* 0: running */
    uint64_t suspended_coarse; /* the coarse clock then */
    uint64_t switched_from;    /* code address that switched away from it */
    struct rf_thread *owner;   /* who runs it; NULL: nobody; 1: about to be left */
    uint32_t fiber;            /* 0: a thread's own stack */
    uint32_t exact;            /* its bounds were told, not inferred */
    uint32_t thread;           /* ordinal of the thread whose tree its frames name: who ran it last */
    uint32_t handlers;         /* signal handlers open on it while it does not run */
    uint64_t unused[4];
};
static_assert(sizeof(struct rf_stack) == 128, "layout");

#define RF_FIBER_FRAMES 28
struct rf_fiber {
    struct rf_stack stack;
    struct rf_frame frames[RF_FIBER_FRAMES];
};
static_assert(sizeof(struct rf_fiber) == 1024, "layout");

/* A thread, or several that lived one after the other: a slot is used again when its thread has ended. */
struct rf_thread {
    struct rf_frame *top; /* hot: read and written by every hook of this thread alone */
    uint64_t lo;          /* the running stack's low end */
    struct rf_frame *limit;
    struct rf_stack *stack;
    struct rf_node *root;
    struct rf_node *signal_root;
    uint64_t random;   /* state of the generator that spreads timed entries */
    uint64_t switches; /* stack switches seen */

    uint32_t ordinal;
    uint32_t tid;
    uint32_t lives; /* threads that had this slot so far */
    uint32_t alive;
    uint64_t start, end;      /* ticks, of the present or last life */
    uint64_t cpu_ns;          /* of all ended lives and, as the sampler last saw it, the present one */
    uint64_t wall_ns;         /* likewise */
    uint64_t off_ns;          /* wall time the sampler saw it off the CPU */
    uint64_t ticks_taken;     /* on-CPU samples captured */
    uint64_t ticks_lost;      /* on-CPU samples that found no room */
    uint64_t lost_contexts;   /* entries counted on an RF_NODE_LOST node */
    uint64_t unmatched_exits; /* exits whose entry was not found */
    uint64_t contexts;        /* nodes made */
    struct rf_thread *next_free;
    struct rf_thread *next; /* all of the process's */
    char name[16];
    uint32_t traced;      /* 0: no hook ran on it in its present or last life */
    int16_t last_syscall; /* that the sampler saw it wait in last; -1: none known */
    uint16_t unused;
    uint64_t lived_cpu_ns; /* of ended lives, as each read its own clock at its end */
    uint64_t lived_ticks;  /* how long they were */
};
static_assert(sizeof(struct rf_thread) <= RF_PAGE - sizeof(struct rf_chunk), "layout");

/* What is awaited by a coroutine that has not run its body, or was left in its ramp; the site is where its frame was
 * allocated. */
#define RF_FIRST_SUSPENSION "(first suspension)"

/* An await point of a context: where its calls suspend, and how long. */
struct rf_await {
    struct rf_node *node;
    uint64_t site;  /* struct recount_await's address, or a code address */
    uint64_t count; /* suspensions that were resumed; of a call by its frame all of this thread's that nobody gave up */
    uint64_t idle;  /* resumes that suspended here again at once */
    uint64_t awaiting_ticks;
    uint64_t queued_ticks;
    uint64_t open; /* suspensions begun; of use to the writer alone */
    uint32_t line; /* 0: `site` is a code address */
    uint32_t unused;
    char file[128];
    char awaited[64];
};
static_assert(sizeof(struct rf_await) == 256, "layout");

/* MADE: its frame was allocated, in the context `node`, and it has not run. */
enum rf_call_state {
    RF_CALL_FREE = 0,
    RF_CALL_RUNNING = 1,
    RF_CALL_SUSPENDED = 2,
    RF_CALL_ENDED = 3,
    RF_CALL_MADE = 4
};

/* An async call that is alive, or the last one that lived at its address. */
struct rf_call {
    uint64_t key; /* its frame's address */
    struct rf_call *next;
    uint64_t id;                        /* unique in the process, never 0 */
    struct rf_node *node;               /* logical context */
    struct rf_node *physical;           /* where the running slice was entered */
    uint64_t begin;                     /* ticks, as all times are */
    struct rf_await *await;             /* where it is suspended, or was last: changed with the next word at once */
    uint64_t suspended, ready, resumed; /* ready 0: not yet */
    uint64_t awaiter;                   /* id of the call that was running when this one began, or 0 */
    uint32_t state;                     /* enum rf_call_state */
    uint32_t flags;
    uint64_t
        resume_fn; /* with RF_CALL_FRAME the frame's resume function, with RF_CALL_STATE the function; 0 otherwise */
    uint64_t slices;
    uint64_t off_before_ns; /* its thread's off_ns when the running slice began */
    union {
        uint64_t state_word; /* with RF_CALL_STATE: what the function left there last, or found at this entry */
        uint64_t link;       /* with RF_CALL_LINKED, of use to the writer alone: what it was registered as, or 0 */
        uint64_t made_at;    /* of others: the return address of the call that allocated its frame; 0: not seen */
    };
};
static_assert(sizeof(struct rf_call) == 128 && offsetof(struct rf_call, await) % 16 == 0 &&
                  offsetof(struct rf_call, suspended) == offsetof(struct rf_call, await) + 8,
              "layout");
#define RF_CALL_BEGIN_UNSEEN 1u
#define RF_CALL_FRAME 2u         /* a compiler's coroutine frame */
#define RF_CALL_STATE 4u         /* known by a state word (rf_identity), whose address is the key */
#define RF_CALL_LINKED 8u        /* a callback that belongs to where it was registered */
#define RF_CALL_RUNS UINT64_C(1) /* in `suspended`, with RF_CALL_FRAME */
#define RF_CALL_POOL 16u         /* it runs on a thread of a pool: no loop waits for it */

#define RF_STATES_MOST 56
/*
 * A function whose entries are told apart by a state word behind its first argument, as protothreads keep one: 0 begins
 * a call, anything else resumes one. The runtime has inferred that, and this is what it rests on. All threads write it.
 */
struct rf_identity {
    uint64_t fn;       /* stored last; 0: not filled in */
    uint32_t offset;   /* of the state word, in the object that the first argument points to */
    uint32_t width;    /* 2: a number, such as a line; 8: a code address */
    uint64_t objects;  /* different ones seen, at least */
    uint64_t changed;  /* entries that found neither 0 nor what the function had left there */
    uint64_t unseen;   /* resumes on objects whose call was not seen to begin or to leave */
    uint64_t unread;   /* entries whose first argument or state could not be read: neither calls nor resumes */
    uint64_t unlisted; /* times that a state found no room below */
    uint64_t unused;
    uint64_t state[RF_STATES_MOST]; /* the different states that it left, 0: no more */
};
static_assert(sizeof(struct rf_identity) == 512, "layout");

enum rf_sample_kind { RF_ON_CPU = 1, RF_OFF_CPU = 2 };

/* One observation of a thread. seq is the sample's number in the order of taking, from 1; 0: empty slot. */
struct rf_sample {
    uint64_t seq;
    uint64_t time; /* ticks */
    uint32_t thread;
    uint32_t native; /* rf_native index + 1 of the innermost frame, 0: none */
    uint32_t path;   /* rf_path index + 1 of the innermost call, 0: none */
    uint16_t kind;
    int16_t syscall;    /* of a blocked thread; -1: none or not known */
    uint32_t period_ns; /* on the CPU: the CPU time it stands for; off: the wall time */
    uint32_t flags;     /* RF_SAMPLE_* */
};
static_assert(sizeof(struct rf_sample) == 40, "layout");
#define RF_SAMPLE_IN_PROBE 1u  /* taken inside the runtime's own code */
#define RF_SAMPLE_TRUNCATED 2u /* the stack went on past what was copied */
#define RF_SAMPLE_NO_TRACE 4u  /* no open calls came with it */
#define RF_SAMPLE_IN_KERNEL 8u /* the thread was in the kernel: the innermost frame is where it entered that */

struct rf_native {
    uint64_t ip;     /* a return address, but for the innermost frame (see `leaf`) */
    uint32_t caller; /* index + 1 of the caller, 0: outermost */
    uint32_t leaf;   /* 1: ip is the exact program counter */
};
static_assert(sizeof(struct rf_native) == 16, "layout");

struct rf_path {
    struct rf_node *node;
    uint64_t call;   /* which call, as in rf_frame; 0: not told */
    uint32_t caller; /* index + 1, 0: outermost */
    uint32_t unused;
};
static_assert(sizeof(struct rf_path) == 24, "layout");

/* A piece of a loaded object. Segments of one object share path and bias. */
struct rf_module {
    uint64_t start, end; /* addresses of its executable segment */
    uint64_t bias;       /* run-time address minus the address in the file */
    uint64_t loaded;     /* ticks when first seen */
    uint32_t generation; /* counts dlopen and dlclose */
    uint32_t build_id_size;
    uint8_t build_id[32];
    char path[440];
};
static_assert(sizeof(struct rf_module) == 512, "layout");

#define RF_STALL_LEAST_NS UINT64_C(10000000) /* what holds a thread shorter is no stall */

/* A slice that held its thread long enough to matter, or (call_late) a call that had to wait for one. */
struct rf_stall {
    struct rf_node *node; /* stored last */
    uint64_t call;
    uint64_t start, duration; /* ticks */
    uint64_t off_ns;
    uint32_t thread;
    int16_t syscall;
    uint16_t late; /* 1: this is a victim: duration is how long it was ready and not resumed */
    struct rf_await *await;
    uint64_t unused;
};
static_assert(sizeof(struct rf_stall) == 64, "layout");

/* One process's part. */
struct rf_process {
    uint64_t base;                        /* address of file offset 0 */
    uint32_t ordinal, pid, ppid, parent;  /* parent: ordinal + 1 of the process it was forked from, 0: executed */
    uint64_t start, last;                 /* ticks: begin, and last seen alive */
    uint64_t start_mono_ns, last_mono_ns; /* the same moments; two pairs calibrate the clock */
    uint64_t ticks_per_s;                 /* as measured at the start; 0: not. Two pairs that lie apart are better */
    uint32_t ended;                       /* 1: it left through exit; 0: killed, or still running */
    uint32_t sampler;                     /* enum rf_sampler */
    uint64_t coarse;                      /* the coarse clock, low bit 1 */
    uint64_t chained_calls;               /* of async_calls: callbacks that go on with a chain */
    uint64_t samples_taken, samples_lost; /* on CPU; lost: no room in a ring */
    uint64_t samples_unbacked;            /* native stacks or paths with no room left */
    uint64_t lost_contexts, lost_events;
    uint64_t async_calls;        /* begun so far */
    uint64_t probe_count_ps;     /* cost of an untimed entry and exit, in picoseconds */
    uint64_t probe_timed_ps;     /* of a timed one */
    uint64_t probe_inside_ps;    /* what of the latter lies between its two time stamps */
    uint64_t hooks_lo, hooks_hi; /* the runtime's own code */
    uint64_t cpu_ns;             /* of the process, sampler not counted */
    uint64_t sampler_cpu_ns;
    uint32_t tracer_off; /* 1: no hook was ever reached */
    uint32_t threads;    /* slots */
    uint64_t threads_started;
    uint32_t kernel_seen; /* 1: its CPU time inside the kernel was sampled, too */
    uint32_t unused;
    char failure[128]; /* what could not be had, for the report */
    char exe[512];
    char cmdline[1024];
    uint64_t hooks_left;    /* entries and exits that slept, but for those whose call was taken out; at least */
    uint32_t sites_asleep;  /* calls of a hook that were taken out of the program */
    uint32_t sites_refused; /* that could not be: the kernel lets nobody change code */
    uint32_t sites_inlined; /* or they stand in another function than the one that sleeps */
    uint32_t sites_unknown; /* or they are no call and no jump that is known */
};
static_assert(sizeof(struct rf_process) <= RF_PAGE - sizeof(struct rf_chunk), "layout");

enum rf_sampler { RF_SAMPLER_NONE = 0, RF_SAMPLER_PERF = 1, RF_SAMPLER_CPU_CLOCK = 2 };

#endif

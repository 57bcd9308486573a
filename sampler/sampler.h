/*
 * The sampler: one thread beside the target's own. Ticks interrupt only threads that run (by a software clock of the
 * kernel's that counts CPU time), and the handler copies; threads that wait are looked at from outside.
 *
 * rs_ names are the sampler's inner interfaces. Unless it says otherwise a function runs on the sampler's thread.
 */
#ifndef RECOUNT_SAMPLER_SAMPLER_H
#define RECOUNT_SAMPLER_SAMPLER_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "profile/format.h"

/* A signal that is ignored by default: one that comes when the handler is gone harms nobody. */
#define RS_SIGNAL SIGURG

#define RS_STACK_MOST 16384u
#define RS_FRAMES_MOST 96u
#define RS_DEPTH_MOST 256u
#define RS_REGISTERS 17

struct rs_open_call {
    struct rf_node *node;
    uint64_t call;
};

/* What a tick's handler copies. */
struct rs_capture {
    _Atomic uint32_t full;
    uint32_t thread; /* slot's ordinal; UINT32_MAX without one */
    uint32_t tid;
    uint32_t open_count;
    uint32_t in_kernel; /* taken by kernel.c */
    uint64_t time;
    uint64_t sp; /* of stack[0] */
    uint64_t stack_bytes;
    uint64_t registers[RS_REGISTERS];         /* in libunwind's order */
    struct rs_open_call open[RS_FRAMES_MOST]; /* innermost first */
    unsigned char stack[RS_STACK_MOST];
};

struct rt_thread;

/* ---- capture.c ---- */

/** Sets the handler and makes the ring. False: no memory. */
bool rs_capture_begin(void);
/** The oldest capture not yet taken, or NULL. */
struct rs_capture *rs_capture_next(void);
void rs_capture_done(struct rs_capture *capture);
/** Ticks that found the ring full. */
uint64_t rs_capture_lost(void);
/** Whether somebody else has taken the signal since. */
bool rs_capture_replaced(void);
/** Copies the open calls of a thread; of another thread only while it stands still. Async-signal-safe.
 * @return how many, at most RS_FRAMES_MOST, innermost first */
uint32_t rs_open_calls(const struct rt_thread *thread, struct rs_open_call *to);

/* ---- ticks.c: CPU clocks that interrupt ---- */

/** Arms thread `tid`; a descriptor, or -1 when the kernel forbids. */
int rs_tick_arm(uint32_t tid, uint64_t period_ns);
void rs_tick_period(int fd, uint64_t period_ns);
void rs_tick_mute(int fd, bool mute);
/** Interrupts a running thread by hand, where rs_tick_arm cannot. */
void rs_tick_send(uint32_t tid);

/* ---- kernel.c: CPU time inside the kernel, where that may be seen ---- */

struct rs_kernel {
    int fd; /* -1: not to be had */
    void *ring;
    uint64_t period_ns;
};
bool rs_kernel_arm(struct rs_kernel *kernel, uint32_t tid, uint64_t period_ns);
void rs_kernel_disarm(struct rs_kernel *kernel);
/** Hands each sample in the ring to `take`. @return how many the kernel had to drop */
uint64_t rs_kernel_drain(struct rs_kernel *kernel, void (*take)(struct rs_capture *));

/* ---- watch.c: every thread of the process ---- */

/** Looks for threads that came and went. False: they could not be listed. */
bool rs_watch_scan(void);
/** No ticks any more, for these threads and new ones. */
void rs_watch_disarm(void);
/** Reads the clocks of some of them; those that wait are noted with what they wait in. */
void rs_watch_look(void);
/** Empties the threads' kernel rings. @return samples that were dropped */
uint64_t rs_watch_drain(void (*take)(struct rs_capture *));
/** Closes what the watches hold: on the thread that opened it, whose descriptors they are. */
void rs_watch_close(void);
/** In a forked child, which has neither the threads nor the descriptors. */
void rs_watch_forget(void);
/** Threads of the target, as of the last scan. */
uint32_t rs_watch_count(void);
/** The CPU time that a tick of thread `tid` stands for, and its slot where no hook has run on it. */
void rs_watch_identify(uint32_t tid, struct rf_sample *sample);

/* ---- random.c ---- */

uint64_t rs_random(void);

/* ---- unwind.c ---- */

bool rs_unwind_begin(void);
/** Return addresses of a capture, innermost first.
 * @return how many; `truncated` when the stack went on past what was copied */
uint32_t rs_unwind(struct rs_capture *capture, uint64_t *ips, uint32_t most, bool *truncated);

/** What was cached of unwind tables is forgotten: other code may be there now. */
void rs_unwind_forget(void);

/* ---- store.c: what goes into the profile ---- */

void rs_store_begin(void);
/** Index + 1 of a native stack given innermost first; 0: no room. */
uint32_t rs_store_native(const uint64_t *ips, uint32_t count);
uint32_t rs_store_path(const struct rs_open_call *open, uint32_t count);
/** Keeps a sample, or by chance does not (the reservoir is full). NULL: not kept. Its seq is set by this. */
struct rf_sample *rs_store_sample(const struct rf_sample *sample);

/** The code at [lo, hi) is gone: from now on the stacks that hold it are others than new ones at the same place. Any
 * thread. */
void rs_store_gone(uint64_t lo, uint64_t hi, uint32_t generation);

/** Marks them. */
void rs_store_settle(void);

/* ---- modules.c ---- */

/** Notes objects that were loaded, and those that were unloaded, since the last look; unless another thread is just
 * about it. Takes the dynamic linker's lock. */
void rs_modules_note(void);
/** In a forked child: the other thread is not there. */
void rs_modules_forget(void);

/* ---- loop.c ---- */

/** Starts the sampler's thread. From the constructor or a forked child. */
void rs_begin(void);
/** Takes what is still there and ends the thread; waits a moment for it, not for ever. From the destructor. */
void rs_end(void);
/** After rs_end: until the thread has left the process, or a moment has passed. */
void rs_wait_gone(void);
/** Around fork: the sampler holds no lock of anybody's meanwhile. */
void rs_pause(void);
void rs_resume(void);
/** In a forked child: the thread is not there. */
void rs_forget(void);

#endif

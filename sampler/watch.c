/*
 * Every thread of the process, seen from outside: its CPU clock, and while it waits the system call that it waits in
 * (/proc/PID/task/TID/syscall, proc(5)). A waiting thread stands still, so its open calls can be read; it is not
 * interrupted. What a look finds stands for the time since the look before.
 */
#include "sampler/sampler.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "instrument/arch.h"
#include "instrument/match.h"
#include "instrument/runtime.h"

#include "instrument/safe.h"

#define WATCHES_MOST 4096u
#define LOOKS_A_TICK 64u
#define REDRAW_PERIODS 25u
#define MUTED_LOOKS 4u /* in a row, half a period of running apart: then the thread is one that blocks it */

struct watch {
    uint32_t tid;
    uint32_t seen; /* the scan that last saw it */
    struct rt_thread *slot;
    bool own_slot; /* made by the sampler: no hook ran on the thread */
    int tick_fd, syscall_fd, delay_fd;
    struct rs_kernel kernel;
    bool muted;            /* it blocks the tick's signal: one kept pending would end a wait that unblocks it */
    uint32_t muted_looks;  /* that have found it so again */
    uint64_t muted_cpu_ns; /* its CPU time at the last of them */
    uint64_t delay_ns;     /* it was ready to run and had no CPU, so far; the kernel adds a delay when it ends */
    uint64_t uncharged_ns; /* off the CPU, since a look last said where that went */
    uint64_t period_ns;    /* of its ticks at present */
    uint64_t armed_cpu_ns; /* its CPU time when that was set */
    uint64_t cpu_ns, looked_ns;
    uint32_t looks;
    /* the last wait, while it lasts */
    struct rf_sample *waiting;
    const struct rf_frame *waiting_top;
    uint64_t waiting_call;
    struct rf_node *waiting_in; /* NULL: it was not waiting at the last look */
};

static bool disarmed;
static struct watch watches[WATCHES_MOST];
static uint32_t count, scans, next_look;
static uint32_t own_tid;

/* A thread's CPU clock by number: the kernel's own encoding, as pthread_getcpuclockid makes it. */
static clockid_t cpu_clock(uint32_t tid) {
    return (clockid_t)(~tid << 3 | 6u);
}

static bool cpu_time(uint32_t tid, uint64_t *ns) {
    struct timespec now;
    if (clock_gettime(cpu_clock(tid), &now) != 0)
        return false;
    *ns = (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
    return true;
}

static int open_of(const char *tid, const char *file) {
    char path[64] = "/proc/self/task/";
    return open(strcat(strcat(path, tid), file), O_RDONLY | O_CLOEXEC);
}

/* The mask of blocked signals, "SigBlk:" in status (proc(5)), has bit n-1 for signal n. */
static bool blocks_signal(const struct watch *watch) {
    char number[16], text[2048];
    size_t at = sizeof number - 1;
    number[at] = 0;
    for (uint32_t tid = watch->tid; tid && at; tid /= 10)
        number[--at] = (char)('0' + tid % 10);
    int fd = open_of(number + at, "/status");
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = 0;
    const char *mask = strstr(text, "SigBlk:\t");
    if (!mask || strlen(mask) < 24)
        return false;
    char digit = mask[8 + 15 - (RS_SIGNAL - 1) / 4];
    unsigned value = digit <= '9' ? (unsigned)(digit - '0') : (unsigned)(digit - 'a') + 10;
    return value >> (RS_SIGNAL - 1) % 4 & 1;
}

static uint64_t mean_period(void) {
    return UINT64_C(1000000000) / rt.file->sample_hz;
}

/* The signal's own handler blocks it for its moment, and the C library all signals where a thread begins, makes another
 * or ends; such a moment is long where the thread has to wait for a CPU in it. What is so again and again although the
 * thread ran in between is the host's doing. */
static void mute_if_blocked(struct watch *watch) {
    bool blocked = blocks_signal(watch);
    if (blocked != watch->muted) {
        watch->muted = blocked;
        watch->muted_looks = 0;
        watch->muted_cpu_ns = watch->cpu_ns;
        if (watch->tick_fd >= 0)
            rs_tick_mute(watch->tick_fd, blocked);
    } else if (blocked && watch->cpu_ns - watch->muted_cpu_ns >= mean_period() / 2) {
        watch->muted_cpu_ns = watch->cpu_ns;
        if (++watch->muted_looks == MUTED_LOOKS)
            rt_fail("a thread blocks SIGURG: it is not sampled while it does");
    }
}

/*
 * A fixed rate lies about work in step with it, so the period is drawn anew every REDRAW_PERIODS ticks; setting it
 * restarts the kernel's timer, which costs half a period each time, so it is not drawn for every tick. In between, a
 * period that is no simple fraction of the program's own passes through all its phases.
 */
static uint64_t draw_period(void) {
    uint64_t mean = mean_period();
    return mean * 54 / 100 + rs_random() % (mean * 8 / 10); /* a tick costs some 5% of its period in latency */
}

static void redraw(struct watch *watch) {
    if (watch->cpu_ns - watch->armed_cpu_ns < REDRAW_PERIODS * watch->period_ns)
        return;
    mute_if_blocked(watch);
    watch->armed_cpu_ns = watch->cpu_ns;
    watch->period_ns = draw_period();
    rs_tick_period(watch->tick_fd, watch->period_ns);
    watch->kernel.period_ns = draw_period(); /* its own: in step with the other it would see that one's handler */
    if (watch->kernel.fd >= 0)
        rs_tick_period(watch->kernel.fd, watch->kernel.period_ns);
}

static struct rt_thread *slot_of(uint32_t tid) {
    for (struct rf_thread *slot = atomic_load_explicit(&rt.threads, memory_order_acquire); slot; slot = slot->next)
        if (slot->tid == tid && slot->traced && __atomic_load_n(&slot->alive, __ATOMIC_ACQUIRE))
            return (struct rt_thread *)slot;
    return NULL;
}

static void read_name(struct rt_thread *slot, const char *tid) {
    int fd = open_of(tid, "/comm");
    if (fd < 0)
        return;
    ssize_t got = read(fd, slot->shared.name, sizeof slot->shared.name - 1);
    close(fd);
    if (got > 0 && slot->shared.name[got - 1] == '\n')
        slot->shared.name[got - 1] = 0;
}

static void close_all(struct watch *watch) {
    rs_kernel_disarm(&watch->kernel);
    if (watch->tick_fd >= 0)
        close(watch->tick_fd);
    if (watch->syscall_fd >= 0)
        close(watch->syscall_fd);
    if (watch->delay_fd >= 0)
        close(watch->delay_fd);
}

static void drop(uint32_t index) {
    struct watch *watch = &watches[index];
    close_all(watch);
    if (watch->own_slot && watch->slot)
        rt_thread_unwatch(watch->slot);
    watches[index] = watches[--count];
}

/* Nanoseconds spent on a run queue: the second number of schedstat (Linux Documentation/scheduler/sched-stats). */
static uint64_t run_delay(int fd) {
    char text[96];
    ssize_t got = fd >= 0 ? pread(fd, text, sizeof text - 1, 0) : 0;
    text[got > 0 ? got : 0] = 0;
    const char *second = strchr(text, ' ');
    uint64_t ns = 0;
    for (const char *c = second ? second + 1 : ""; *c >= '0' && *c <= '9'; c++)
        ns = ns * 10 + (uint64_t)(*c - '0');
    return ns;
}

static void add(uint32_t tid, const char *text) {
    if (count == WATCHES_MOST)
        return;
    struct watch *watch = &watches[count];
    *watch = (struct watch){.tid = tid, .seen = scans, .slot = slot_of(tid), .kernel.fd = -1};
    if (!cpu_time(tid, &watch->cpu_ns))
        return;
    if (!watch->slot) {
        watch->slot = rt_thread_watch(tid);
        watch->own_slot = watch->slot != NULL;
        if (watch->slot)
            read_name(watch->slot, text);
    }
    watch->looked_ns = rt_mono_ns();
    watch->syscall_fd = open_of(text, "/syscall");
    watch->delay_fd = open_of(text, "/schedstat");
    watch->delay_ns = run_delay(watch->delay_fd);
    watch->armed_cpu_ns = watch->cpu_ns;
    watch->period_ns = draw_period();
    watch->tick_fd = disarmed ? -1 : rs_tick_arm(tid, watch->period_ns);
    mute_if_blocked(watch);
    if (watch->tick_fd >= 0 && rs_kernel_arm(&watch->kernel, tid, draw_period()))
        rt.process->kernel_seen = 1;
    if (watch->tick_fd < 0 && !disarmed && rt.process->sampler != RF_SAMPLER_CPU_CLOCK) {
        rt.process->sampler = RF_SAMPLER_CPU_CLOCK;
        rt_fail("perf events are forbidden here: threads are signalled by hand, and in rare cases one that waits");
    }
    count++;
}

/* A main thread that has left through pthread_exit stays listed, as a zombie, until the process ends (proc(5)). */
static bool has_left(uint32_t tid, const char *text) {
    char stat[128];
    if (tid != rt.process->pid)
        return false;
    int fd = open_of(text, "/stat");
    ssize_t got = fd >= 0 ? read(fd, stat, sizeof stat - 1) : 0;
    if (fd >= 0)
        close(fd);
    stat[got > 0 ? got : 0] = 0;
    const char *state = strrchr(stat, ')'); /* behind the name, which may hold anything */
    return state && strlen(state) > 2 && state[2] == 'Z';
}

static void found(uint32_t tid, const char *text) {
    if (tid == own_tid || has_left(tid, text))
        return;
    for (uint32_t i = 0; i < count; i++) {
        struct watch *watch = &watches[i];
        if (watch->tid != tid)
            continue;
        watch->seen = scans;
        if (watch->own_slot || !watch->slot || watch->slot->shared.tid != tid) {
            struct rt_thread *slot = slot_of(tid);
            if (slot && watch->own_slot)
                rt_thread_unwatch(watch->slot);
            if (slot) {
                watch->slot = slot;
                watch->own_slot = false;
            }
        }
        return;
    }
    add(tid, text);
}

struct entry { /* linux_dirent64, getdents64(2) */
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

bool rs_watch_scan(void) {
    static _Alignas(struct entry) char text[4096];
    own_tid = (uint32_t)syscall(SYS_gettid);
    int fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    scans++;
    long got;
    while ((got = syscall(SYS_getdents64, fd, text, sizeof text)) > 0)
        for (long at = 0; at < got;) {
            const struct entry *entry = (const struct entry *)(text + at);
            uint32_t tid = 0;
            for (const char *c = entry->name; *c >= '0' && *c <= '9'; c++)
                tid = tid * 10 + (uint32_t)(*c - '0');
            if (tid)
                found(tid, entry->name);
            at += entry->length;
        }
    close(fd);
    for (uint32_t i = count; i-- > 0;)
        if (watches[i].seen != scans)
            drop(i);
    return true;
}

/* The number of the system call that a thread waits in; false: it is not waiting in the kernel. */
static bool waits(const struct watch *watch, int16_t *number) {
    char text[256];
    *number = -1;
    ssize_t got = watch->syscall_fd >= 0 ? pread(watch->syscall_fd, text, sizeof text - 1, 0) : 0;
    if (got <= 0 || text[0] == 'r')
        return false;
    if (text[0] != '-') {
        int value = 0;
        for (const char *c = text; *c >= '0' && *c <= '9'; c++)
            value = value * 10 + (*c - '0');
        *number = (int16_t)value;
    }
    return true;
}

/* It may move meanwhile: a marker is followed only on the stack that it lies on. */
static struct rf_node *innermost(const struct rt_thread *thread, const struct rf_frame *top) {
    const struct rf_stack stack = *__atomic_load_n(&thread->shared.stack, __ATOMIC_RELAXED);
    bool inside = top > stack.frames && top <= stack.limit + RT_SLACK - 1 && stack.limit > stack.frames;
    return inside ? rt_innermost(thread, &stack, top)->node : top->node;
}

static void note_off(struct watch *watch, uint64_t off_ns, int16_t number) {
    struct rf_thread *shared = watch->slot ? &watch->slot->shared : NULL;
    if (!shared)
        return;
    const struct rf_frame *top = __atomic_load_n(&shared->top, __ATOMIC_RELAXED);
    struct rf_node *node = innermost(watch->slot, top);
    node->off_ns += off_ns;
    watch->waiting_in = number >= 0 ? node : NULL;
    shared->off_ns += off_ns;
    shared->last_syscall = number;
    if (watch->waiting && watch->waiting_top == top && watch->waiting_call == top->call &&
        watch->waiting->thread == shared->ordinal && UINT32_MAX - watch->waiting->period_ns > off_ns) {
        watch->waiting->period_ns += (uint32_t)off_ns; /* still the same wait */
        return;
    }
    struct rs_open_call open[RS_FRAMES_MOST];
    struct rf_sample sample = {.time = rt_ticks(),
                               .thread = shared->ordinal,
                               .kind = RF_OFF_CPU,
                               .syscall = number,
                               .period_ns = off_ns < UINT32_MAX ? (uint32_t)off_ns : UINT32_MAX};
    uint32_t depth = watch->own_slot ? 0 : rs_open_calls(watch->slot, open);
    sample.path = depth ? rs_store_path(open, depth) : 0;
    sample.flags = watch->own_slot ? RF_SAMPLE_NO_TRACE : 0;
    watch->waiting = rs_store_sample(&sample);
    watch->waiting_top = top;
    watch->waiting_call = top->call;
}

static void charge_queue(struct watch *watch, uint64_t ns, struct rf_node *woken_in) {
    watch->waiting = NULL;
    if (woken_in && watch->slot) { /* it waited when last seen: the way from the wake to a CPU is that wait's */
        woken_in->off_ns += ns;
        watch->slot->shared.off_ns += ns;
    } else {
        note_off(watch, ns, -1);
        watch->waiting = NULL;
    }
}

/*
 * Where the time since the last look went that was not on a CPU. Waiting for a CPU is known to the nanosecond and falls
 * on whatever runs, so it is charged where the thread is. Waiting for anything else is sampled as sampling goes: a
 * thread that waits now is charged for the whole interval, one that does not for none of it.
 */
static void charge(struct watch *watch, uint64_t ran, uint64_t wall) {
    int16_t number = -1;
    uint64_t off = wall > ran ? wall - ran : 0, earlier = watch->uncharged_ns;
    struct rf_node *woken_in = watch->waiting_in;
    watch->uncharged_ns += off;
    watch->waiting_in = NULL;
    if (watch->uncharged_ns * 20 < wall) {
        watch->waiting = NULL;
        return;
    }
    uint64_t queued = run_delay(watch->delay_fd) - watch->delay_ns;
    watch->delay_ns += queued;
    bool waiting = waits(watch, &number);
    uint64_t most = waiting ? earlier : watch->uncharged_ns; /* this interval is the wait's */
    queued = queued < most ? queued : most;
    if (queued)
        charge_queue(watch, queued, woken_in);
    if (waiting && off * 20 >= wall)
        note_off(watch, wall, number);
    if (!waiting)
        watch->waiting = NULL;
    if (waiting || queued) /* else it may stand in the queue right now: what that took is told when it is over */
        watch->uncharged_ns = 0;
}

/*
 * Where perf events are forbidden. A thread that has just run may be about to wait, and the signal would end that: it
 * is sent only to one that is not in a system call and whose clock moves under our eyes.
 */
static void tick_by_hand(struct watch *watch) {
    int16_t number;
    uint64_t now;
    if (watch->looks++ % REDRAW_PERIODS == 0)
        mute_if_blocked(watch);
    if (watch->muted || waits(watch, &number) || !cpu_time(watch->tid, &now) || now == watch->cpu_ns)
        return;
    watch->period_ns = now - watch->armed_cpu_ns;
    watch->armed_cpu_ns = now;
    rs_tick_send(watch->tid);
}

static void look(struct watch *watch) {
    uint64_t cpu, now = rt_mono_ns();
    if (!cpu_time(watch->tid, &cpu))
        return;
    uint64_t ran = cpu - watch->cpu_ns, wall = now - watch->looked_ns;
    watch->cpu_ns = cpu;
    watch->looked_ns = now;
    struct rf_thread *shared = watch->slot ? &watch->slot->shared : NULL;
    if (shared) {
        shared->cpu_ns += ran;
        shared->wall_ns += wall;
    }
    rt.process->cpu_ns += ran;
    if (watch->muted && watch->muted_looks < MUTED_LOOKS && ran > 0)
        mute_if_blocked(watch);
    if (watch->tick_fd >= 0)
        redraw(watch);
    else if (ran > 0 && !disarmed)
        tick_by_hand(watch);
    charge(watch, ran, wall);
}

void rs_watch_look(void) {
    uint32_t looks = count < LOOKS_A_TICK ? count : LOOKS_A_TICK;
    for (uint32_t i = 0; i < looks; i++) {
        next_look = next_look + 1 < count ? next_look + 1 : 0;
        look(&watches[next_look]);
    }
}

uint64_t rs_watch_drain(void (*take)(struct rs_capture *)) {
    uint64_t dropped = 0;
    for (uint32_t i = 0; i < count; i++)
        dropped += rs_kernel_drain(&watches[i].kernel, take);
    return dropped;
}

void rs_watch_disarm(void) {
    disarmed = true;
    for (uint32_t i = 0; i < count; i++) {
        if (watches[i].tick_fd >= 0)
            close(watches[i].tick_fd);
        watches[i].tick_fd = -1;
    }
}

void rs_watch_close(void) {
    for (uint32_t i = 0; i < count; i++)
        close_all(&watches[i]);
    count = 0;
}

void rs_watch_forget(void) {
    count = 0;
    disarmed = false;
}

uint32_t rs_watch_count(void) {
    return count;
}

void rs_watch_identify(uint32_t tid, struct rf_sample *sample) {
    for (uint32_t i = 0; i < count; i++) {
        if (watches[i].tid != tid)
            continue;
        bool in_kernel = sample->flags & RF_SAMPLE_IN_KERNEL;
        sample->period_ns = (uint32_t)(in_kernel ? watches[i].kernel.period_ns : watches[i].period_ns);
        if (watches[i].slot && (sample->flags & RF_SAMPLE_NO_TRACE))
            sample->thread = watches[i].slot->shared.ordinal;
        return;
    }
}

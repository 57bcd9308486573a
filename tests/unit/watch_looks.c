/* What the sampler makes of a thread from outside, look by look: watch.c on a kernel made by hand. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "instrument/arch.h"
#include "instrument/match.h"
#include "instrument/runtime.h"
#include "sampler/sampler.h"

enum { TID = 4711, TASKS = 3, SYSCALL, SCHEDSTAT, STATUS, TICK = 20 };
#define MS UINT64_C(1000000)

/* The one thread, as the kernel has it. */
static struct {
    uint64_t now, cpu, delay; /* ns */
    bool waits, blocks, listed, muted;
} kernel;
static const char *said;
static struct rf_sample stored[8];
static unsigned n_stored;
static struct rt_thread slot;
static struct rf_stack stack;
static struct rf_frame frames[4];
static struct rf_node root, work;

static int fake_open(const char *path) {
    if (strstr(path, "/syscall"))
        return SYSCALL;
    if (strstr(path, "/schedstat"))
        return SCHEDSTAT;
    kernel.listed = false;
    return strstr(path, "/status") ? STATUS : strstr(path, "/stat") || strstr(path, "/comm") ? -1 : TASKS;
}

static ssize_t fake_read(int fd, char *to, size_t most) {
    if (fd == SYSCALL)
        return snprintf(to, most, kernel.waits ? "202 0x0" : "running");
    if (fd == SCHEDSTAT)
        return snprintf(to, most, "1 %llu 3", (unsigned long long)kernel.delay);
    return snprintf(to, most, "Name:\tx\nSigBlk:\t%016llx\n", kernel.blocks ? 1ull << (RS_SIGNAL - 1) : 0);
}

static long fake_system_call(long number, ...) {
    va_list list;
    if (number != SYS_getdents64 || kernel.listed)
        return number == SYS_gettid ? 1 : 0;
    va_start(list, number);
    (void)va_arg(list, int);
    char *to = va_arg(list, char *);
    va_end(list);
    unsigned short length = 32;
    memcpy(to + 16, &length, sizeof length);
    snprintf(to + 19, 13, "%d", TID);
    kernel.listed = true;
    return length;
}

static int fake_clock(struct timespec *to) {
    *to = (struct timespec){(time_t)(kernel.cpu / 1000000000), (long)(kernel.cpu % 1000000000)};
    return 0;
}

#define open(path, flags) fake_open(path)
#define read(fd, to, most) fake_read(fd, to, most)
#define pread(fd, to, most, at) fake_read(fd, to, most)
#define close(fd) ((void)(fd))
#define syscall(...) fake_system_call(__VA_ARGS__)
#define clock_gettime(clock, to) ((void)(clock), fake_clock(to))
#include "sampler/watch.c" // NOLINT(bugprone-suspicious-include)

struct rt rt;
static struct rf_header header;
static struct rf_process process;

uint64_t rt_mono_ns(void) {
    return kernel.now;
}

void rt_fail(const char *what) {
    said = what;
}

int rs_tick_arm(uint32_t tid, uint64_t period_ns) {
    return tid == TID && period_ns ? TICK : -1;
}

void rs_tick_period(int fd, uint64_t period_ns) {
    (void)fd, (void)period_ns;
}

void rs_tick_mute(int fd, bool mute) {
    kernel.muted = fd == TICK && mute;
}

void rs_tick_send(uint32_t tid) {
    (void)tid;
}

bool rs_kernel_arm(struct rs_kernel *k, uint32_t tid, uint64_t period_ns) {
    (void)tid, (void)period_ns;
    k->fd = -1;
    return false;
}

void rs_kernel_disarm(struct rs_kernel *k) {
    k->fd = -1;
}

uint64_t rs_kernel_drain(struct rs_kernel *k, void (*take)(struct rs_capture *)) {
    (void)k, (void)take;
    return 0;
}

uint64_t rs_random(void) {
    return 4;
}

uint32_t rs_open_calls(const struct rt_thread *thread, struct rs_open_call *to) {
    (void)thread, (void)to;
    return 0;
}

uint32_t rs_store_path(const struct rs_open_call *open_calls, uint32_t n) {
    (void)open_calls;
    return n;
}

struct rf_sample *rs_store_sample(const struct rf_sample *sample) {
    stored[n_stored % 8] = *sample;
    return &stored[n_stored++ % 8];
}

struct rt_thread *rt_thread_watch(uint32_t tid) {
    (void)tid;
    return NULL;
}

void rt_thread_unwatch(struct rt_thread *watched) {
    (void)watched;
}

/* A thread in `work` at 1000 samples a second, seen for the first time. */
static void begin(void) {
    rt.file = &header;
    rt.process = &process;
    header.sample_hz = 1000;
    frames[0].node = &root;
    frames[1].node = &work;
    stack.frames = frames;
    stack.limit = frames + 3;
    slot.shared = (struct rf_thread){.tid = TID, .traced = 1, .alive = 1, .stack = &stack, .top = frames + 1};
    atomic_store(&rt.threads, &slot.shared);
    kernel.now = kernel.cpu = 100 * MS;
    cr_assert(rs_watch_scan() && rs_watch_count() == 1);
}

/* The next look, after `wall` of which the thread ran `ran`. */
static void look_after(uint64_t wall, uint64_t ran) {
    kernel.now += wall;
    kernel.cpu += ran;
    rs_watch_look();
}

/* The kernel adds a delay when it ends: the looks before see none. */
Test(watch, a_long_queue_is_charged_whole) {
    begin();
    for (int i = 0; i < 5; i++)
        look_after(MS, 0);
    cr_expect_eq(work.off_ns, 0);
    kernel.delay = 5 * MS + MS / 2;
    look_after(MS, MS / 2);
    cr_expect_eq(work.off_ns, 5 * MS + MS / 2);
    cr_expect_eq(slot.shared.off_ns, work.off_ns);
    look_after(MS, MS);
    cr_expect_eq(work.off_ns, 5 * MS + MS / 2, "and once");
}

/* It got its CPU just after a look, and nothing was amiss at the next one. */
Test(watch, a_queue_that_ended_with_a_look) {
    begin();
    for (int i = 0; i < 5; i++)
        look_after(MS, 0);
    kernel.delay = 5 * MS;
    look_after(MS, MS);
    cr_expect_eq(work.off_ns, 5 * MS);
}

/* It got its CPU, and waits for something else by the next look: both are charged, each as what it was. */
Test(watch, a_queue_before_a_wait) {
    begin();
    for (int i = 0; i < 5; i++)
        look_after(MS, 0);
    kernel.delay = 5 * MS;
    kernel.waits = true;
    look_after(MS, MS / 10);
    cr_expect_eq(work.off_ns, 6 * MS);
    cr_assert_eq(n_stored, 2);
    cr_expect(stored[0].syscall == -1 && stored[0].period_ns == 5 * MS);
    cr_expect(stored[1].syscall == 202 && stored[1].period_ns == MS);
    look_after(MS, 0);
    cr_expect_eq(n_stored, 2, "the same wait");
    cr_expect_eq(stored[1].period_ns, 2 * MS);
}

/* More than it was off the CPU is no delay of this watch's time. */
Test(watch, a_delay_is_not_more_than_the_time) {
    begin();
    kernel.delay = 500 * MS;
    look_after(10 * MS, 8 * MS);
    cr_expect_eq(work.off_ns, 2 * MS);
}

/* The tick's own handler has the signal blocked for its moment. */
Test(watch, a_handler_is_no_thread_that_blocks) {
    begin();
    for (int i = 0; i < 1000; i++) {
        kernel.blocks = i % 25 == 24; /* at each look that asks, and at none of the next ones */
        look_after(MS, MS);
    }
    cr_expect_null(said, "%s", said);
    kernel.blocks = false;
    look_after(MS, MS);
    cr_expect_not(kernel.muted);
}

/* In pthread_create all signals are blocked, and the thread may have to wait for a CPU there, for ever so long. */
Test(watch, a_moment_without_a_cpu_is_no_blocking) {
    kernel.blocks = true;
    begin();
    cr_expect(kernel.muted);
    for (int i = 0; i < 100; i++)
        look_after(MS, i % 10 ? 0 : MS / 100); /* its own few instructions there */
    cr_expect_null(said, "%s", said);
    kernel.blocks = false;
    look_after(MS, MS / 2);
    cr_expect_not(kernel.muted, "as soon as it runs on");
}

/* Two looks may be next to nothing apart: a thread that has just come is looked at in the same round. */
Test(watch, a_thread_that_is_born_blocked) {
    kernel.blocks = true;
    begin();
    for (int i = 0; i < 20; i++)
        look_after(MS / 1000, MS / 1000);
    cr_expect_null(said, "%s", said);
}

Test(watch, a_thread_that_blocks_it_is_told) {
    kernel.blocks = true;
    begin();
    for (int i = 0; i < 2; i++)
        look_after(MS, MS);
    cr_expect_null(said, "%s", said);
    for (int i = 0; i < 4; i++)
        look_after(MS, MS);
    cr_assert_not_null(said);
    cr_expect(strstr(said, "blocks SIGURG") && kernel.muted);
    kernel.blocks = false;
    for (int i = 0; i < 100; i++)
        look_after(MS, MS);
    cr_expect_not(kernel.muted, "asked again now and then");
}

/* A service that waits most of the time with all signals blocked is not asked for it at each look. */
Test(watch, a_thread_that_waits_is_left_alone) {
    kernel.blocks = kernel.waits = true;
    begin();
    for (int i = 0; i < 1000; i++)
        look_after(MS, 0);
    cr_expect_null(said, "%s", said);
    cr_expect(kernel.muted);
}

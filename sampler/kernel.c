/*
 * CPU time inside the kernel. A signal there would cut system calls short, so these ticks write into a ring instead
 * (perf_event_open(2), PERF_SAMPLE_REGS_USER and PERF_SAMPLE_STACK_USER): the registers with which the program entered
 * the kernel, and its stack. It takes the right to look into the kernel (perf_event_paranoid 1, or CAP_PERFMON);
 * without it the report says what part of the CPU time no sample stands for. The tracer's context is not in the ring:
 * the unwound stack names the function.
 */
#include "sampler/sampler.h"

#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "instrument/arch.h"
#include "instrument/runtime.h"

#include "instrument/safe.h"

#define STACK_BYTES 8192u
#define RING_PAGES 32u
#define RING_BYTES ((uint64_t)RING_PAGES * RF_PAGE)

/* <asm/perf_regs.h>: the registers asked for, in the order in which they are written (ascending numbers), and where
 * each stands in a capture. AX BX CX DX SI DI BP SP IP are 0..8, R8..R15 are 16..23. */
#define REGISTERS_MASK UINT64_C(0xff01ff)
static const uint8_t place[RS_REGISTERS] = {0, 3, 2, 1, 4, 5, 6, 7, 16, 8, 9, 10, 11, 12, 13, 14, 15};

/* One record, after its perf_event_header, for the sample_type below. */
struct record {
    uint32_t pid, tid;
    uint64_t time;
    uint64_t abi; /* 0: the thread has no user side */
    uint64_t registers[RS_REGISTERS];
    uint64_t stack_size;
    unsigned char stack[STACK_BYTES];
    uint64_t stack_used;
};

bool rs_kernel_arm(struct rs_kernel *kernel, uint32_t tid, uint64_t period_ns) {
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof attributes,
        .config = PERF_COUNT_SW_TASK_CLOCK,
        .sample_period = period_ns,
        .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
        .sample_regs_user = REGISTERS_MASK,
        .sample_stack_user = STACK_BYTES,
        .exclude_user = 1,
        .exclude_hv = 1,
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
    };
    kernel->ring = NULL;
    kernel->period_ns = period_ns;
    kernel->fd = (int)syscall(SYS_perf_event_open, &attributes, (pid_t)tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (kernel->fd < 0)
        return false;
    void *ring = mmap(NULL, RF_PAGE + RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, kernel->fd, 0);
    if (ring == MAP_FAILED) { /* rings count as locked memory */
        close(kernel->fd);
        kernel->fd = -1;
        return false;
    }
    kernel->ring = ring;
    return true;
}

void rs_kernel_disarm(struct rs_kernel *kernel) {
    if (kernel->ring)
        munmap(kernel->ring, RF_PAGE + RING_BYTES);
    if (kernel->fd >= 0)
        close(kernel->fd);
    kernel->ring = NULL;
    kernel->fd = -1;
}

/* Out of the ring, across its end. */
static void copy(const struct perf_event_mmap_page *ring, uint64_t from, void *to, uint64_t bytes) {
    const char *data = (const char *)ring + RF_PAGE;
    uint64_t at = from % RING_BYTES, first = bytes < RING_BYTES - at ? bytes : RING_BYTES - at;
    memcpy(to, data + at, first);
    memcpy((char *)to + first, data, bytes - first);
}

/* The ring's clock against the profile's, over the moment since the record was made. */
static uint64_t ticks_of(uint64_t time_ns) {
    uint64_t now = rt_mono_ns(), ticks = rt_ticks(), rate = rt.process->ticks_per_s;
    uint64_t ago = now > time_ns ? now - time_ns : 0;
    return ticks - ago * (rate / 1000000) / 1000;
}

static bool fill(struct rs_capture *capture, const struct record *record) {
    if (!record->abi)
        return false;
    capture->tid = record->tid;
    capture->thread = UINT32_MAX;
    capture->open_count = 0;
    capture->in_kernel = 1;
    capture->time = ticks_of(record->time);
    for (int i = 0; i < RS_REGISTERS; i++)
        capture->registers[place[i]] = record->registers[i];
    capture->sp = capture->registers[7];
    capture->stack_bytes = record->stack_used < STACK_BYTES ? record->stack_used : STACK_BYTES;
    memcpy(capture->stack, record->stack, capture->stack_bytes);
    return true;
}

uint64_t rs_kernel_drain(struct rs_kernel *kernel, void (*take)(struct rs_capture *)) {
    static struct rs_capture capture;
    static struct record record;
    struct perf_event_mmap_page *ring = kernel->ring;
    uint64_t lost = 0;
    if (!ring)
        return 0;
    uint64_t head = __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE), tail = ring->data_tail;
    while (tail < head) {
        struct perf_event_header header;
        copy(ring, tail, &header, sizeof header);
        if (header.type == PERF_RECORD_LOST) {
            uint64_t body[2]; /* id, lost */
            copy(ring, tail + sizeof header, body, sizeof body);
            lost += body[1];
        } else if (header.type == PERF_RECORD_SAMPLE && header.size == sizeof header + sizeof record) {
            copy(ring, tail + sizeof header, &record, sizeof record);
            if (fill(&capture, &record))
                take(&capture);
        }
        if (header.size == 0)
            break;
        tail += header.size;
    }
    __atomic_store_n(&ring->data_tail, tail, __ATOMIC_RELEASE);
    return lost;
}

/*
 * The tick's handler: nothing but copying, into a ring that the sampler's thread empties. Many threads write: a slot is
 * claimed by moving `head`, and shown by its `full` mark.
 */
#include "sampler/sampler.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "instrument/arch.h"
#include "instrument/match.h"
#include "instrument/runtime.h"

#include "instrument/safe.h"

#define RING 256u
#define RED_ZONE 128u /* System V ABI, AMD64, 3.2.2: leaf functions use this much below the stack pointer */

static struct rs_capture *ring;
static _Atomic uint64_t head, tail, lost;

/* DWARF register numbers 0..16, as libunwind asks for them. */
static const int registers_in_order[RS_REGISTERS] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                                     REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                                     REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};

RT_PROBE uint32_t rs_open_calls(const struct rt_thread *thread, struct rs_open_call *to) {
    const struct rf_thread *shared = &thread->shared;
    const struct rf_stack *stack = __atomic_load_n(&shared->stack, __ATOMIC_RELAXED);
    const struct rf_frame *frame = __atomic_load_n(&shared->top, __ATOMIC_RELAXED);
    uint32_t count = 0;
    while (count < RS_FRAMES_MOST && frame > stack->frames && frame <= stack->limit + RT_SLACK - 1) {
        if (frame->node == shared->signal_root) { /* a handler's marker: what it interrupted lies two below */
            frame = stack->frames + (frame->call < (uint64_t)(frame - stack->frames) ? frame->call : 0);
            continue;
        }
        to[count++] = (struct rs_open_call){frame->node, frame->call};
        frame--;
    }
    return count;
}

/* By the kernel's hand: how far the stack is mapped is its knowledge, and a hole only shortens the copy. */
RT_PROBE static uint64_t copy_stack(struct rs_capture *capture) {
    struct iovec local = {capture->stack, sizeof capture->stack};
    struct iovec remote = {(void *)capture->sp, sizeof capture->stack};
    ssize_t got = process_vm_readv((pid_t)rt.process->pid, &local, 1, &remote, 1, 0);
    return got > 0 ? (uint64_t)got : 0;
}

RT_PROBE static void fill(struct rs_capture *capture, const ucontext_t *context) {
    const struct rt_thread *self = rt_self;
    capture->time = rt_ticks();
    capture->in_kernel = 0;
    capture->tid = self == &rt_nobody ? (uint32_t)syscall(SYS_gettid) : self->shared.tid;
    capture->thread = self == &rt_nobody ? UINT32_MAX : self->shared.ordinal;
    capture->open_count = self == &rt_nobody ? 0 : rs_open_calls(self, capture->open);
    for (int i = 0; i < RS_REGISTERS; i++)
        capture->registers[i] = (uint64_t)context->uc_mcontext.gregs[registers_in_order[i]];
    capture->sp = (uint64_t)context->uc_mcontext.gregs[REG_RSP] - RED_ZONE;
    capture->stack_bytes = copy_stack(capture);
}

/* The kernel's own urgent-data signal, or somebody's kill, is none of ours: ignored, as it is by default. */
static bool is_tick(const siginfo_t *info) {
    if (info->si_code == SI_TKILL)
        return rt.process->sampler == RF_SAMPLER_CPU_CLOCK && info->si_pid == (pid_t)rt.process->pid;
    return info->si_code >= POLL_IN && info->si_code <= POLL_HUP;
}

RT_PROBE static void on_tick(int number, siginfo_t *info, void *context) {
    if (number != RS_SIGNAL || !is_tick(info))
        return;
    int saved = errno;
    uint64_t at = atomic_load_explicit(&head, memory_order_relaxed);
    do {
        if (at - atomic_load_explicit(&tail, memory_order_acquire) >= RING) {
            atomic_fetch_add_explicit(&lost, 1, memory_order_relaxed);
            return;
        }
    } while (!atomic_compare_exchange_weak_explicit(&head, &at, at + 1, memory_order_relaxed, memory_order_relaxed));
    struct rs_capture *capture = &ring[at % RING];
    fill(capture, context);
    atomic_store_explicit(&capture->full, 1, memory_order_release);
    errno = saved;
}

/*
 * Where the kernel returns to from on_tick, in the probe like the handler itself, and not in libc's, which every
 * handler shares. Debuggers know a signal's frame by these instructions (movq $15, %rax; syscall), unwinders by the
 * table: %rsp is at the ucontext, whose registers (<sys/ucontext.h>, uc_mcontext at 40) are the interrupted code's. The
 * nop is the table's as well, since a caller is looked up by the byte before its return address.
 */
__asm__(".macro rs_saved number, offset\n"
        "  .cfi_escape 0x10, \\number, 3, 0x77, (\\offset & 0x7f) | 0x80, \\offset >> 7\n" /* at %rsp + offset */
        ".endm\n"
        ".pushsection recount_probe, \"ax\", @progbits\n"
        "  .balign 16\n"
        "  .cfi_startproc\n"
        "  .cfi_signal_frame\n"
        "  .cfi_escape 0x0f, 4, 0x77, 0xa0, 1, 0x06\n"                           /* its frame: the %rsp at %rsp + 160 */
        "  rs_saved 0, 144; rs_saved 1, 136; rs_saved 2, 152; rs_saved 3, 128\n" /* %rax %rdx %rcx %rbx */
        "  rs_saved 4, 112; rs_saved 5, 104; rs_saved 6, 120\n"                  /* %rsi %rdi %rbp */
        "  rs_saved 8, 40; rs_saved 9, 48; rs_saved 10, 56; rs_saved 11, 64\n"   /* %r8 ... */
        "  rs_saved 12, 72; rs_saved 13, 80; rs_saved 14, 88; rs_saved 15, 96\n"
        "  rs_saved 16, 168\n" /* %rip */
        "  nop\n"
        ".hidden rs_tick_return\n"
        ".globl rs_tick_return\n"
        ".type rs_tick_return, @function\n"
        "rs_tick_return:\n"
        "  .byte 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00\n"
        "  .byte 0x0f, 0x05\n"
        "  .cfi_endproc\n"
        ".size rs_tick_return, . - rs_tick_return\n"
        ".popsection\n");
void rs_tick_return(void) __attribute__((visibility("hidden")));

/* As the kernel has it (rt_sigaction(2)): libc's would set a return of its own. */
struct action {
    union {
        void (*one)(int);
        void (*three)(int, siginfo_t *, void *);
    } handler;
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};
#define FLAG_RESTORER 0x04000000ul /* <asm/signal.h> */

static bool act(const struct action *action, struct action *old) {
    return syscall(SYS_rt_sigaction, RS_SIGNAL, action, old, sizeof old->mask) == 0;
}

bool rs_capture_begin(void) {
    if (!ring)
        ring = rt_pages(RING * sizeof *ring);
    if (!ring)
        return false;
    struct action action = {.handler.three = on_tick,
                            .flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | FLAG_RESTORER,
                            .restorer = rs_tick_return},
                  old;
    sigset_t all;
    sigfillset(&all); /* but for those that libc needs itself */
    memcpy(&action.mask, &all, sizeof action.mask);
    if (!act(NULL, &old))
        return false;
    bool unused = old.handler.one == SIG_DFL || old.handler.one == SIG_IGN || old.handler.three == on_tick;
    if (!unused || !act(&action, NULL)) {
        rt_fail("the program uses SIGURG itself: no samples");
        return false;
    }
    atomic_store(&head, 0);
    atomic_store(&tail, 0);
    atomic_store(&lost, 0);
    for (uint32_t i = 0; i < RING; i++)
        atomic_store(&ring[i].full, 0);
    return true;
}

struct rs_capture *rs_capture_next(void) {
    uint64_t at = atomic_load_explicit(&tail, memory_order_relaxed);
    if (at == atomic_load_explicit(&head, memory_order_acquire))
        return NULL;
    struct rs_capture *capture = &ring[at % RING];
    return atomic_load_explicit(&capture->full, memory_order_acquire) ? capture : NULL;
}

void rs_capture_done(struct rs_capture *capture) {
    atomic_store_explicit(&capture->full, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&tail, 1, memory_order_release);
}

uint64_t rs_capture_lost(void) {
    return atomic_load_explicit(&lost, memory_order_relaxed);
}

bool rs_capture_replaced(void) {
    struct action now;
    return act(NULL, &now) && now.handler.three != on_tick;
}

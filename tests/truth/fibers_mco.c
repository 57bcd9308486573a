/*
 * Coroutine objects with an interface of their own (create, resume, yield, status), as small libraries have them: a
 * naked switch between two register files, object and stack in one calloc, and a return address that points nowhere.
 */
#include <stdint.h>
#include <stdlib.h>

#define ROOM 56320
#define LEAVE() mco_yield(mco_running())
#define ENTER(i) mco_resume(fibers[i])
#define MAKE(i)                                                                                                        \
    do {                                                                                                               \
        mco_destroy(fibers[i]);                                                                                        \
        fibers[i] = mco_create(fiber_main);                                                                            \
    } while (0)
#define ALSO(n)                                                                                                        \
    printf("\"mco_yield\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"await_io\":%d}},"                                \
           "\"mco_resume\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"resume_fiber\":%d}},"           \
           "\"mco_main\":{\"entries\":%d,\"calls\":%d,\"recursive\":0},",                                              \
           awaits, awaits, awaits, resumes, resumes, resumes, n, n)

struct registers {
    void *rip, *rsp, *rbp, *rbx, *r12, *r13, *r14, *r15;
};

enum state { SUSPENDED, RUNNING, DEAD };

struct mco {
    struct registers inside, outside;
    void (*function)(void);
    enum state state;
    char *stack;
};

static struct mco *fibers[16], *running;

static struct mco *mco_create(void (*function)(void));
static void mco_destroy(struct mco *coroutine);
static void mco_resume(struct mco *coroutine);
static void mco_yield(struct mco *coroutine);
static struct mco *mco_running(void);

#include "fibers.h"

void mco_switch(struct registers *from, struct registers *to);
void mco_begin(void);
void mco_main(struct mco *coroutine);

/* mco_begin finds the coroutine where mco_create has put it, in r12. */
__asm__(".text\n"
        ".type mco_switch, @function\n"
        ".globl mco_switch\n"
        "mco_switch:\n"
        "  lea 0f(%rip), %rax\n"
        "  mov %rax, (%rdi)\n"
        "  mov %rsp, 8(%rdi)\n"
        "  mov %rbp, 16(%rdi)\n"
        "  mov %rbx, 24(%rdi)\n"
        "  mov %r12, 32(%rdi)\n"
        "  mov %r13, 40(%rdi)\n"
        "  mov %r14, 48(%rdi)\n"
        "  mov %r15, 56(%rdi)\n"
        "  mov 56(%rsi), %r15\n"
        "  mov 48(%rsi), %r14\n"
        "  mov 40(%rsi), %r13\n"
        "  mov 32(%rsi), %r12\n"
        "  mov 24(%rsi), %rbx\n"
        "  mov 16(%rsi), %rbp\n"
        "  mov 8(%rsi), %rsp\n"
        "  jmp *(%rsi)\n"
        "0:\n"
        "  ret\n"
        ".size mco_switch, . - mco_switch\n"
        ".type mco_begin, @function\n"
        ".globl mco_begin\n"
        "mco_begin:\n"
        "  mov %r12, %rdi\n"
        "  jmp mco_main\n"
        ".size mco_begin, . - mco_begin\n");

void mco_main(struct mco *coroutine) {
    coroutine->function();
    coroutine->state = DEAD;
    mco_switch(&coroutine->inside, &coroutine->outside);
    abort();
}

NI static struct mco *mco_create(void (*function)(void)) {
    struct mco *coroutine = calloc(1, sizeof *coroutine + ROOM);
    coroutine->function = function;
    coroutine->stack = (char *)(coroutine + 1);
    uint64_t *top = (uint64_t *)((uint64_t)(coroutine->stack + ROOM) & ~UINT64_C(15)) - 1;
    *top = UINT64_C(0xdeaddeaddeaddead);
    coroutine->inside = (struct registers){.rip = (void *)mco_begin, .rsp = top, .r12 = coroutine};
    return coroutine;
}

NI static void mco_destroy(struct mco *coroutine) {
    if (coroutine && coroutine->state != DEAD)
        abort();
    free(coroutine);
}

NI static void mco_resume(struct mco *coroutine) {
    struct mco *before = running;
    running = coroutine;
    coroutine->state = RUNNING;
    mco_switch(&coroutine->outside, &coroutine->inside);
    running = before;
}

NI static void mco_yield(struct mco *coroutine) {
    coroutine->state = SUSPENDED;
    mco_switch(&coroutine->inside, &coroutine->outside);
}

NI static struct mco *mco_running(void) {
    return running;
}

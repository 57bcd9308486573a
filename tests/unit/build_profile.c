#include "tests/unit/build_profile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST (UINT64_C(1) << 33)
#define SMALL (RF_PAGE - sizeof(struct rf_chunk))

static void must(int holds, const char *what) {
    if (holds)
        return;
    perror(what);
    abort();
}

struct rf_test *rf_test_new(void) {
    struct rf_test *test = malloc(sizeof *test);
    must(test != NULL, "malloc");
    test->memory = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    must(test->memory != MAP_FAILED, "mmap");
    test->size = RF_PAGE;
    struct rf_header *header = rf_test_header(test);
    memcpy(header->magic, RF_MAGIC, sizeof header->magic);
    header->version = RF_VERSION;
    header->features = RF_FEATURES;
    header->header_size = RF_PAGE;
    header->node_size = sizeof(struct rf_node);
    header->sample_hz = 1000;
    header->tail = header->reserved = RF_PAGE;
    header->limit = MOST;
    header->start_mono_ns = 5000;
    header->start_real_ns = 7000;
    memcpy(header->command, "app\0--flag", sizeof "app\0--flag");
    return test;
}

void rf_test_free(struct rf_test *test) {
    munmap(test->memory, MOST);
    free(test);
}

struct rf_header *rf_test_header(struct rf_test *test) {
    return (struct rf_header *)test->memory;
}

struct rf_chunk *rf_test_chunk(struct rf_test *test, enum rf_kind kind, uint32_t process, uint32_t thread,
                               uint64_t payload) {
    struct rf_chunk *chunk = (struct rf_chunk *)(test->memory + test->size);
    chunk->magic = RF_CHUNK_MAGIC;
    chunk->kind = kind;
    chunk->size = (sizeof *chunk + payload + RF_PAGE - 1) / RF_PAGE * RF_PAGE;
    chunk->process = process;
    chunk->thread = thread;
    must(chunk->size <= MOST - test->size, "room");
    test->size += chunk->size;
    rf_test_header(test)->tail = rf_test_header(test)->reserved = test->size;
    return chunk;
}

/* The last chunk of that kind and owner with room for `size` more bytes. */
static struct rf_chunk *open_chunk(struct rf_test *test, enum rf_kind kind, uint32_t process, uint32_t thread,
                                   uint64_t size) {
    struct rf_chunk *found = NULL;
    for (uint64_t at = RF_PAGE; at < test->size;) {
        struct rf_chunk *chunk = (struct rf_chunk *)(test->memory + at);
        if (chunk->kind == kind && chunk->process == process && chunk->thread == thread &&
            chunk->size - sizeof *chunk - chunk->used >= size)
            found = chunk;
        at += chunk->size;
    }
    return found;
}

void *rf_test_record(struct rf_test *test, enum rf_kind kind, uint32_t process, uint32_t thread, uint64_t size) {
    struct rf_chunk *chunk = open_chunk(test, kind, process, thread, size);
    if (!chunk)
        chunk = rf_test_chunk(test, kind, process, thread, size > SMALL ? size : SMALL);
    void *record = (unsigned char *)(chunk + 1) + chunk->used;
    chunk->used += size;
    return record;
}

struct rf_process *rf_test_add_process(struct rf_test *test, uint32_t ordinal) {
    struct rf_chunk *chunk = rf_test_chunk(test, RF_PROCESS, ordinal, 0, sizeof(struct rf_process));
    struct rf_process *process = (struct rf_process *)(chunk + 1);
    chunk->used = sizeof *process;
    process->base = (uint64_t)(uintptr_t)test->memory;
    process->ordinal = ordinal;
    process->pid = 100 + ordinal;
    process->ppid = 99;
    process->start = 1000;
    process->last = 2000000;
    process->ticks_per_s = 1000000000;
    process->ended = 1;
    process->threads_started = 1;
    strcpy(process->exe, "/usr/bin/app");
    memcpy(process->cmdline, "app\0--flag", sizeof "app\0--flag");
    rf_test_header(test)->processes++;
    return process;
}

static struct rf_node *add_root(struct rf_test *test, uint32_t process, uint32_t thread, unsigned flags) {
    struct rf_node *root = rf_test_record(test, RF_NODES, process, thread, sizeof *root);
    root->flags = (uint16_t)flags;
    root->thread = thread;
    return root;
}

struct rf_thread *rf_test_add_thread(struct rf_test *test, uint32_t process, uint32_t ordinal) {
    struct rf_chunk *chunk = rf_test_chunk(test, RF_THREAD, process, ordinal, sizeof(struct rf_thread));
    struct rf_thread *thread = (struct rf_thread *)(chunk + 1);
    chunk->used = sizeof *thread;
    thread->ordinal = ordinal;
    thread->tid = 500 + ordinal;
    thread->lives = 1;
    thread->alive = thread->traced = 1;
    thread->start = 1000;
    strcpy(thread->name, "worker");
    thread->root = add_root(test, process, ordinal, RF_NODE_ROOT);
    thread->signal_root = add_root(test, process, ordinal, RF_NODE_ROOT | RF_NODE_SIGNAL);
    thread->stack = rf_test_add_stack(test, process, thread, 0);
    thread->stack->fiber = 0;
    thread->top = thread->stack->frames;
    return thread;
}

struct rf_node *rf_test_add_node(struct rf_test *test, uint32_t process, struct rf_thread *thread,
                                 struct rf_node *parent, uint64_t fn, uint64_t cs, uint64_t count) {
    struct rf_node *node = rf_test_record(test, RF_NODES, process, thread->ordinal, sizeof *node);
    node->parent = parent ? parent : thread->root;
    node->fn = fn;
    node->cs = cs;
    node->count = count;
    node->thread = thread->ordinal;
    thread->contexts++;
    return node;
}

struct rf_extra *rf_test_extra(struct rf_test *test, uint32_t process, struct rf_node *node) {
    if (!node->extra) {
        node->extra = rf_test_record(test, RF_EXTRAS, process, node->thread, sizeof *node->extra);
        node->extra->node = node;
    }
    return node->extra;
}

struct rf_await *rf_test_add_await(struct rf_test *test, uint32_t process, struct rf_node *node, const char *file,
                                   uint32_t line, const char *awaited) {
    struct rf_await *await = rf_test_record(test, RF_AWAITS, process, node->thread, sizeof *await);
    await->node = node;
    await->line = line;
    strncpy(await->file, file, sizeof await->file - 1);
    strncpy(await->awaited, awaited, sizeof await->awaited - 1);
    return await;
}

struct rf_call *rf_test_add_call(struct rf_test *test, uint32_t process, struct rf_node *node, uint64_t id) {
    struct rf_call *call = rf_test_record(test, RF_CALLS, process, 0, sizeof *call);
    call->node = node;
    call->id = id;
    call->state = RF_CALL_SUSPENDED;
    return call;
}

static struct rf_frame *fill(struct rf_frame *frame, struct rf_node *node, uint64_t t0, uint64_t call) {
    frame->node = node;
    frame->t0 = t0;
    frame->call = call;
    return frame;
}

struct rf_frame *rf_test_push(struct rf_thread *thread, struct rf_node *node, uint64_t t0, uint64_t call) {
    return fill(++thread->top, node, t0, call);
}

struct rf_stack *rf_test_add_stack(struct rf_test *test, uint32_t process, struct rf_thread *thread, uint64_t at) {
    struct rf_stack *stack;
    if (thread->stack) {
        stack = &((struct rf_fiber *)rf_test_record(test, RF_FIBERS, process, 0, sizeof(struct rf_fiber)))->stack;
        stack->limit = (struct rf_frame *)(stack + 1) + RF_FIBER_FRAMES - 1;
    } else {
        struct rf_chunk *chunk = rf_test_chunk(test, RF_STACK, process, thread->ordinal, SMALL);
        chunk->used = chunk->size - sizeof *chunk;
        stack = (struct rf_stack *)(chunk + 1);
        stack->limit = (struct rf_frame *)((unsigned char *)chunk + chunk->size) - 1;
    }
    stack->thread = thread->ordinal;
    stack->root = thread->root;
    stack->frames = stack->top = (struct rf_frame *)(stack + 1);
    stack->frames->node = thread->root;
    stack->fiber = 1;
    stack->suspended_at = at;
    return stack;
}

struct rf_frame *rf_test_push_on(struct rf_stack *stack, struct rf_node *node, uint64_t t0, uint64_t call) {
    return fill(++stack->top, node, t0, call);
}

static uint32_t number_of(struct rf_test *test, enum rf_kind kind, uint32_t process, uint64_t record) {
    uint64_t n = 0;
    for (uint64_t at = RF_PAGE; at < test->size;) {
        const struct rf_chunk *chunk = (const struct rf_chunk *)(test->memory + at);
        if (chunk->kind == kind && chunk->process == process)
            n += chunk->used / record;
        at += chunk->size;
    }
    return (uint32_t)n;
}

uint32_t rf_test_add_native(struct rf_test *test, uint32_t process, uint64_t ip, uint32_t caller) {
    struct rf_native *native = rf_test_record(test, RF_NATIVE, process, 0, sizeof *native);
    native->ip = ip;
    native->caller = caller;
    return number_of(test, RF_NATIVE, process, sizeof *native);
}

uint32_t rf_test_add_path(struct rf_test *test, uint32_t process, struct rf_node *node, uint64_t call,
                          uint32_t caller) {
    struct rf_path *path = rf_test_record(test, RF_PATHS, process, 0, sizeof *path);
    path->node = node;
    path->call = call;
    path->caller = caller;
    return number_of(test, RF_PATHS, process, sizeof *path);
}

struct rf_sample *rf_test_add_sample(struct rf_test *test, uint32_t process, uint64_t seq, uint32_t thread,
                                     uint32_t native, uint32_t path) {
    struct rf_sample *sample = rf_test_record(test, RF_SAMPLES, process, 0, sizeof *sample);
    sample->seq = seq;
    sample->time = 1000 + seq * 1000;
    sample->thread = thread;
    sample->native = native;
    sample->path = path;
    sample->kind = RF_ON_CPU;
    sample->syscall = -1;
    sample->period_ns = 1000000;
    return sample;
}

struct rf_module *rf_test_add_module(struct rf_test *test, uint32_t process, const char *path, uint64_t start,
                                     uint64_t end, uint64_t bias) {
    struct rf_module *module = rf_test_record(test, RF_MODULES, process, 0, sizeof *module);
    strncpy(module->path, path, sizeof module->path - 1);
    module->start = start;
    module->end = end;
    module->bias = bias;
    return module;
}

struct rf_identity *rf_test_add_identity(struct rf_test *test, uint32_t process, uint64_t fn) {
    struct rf_identity *identity = rf_test_record(test, RF_IDENTITIES, process, 0, sizeof *identity);
    identity->fn = fn;
    identity->width = 2;
    identity->state[0] = 20;
    return identity;
}

struct rf_stall *rf_test_add_stall(struct rf_test *test, uint32_t process, struct rf_node *node, uint32_t thread) {
    struct rf_stall *stall = rf_test_record(test, RF_STALLS, process, thread, sizeof *stall);
    stall->node = node;
    stall->thread = thread;
    return stall;
}

char *rf_test_path(void) {
    const char *directory = getenv("TMPDIR");
    char *path = NULL;
    must(asprintf(&path, "%s/recount-test-XXXXXX", directory ? directory : "/tmp") > 0, "asprintf");
    int fd = mkstemp(path);
    must(fd >= 0, path);
    close(fd);
    return path;
}

void rf_test_write(const struct rf_test *test, const char *path, uint64_t size) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    must(fd >= 0, path);
    for (uint64_t done = 0; done < size;) {
        ssize_t n = write(fd, test->memory + done, size - done);
        must(n > 0, path);
        done += (uint64_t)n;
    }
    must(close(fd) == 0, path);
}

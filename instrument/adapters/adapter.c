/* Finding what stands behind an interposed function, and the steps of a registration. */
#include "instrument/adapters/adapter.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <string.h>

#include "instrument/safe.h"

__thread int rt_registering __attribute__((tls_model("initial-exec")));

bool rt_lies_in(uint64_t code, const char *stem) {
    struct dl_find_object object;
    if (_dl_find_object((void *)code, &object) != 0)
        return false;
    const char *path = object.dlfo_link_map->l_name, *slash = strrchr(path, '/');
    return strncmp(slash ? slash + 1 : path, stem, strlen(stem)) == 0;
}

/* For a library that only a plugin has loaded, and for itself. */
static void *find_loaded(const char *name, const char *soname) {
    void *library = dlopen(soname, RTLD_LAZY | RTLD_NOLOAD);
    return library ? dlsym(library, name) : NULL;
}

/* libevent comes whole, or as these. */
static const char *const parts[] = {"libevent_core-2.1.so.7", "libevent_extra-2.1.so.7"};

rt_function *rt_find(const char *name, const char *soname, const char *stem, rt_function *_Atomic *found) {
    rt_function *function = atomic_load_explicit(found, memory_order_relaxed);
    if (function)
        return function;
    int saved = errno;
    void *address = dlsym(RTLD_NEXT, name);
    if (!rt_lies_in((uint64_t)address, stem))
        address = find_loaded(name, soname);
    for (size_t i = 0; !address && strcmp(stem, "libevent") == 0 && i < sizeof parts / sizeof *parts; i++)
        address = find_loaded(name, parts[i]);
    function = address ? rt_function_at(address) : rt_nothing;
    if (address)
        atomic_store_explicit(found, function, memory_order_relaxed);
    errno = saved;
    return function;
}

/*
 * An interposed name's first call. All registers that may hold arguments are kept (System V ABI, AMD64, 3.2.3), for
 * what stands behind the name need not be what we know by it.
 */
__asm__(".pushsection .text\n"
        ".hidden rt_resolve_entry\n"
        ".globl rt_resolve_entry\n"
        ".type rt_resolve_entry, @function\n"
        "rt_resolve_entry:\n"
        ".cfi_startproc\n"
        "  push %rdi\n"
        "  push %rsi\n"
        "  push %rdx\n"
        "  push %rcx\n"
        "  push %r8\n"
        "  push %r9\n"
        "  push %rax\n"
        "  push %r10\n"
        "  sub $136, %rsp\n"
        ".cfi_adjust_cfa_offset 200\n"
        "  movups %xmm0, (%rsp)\n"
        "  movups %xmm1, 16(%rsp)\n"
        "  movups %xmm2, 32(%rsp)\n"
        "  movups %xmm3, 48(%rsp)\n"
        "  movups %xmm4, 64(%rsp)\n"
        "  movups %xmm5, 80(%rsp)\n"
        "  movups %xmm6, 96(%rsp)\n"
        "  movups %xmm7, 112(%rsp)\n"
        "  mov %r11, %rdi\n"
        "  mov 200(%rsp), %rsi\n"
        "  call rt_resolve\n"
        "  mov %rax, %r11\n"
        "  movups (%rsp), %xmm0\n"
        "  movups 16(%rsp), %xmm1\n"
        "  movups 32(%rsp), %xmm2\n"
        "  movups 48(%rsp), %xmm3\n"
        "  movups 64(%rsp), %xmm4\n"
        "  movups 80(%rsp), %xmm5\n"
        "  movups 96(%rsp), %xmm6\n"
        "  movups 112(%rsp), %xmm7\n"
        "  add $136, %rsp\n"
        "  pop %r10\n"
        "  pop %rax\n"
        "  pop %r9\n"
        "  pop %r8\n"
        "  pop %rcx\n"
        "  pop %rdx\n"
        "  pop %rsi\n"
        "  pop %rdi\n"
        ".cfi_adjust_cfa_offset -200\n"
        "  jmp *%r11\n"
        ".cfi_endproc\n"
        ".size rt_resolve_entry, . - rt_resolve_entry\n"
        ".popsection\n");

/* What a name stands for: the next in the program's order, else what the caller's own object has of that name (a plugin
 * that nobody else sees), else the library wherever it is. Of the second, another caller may mean another. */
rt_function *rt_resolve(struct rt_interposed *interposed, uint64_t caller) {
    int saved = errno;
    void *address = dlsym(RTLD_NEXT, interposed->name);
    bool everybodys = address != NULL;
    if (!address)
        address = rt_beside(interposed->name, (const void *)caller);
    if (!address)
        address = find_loaded(interposed->name, interposed->soname);
    if (!address) { /* a weak name that nobody has */
        errno = saved;
        return rt_nothing;
    }
    rt_function *real = rt_function_at(address);
    if (rt_lies_in((uint64_t)real, interposed->stem)) {
        atomic_store_explicit(&interposed->real, real, memory_order_relaxed);
        real = interposed->ours;
        everybodys = true;
    }
    if (everybodys) /* release: whoever jumps there finds what it needs */
        atomic_store_explicit(&interposed->target, real, memory_order_release);
    errno = saved;
    return real;
}

/* The parts of a record that a registration writes. */
#define WRITTEN offsetof(struct rt_link, node)

bool rt_register(struct rt_registration *registration, uint64_t key, const char *stem, uint64_t function,
                 uint64_t argument, uint64_t site, const char *awaited) {
    *registration = (struct rt_registration){0};
    if (rt_registering++ > 0 || !function || rt_lies_in(function, stem) || rt_lies_in(function, "librecount.so"))
        return false;
    struct rt_link *link = key & RT_LINK_MANY ? NULL : recount_link_find(key);
    registration->renewed = link != NULL;
    if (link)
        memcpy((char *)&registration->before + WRITTEN, (char *)link + WRITTEN, sizeof *link - WRITTEN);
    registration->link = recount_link_open(key, site, awaited);
    if (!registration->link)
        return false;
    registration->link->host[0] = function;
    registration->link->host[1] = argument;
    return true;
}

void rt_settle(struct rt_registration *registration, bool taken) {
    struct rt_link *link = registration->link;
    rt_registering--;
    if (taken || !link)
        return;
    if (registration->renewed)
        memcpy((char *)link + WRITTEN, (char *)&registration->before + WRITTEN, sizeof *link - WRITTEN);
    else
        recount_link_close(link);
}

/* A library may call back from inside a registration (g_main_context_invoke): what that registers counts again. */
void rt_callback_begin(struct rt_running *running, struct rt_link *link, uint64_t function, const void *cfa) {
    *running = (struct rt_running){.registering = rt_registering};
    rt_registering = 0;
    if (link)
        recount_link_enter(&running->linked, link, function, cfa);
}

void rt_callback_end(struct rt_running *running) {
    if (running->linked.link)
        recount_link_leave(&running->linked);
    rt_registering = running->registering;
}

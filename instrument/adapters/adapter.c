/* Finding what stands behind an interposed function, and the steps of a registration. */
#include "instrument/adapters/adapter.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <string.h>

#include "instrument/safe.h"

__thread int rt_registering __attribute__((tls_model("initial-exec")));

rt_function *rt_behind(const char *name, const char *soname, rt_function *_Atomic *found) {
    rt_function *function = atomic_load_explicit(found, memory_order_relaxed);
    if (function)
        return function;
    int saved = errno;
    void *address = dlsym(RTLD_NEXT, name);
    void *library = address ? NULL : dlopen(soname, RTLD_LAZY | RTLD_NOLOAD);
    if (library)
        address = dlsym(library, name);
    memcpy(&function, &address, sizeof function); /* POSIX has the two kinds of pointers look alike */
    atomic_store_explicit(found, function, memory_order_relaxed);
    errno = saved;
    return function;
}

bool rt_lies_in(uint64_t code, const char *stem) {
    struct dl_find_object object;
    if (_dl_find_object((void *)code, &object) != 0)
        return false;
    const char *path = object.dlfo_link_map->l_name, *slash = strrchr(path, '/');
    return strncmp(slash ? slash + 1 : path, stem, strlen(stem)) == 0;
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

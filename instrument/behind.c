/* Finds what an interposer stands in front of. */
#include "instrument/behind.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "instrument/runtime.h"

#include "instrument/safe.h"

rt_function *rt_function_at(void *found) {
    rt_function *function;
    memcpy(&function, &found, sizeof function);
    return function;
}

/* Past our own dlclose: nothing goes. */
static void *open_loaded(const void *address, int flags) {
    Dl_info info;
    void *object = dladdr(address, &info) ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | flags) : NULL;
    if (object)
        ((int (*)(void *))rt_function_at(dlsym(RTLD_NEXT, "dlclose")))(object);
    return object;
}

static bool is_ours(const void *address) {
    static const char mine;
    Dl_info there, here;
    return dladdr(address, &there) && dladdr(&mine, &here) && there.dli_fbase == here.dli_fbase;
}

void *rt_beside(const char *name, const void *caller) {
    void *object = open_loaded(caller, 0), *found = object ? dlsym(object, name) : NULL;
    return found && !is_ours(found) ? found : NULL;
}

/* Kept for every caller, and therefore kept loaded: the C++ library, of which a process has one. GNU's stays anyway. */
static bool keep(const void *found) {
    Dl_info info;
    if (!dladdr(found, &info) || !(strstr(info.dli_fname, "/libstdc++") || strstr(info.dli_fname, "/libc++")))
        return false;
    return open_loaded(found, RTLD_NODELETE) != NULL;
}

static uint64_t return_nothing(void) {
    return 0;
}

rt_function *const rt_nothing = (rt_function *)return_nothing;

/* A library that was opened with RTLD_LOCAL brought another with it, out of the reach of RTLD_NEXT: the next one is
 * then what the caller's own object finds, which for another caller may be another. */
rt_function *rt_behind(const char *name, const void *caller, rt_function *_Atomic *cached) {
    rt_function *function = atomic_load_explicit(cached, memory_order_relaxed);
    if (rt_likely(function))
        return function;
    int saved = errno;
    void *found = dlsym(RTLD_NEXT, name);
    bool everybodys = found != NULL;
    if (!found) {
        found = rt_beside(name, caller);
        everybodys = found && keep(found);
    }
    function = found ? rt_function_at(found) : rt_nothing;
    if (everybodys)
        atomic_store_explicit(cached, function, memory_order_relaxed);
    errno = saved;
    return function;
}

/* Finds what an interposer stands in front of. */
#include "instrument/behind.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "instrument/runtime.h"

#include "instrument/safe.h"

/* POSIX has the two kinds of pointers look alike. */
static rt_function *function_at(void *found) {
    rt_function *function;
    memcpy(&function, &found, sizeof function);
    return function;
}

/* Past our own dlclose: nothing goes. */
static void *open_loaded(const void *address, int flags) {
    Dl_info info;
    void *object = dladdr(address, &info) ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | flags) : NULL;
    if (object)
        ((int (*)(void *))function_at(dlsym(RTLD_NEXT, "dlclose")))(object);
    return object;
}

/*
 * A library that was opened with RTLD_LOCAL brought the C++ library with it, out of the reach of RTLD_NEXT: the next
 * one is then what the caller's own object finds. It stays loaded from then on, because its address is kept; GNU's C++
 * library does so anyway.
 */
static rt_function *beside(const char *name, const void *caller) {
    void *object = open_loaded(caller, 0), *found = object ? dlsym(object, name) : NULL;
    if (found)
        open_loaded(found, RTLD_NODELETE);
    return function_at(found);
}

rt_function *rt_behind(const char *name, const void *caller, rt_function *_Atomic *cached) {
    rt_function *function = atomic_load_explicit(cached, memory_order_relaxed);
    if (rt_unlikely(!function)) {
        int saved = errno;
        function = function_at(dlsym(RTLD_NEXT, name));
        if (!function)
            function = beside(name, caller);
        atomic_store_explicit(cached, function, memory_order_relaxed);
        errno = saved;
    }
    return function;
}

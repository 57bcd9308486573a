/* Stands in front of dlclose, in the shared runtime alone, to know what goes before something else takes its place. */
#include "instrument/runtime.h"

#include "instrument/behind.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "instrument/safe.h"

void recount_objects_closing(void);
void recount_objects_closed(void);

RT_EXPORT int dlclose(void *handle) {
    static int (*_Atomic real)(void *);
    int (*close_it)(void *) = atomic_load_explicit(&real, memory_order_relaxed);
    if (!close_it) {
        void *found = dlsym(RTLD_NEXT, "dlclose");
        memcpy(&close_it, &found, sizeof close_it); /* POSIX has the two kinds of pointers look alike */
        atomic_store_explicit(&real, close_it, memory_order_relaxed);
    }
    recount_objects_closing();
    int result = close_it(handle), saved = errno;
    recount_objects_closed();
    rt_plain_forget();
    errno = saved;
    return result;
}

/* Stands in front of dlclose, in the shared runtime alone, to know what goes before something else takes its place. */
#include "instrument/runtime.h"

#include <dlfcn.h>
#include <errno.h>

#include "instrument/behind.h"

#include "instrument/safe.h"

void recount_objects_closing(void);
void recount_objects_closed(void);

RT_EXPORT int dlclose(void *handle) {
    static rt_function *_Atomic real;
    int (*close_it)(void *) = (int (*)(void *))RT_NEXT("dlclose", &real);
    recount_objects_closing();
    int result = close_it(handle), saved = errno;
    recount_objects_closed();
    rt_plain_forget();
    errno = saved;
    return result;
}

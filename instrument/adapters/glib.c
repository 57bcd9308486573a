/*
 * GLib's main loop. Our record takes the place of the host's user data and is freed by the source's own destroy
 * notification; functions that look a source up by its user data are given the host's.
 */
#include "instrument/adapters/adapter.h"

#include "instrument/safe.h"

#define SONAME "libglib-2.0.so.0"
#define STEM "libglib-2.0.so"
#define MS UINT64_C(1000000)
#define SOURCE 9u /* the kind of our keys */

#define PRIORITY_DEFAULT 0
#define PRIORITY_IDLE 200

typedef int source_callback(void *);
typedef void once_callback(void *);
typedef int watch_callback(uint64_t, unsigned, void *);
typedef void child_callback(int, int, void *);
typedef uint64_t any_callback(uint64_t, uint64_t, uint64_t);
typedef void notify(void *);

#define FUNCTION 0
#define DATA 1
#define NOTIFY 2

/* ---- what GLib calls ---- */

static void on_destroy(void *data) {
    struct rt_link *link = data;
    notify *host = (notify *)link->host[NOTIFY];
    if (host)
        host((void *)link->host[DATA]);
    recount_link_close(link);
}

static int on_source(void *data) {
    struct rt_running running;
    struct rt_link *link = data;
    source_callback *host = (source_callback *)link->host[FUNCTION];
    rt_callback_begin(&running, link, (uint64_t)host, __builtin_dwarf_cfa());
    int stay = host((void *)link->host[DATA]);
    rt_callback_end(&running);
    return stay;
}

static int on_once(void *data) {
    struct rt_running running;
    struct rt_link *link = data;
    once_callback *host = (once_callback *)link->host[FUNCTION];
    rt_callback_begin(&running, link, (uint64_t)host, __builtin_dwarf_cfa());
    host((void *)link->host[DATA]);
    rt_callback_end(&running);
    return 0;
}

static int on_watch(uint64_t watched, unsigned condition, void *data) {
    struct rt_running running;
    struct rt_link *link = data;
    watch_callback *host = (watch_callback *)link->host[FUNCTION];
    rt_callback_begin(&running, link, (uint64_t)host, __builtin_dwarf_cfa());
    int stay = host(watched, condition, (void *)link->host[DATA]);
    rt_callback_end(&running);
    return stay;
}

static void on_child(int pid, int status, void *data) {
    struct rt_running running;
    struct rt_link *link = data;
    child_callback *host = (child_callback *)link->host[FUNCTION];
    rt_callback_begin(&running, link, (uint64_t)host, __builtin_dwarf_cfa());
    host(pid, status, (void *)link->host[DATA]);
    rt_callback_end(&running);
}

/* A source's type says what its callback is given; the user data comes last, and is the first record among the
 * arguments. What is passed beyond it is nothing. */
static uint64_t on_any(uint64_t a, uint64_t b, uint64_t c) {
    struct rt_running running;
    uint64_t *data = recount_link_is(a) ? &a : recount_link_is(b) ? &b : &c;
    struct rt_link *link = (struct rt_link *)*data;
    any_callback *host = (any_callback *)link->host[FUNCTION];
    *data = link->host[DATA];
    rt_callback_begin(&running, link, (uint64_t)host, __builtin_dwarf_cfa());
    uint64_t result = host(a, b, c);
    rt_callback_end(&running);
    return result;
}

/* ---- registrations ---- */

static bool begin(struct rt_registration *new, uint64_t function, void *data, notify *done, uint64_t site,
                  const char *awaited) {
    if (!rt_register(new, rt_link_key(data, SOURCE) | RT_LINK_MANY, STEM, function, (uint64_t)data, site, awaited))
        return false;
    new->link->host[NOTIFY] = (uint64_t)done;
    return true;
}

/* GLib owns the record from here on, and may have freed it already. */
static unsigned end(struct rt_registration *new, unsigned id) {
    rt_settle(new, true);
    return id;
}

unsigned g_timeout_add_full(int priority, unsigned interval, source_callback *function, void *data, notify *done);
unsigned g_idle_add_full(int priority, source_callback *function, void *data, notify *done);

static unsigned add_timeout(int priority, unsigned interval, source_callback *ours, uint64_t function, void *data,
                            notify *done, uint64_t site, const char *awaited) {
    RT_FIND(real, g_timeout_add_full);
    struct rt_registration new;
    if (!begin(&new, function, data, done, site, awaited))
        return end(&new, 0);
    recount_link_due(new.link, interval * MS, interval * MS);
    return end(&new, real(priority, interval, ours, new.link, on_destroy));
}

static unsigned add_idle(int priority, source_callback *ours, uint64_t function, void *data, notify *done,
                         uint64_t site, const char *awaited) {
    RT_FIND(real, g_idle_add_full);
    struct rt_registration new;
    if (!begin(&new, function, data, done, site, awaited))
        return end(&new, 0);
    recount_link_due(new.link, 0, 1);
    return end(&new, real(priority, ours, new.link, on_destroy));
}

/* An id is never 0: where nothing was registered, the host's own goes through. */
RT_INTERPOSE(unsigned, g_timeout_add_full, int priority, unsigned interval, source_callback *function, void *data,
             notify *done) {
    RT_BEHIND(g_timeout_add_full);
    unsigned id = add_timeout(priority, interval, on_source, (uint64_t)function, data, done, RT_SITE, "g_timeout_add");
    return id ? id : real(priority, interval, function, data, done);
}

RT_INTERPOSE(unsigned, g_timeout_add, unsigned interval, source_callback *function, void *data) {
    RT_BEHIND(g_timeout_add);
    unsigned id =
        add_timeout(PRIORITY_DEFAULT, interval, on_source, (uint64_t)function, data, NULL, RT_SITE, "g_timeout_add");
    return id ? id : real(interval, function, data);
}

RT_INTERPOSE(unsigned, g_timeout_add_once, unsigned interval, once_callback *function, void *data) {
    RT_BEHIND(g_timeout_add_once);
    unsigned id =
        add_timeout(PRIORITY_DEFAULT, interval, on_once, (uint64_t)function, data, NULL, RT_SITE, "g_timeout_add_once");
    return id ? id : real(interval, function, data);
}

RT_INTERPOSE(unsigned, g_idle_add_full, int priority, source_callback *function, void *data, notify *done) {
    RT_BEHIND(g_idle_add_full);
    unsigned id = add_idle(priority, on_source, (uint64_t)function, data, done, RT_SITE, "g_idle_add");
    return id ? id : real(priority, function, data, done);
}

RT_INTERPOSE(unsigned, g_idle_add, source_callback *function, void *data) {
    RT_BEHIND(g_idle_add);
    unsigned id = add_idle(PRIORITY_IDLE, on_source, (uint64_t)function, data, NULL, RT_SITE, "g_idle_add");
    return id ? id : real(function, data);
}

RT_INTERPOSE(unsigned, g_idle_add_once, once_callback *function, void *data) {
    RT_BEHIND(g_idle_add_once);
    unsigned id = add_idle(PRIORITY_IDLE, on_once, (uint64_t)function, data, NULL, RT_SITE, "g_idle_add_once");
    return id ? id : real(function, data);
}

/* GLib puts such timers together: when one of them is due is its own affair. */
RT_INTERPOSE(unsigned, g_timeout_add_seconds_full, int priority, unsigned interval, source_callback *function,
             void *data, notify *done) {
    RT_BEHIND(g_timeout_add_seconds_full);
    struct rt_registration new;
    if (begin(&new, (uint64_t)function, data, done, RT_SITE, "g_timeout_add_seconds"))
        return end(&new, real(priority, interval, on_source, new.link, on_destroy));
    return end(&new, real(priority, interval, function, data, done));
}

RT_INTERPOSE(unsigned, g_timeout_add_seconds, unsigned interval, source_callback *function, void *data) {
    RT_BEHIND(g_timeout_add_seconds);
    RT_FIND(full, g_timeout_add_seconds_full);
    struct rt_registration new;
    if (begin(&new, (uint64_t)function, data, NULL, RT_SITE, "g_timeout_add_seconds"))
        return end(&new, full(PRIORITY_DEFAULT, interval, on_source, new.link, on_destroy));
    return end(&new, real(interval, function, data));
}

/* The public heads of GSource and GSourceFuncs. */
struct source_functions {
    uint64_t prepare, check, dispatch, finalize;
};
struct source {
    void *callback_data, *callback_functions;
    const struct source_functions *functions;
};

/* GLib's own types and GIO's hand the user data to the callback, last of three arguments at most. What the dispatching
 * function of any other type does with it is its author's. */
static bool passes_data(const struct source *source) {
    return source &&
           (rt_lies_in(source->functions->dispatch, STEM) || rt_lies_in(source->functions->dispatch, "libgio-2.0.so"));
}

RT_INTERPOSE(void, g_source_set_callback, struct source *source, any_callback *function, void *data, notify *done) {
    RT_BEHIND(g_source_set_callback);
    struct rt_registration new;
    if (begin(&new, passes_data(source) ? (uint64_t)function : 0, data, done, RT_SITE, "g_source_set_callback"))
        real(source, on_any, new.link, on_destroy);
    else
        real(source, function, data, done);
    rt_settle(&new, true);
}

RT_INTERPOSE(unsigned, g_io_add_watch_full, void *channel, int priority, unsigned condition, watch_callback *function,
             void *data, notify *done) {
    RT_BEHIND(g_io_add_watch_full);
    struct rt_registration new;
    if (begin(&new, (uint64_t)function, data, done, RT_SITE, "g_io_add_watch"))
        return end(&new, real(channel, priority, condition, on_watch, new.link, on_destroy));
    return end(&new, real(channel, priority, condition, function, data, done));
}

RT_INTERPOSE(unsigned, g_io_add_watch, void *channel, unsigned condition, watch_callback *function, void *data) {
    RT_BEHIND(g_io_add_watch);
    RT_FIND(full, g_io_add_watch_full);
    struct rt_registration new;
    if (begin(&new, (uint64_t)function, data, NULL, RT_SITE, "g_io_add_watch"))
        return end(&new, full(channel, PRIORITY_DEFAULT, condition, on_watch, new.link, on_destroy));
    return end(&new, real(channel, condition, function, data));
}

RT_INTERPOSE(unsigned, g_unix_fd_add_full, int priority, int fd, unsigned condition, watch_callback *function,
             void *data, notify *done) {
    RT_BEHIND(g_unix_fd_add_full);
    struct rt_registration new;
    if (begin(&new, (uint64_t)function, data, done, RT_SITE, "g_unix_fd_add"))
        return end(&new, real(priority, fd, condition, on_watch, new.link, on_destroy));
    return end(&new, real(priority, fd, condition, function, data, done));
}

RT_INTERPOSE(unsigned, g_unix_fd_add, int fd, unsigned condition, watch_callback *function, void *data) {
    RT_BEHIND(g_unix_fd_add);
    RT_FIND(full, g_unix_fd_add_full);
    struct rt_registration new;
    if (begin(&new, (uint64_t)function, data, NULL, RT_SITE, "g_unix_fd_add"))
        return end(&new, full(PRIORITY_DEFAULT, fd, condition, on_watch, new.link, on_destroy));
    return end(&new, real(fd, condition, function, data));
}

RT_INTERPOSE(unsigned, g_child_watch_add_full, int priority, int pid, child_callback *function, void *data,
             notify *done) {
    RT_BEHIND(g_child_watch_add_full);
    struct rt_registration new;
    if (begin(&new, (uint64_t)function, data, done, RT_SITE, "g_child_watch_add"))
        return end(&new, real(priority, pid, on_child, new.link, on_destroy));
    return end(&new, real(priority, pid, function, data, done));
}

RT_INTERPOSE(unsigned, g_child_watch_add, int pid, child_callback *function, void *data) {
    RT_BEHIND(g_child_watch_add);
    RT_FIND(full, g_child_watch_add_full);
    struct rt_registration new;
    if (begin(&new, (uint64_t)function, data, NULL, RT_SITE, "g_child_watch_add"))
        return end(&new, full(PRIORITY_DEFAULT, pid, on_child, new.link, on_destroy));
    return end(&new, real(pid, function, data));
}

RT_INTERPOSE(void, g_main_context_invoke_full, void *context, int priority, source_callback *function, void *data,
             notify *done) {
    RT_BEHIND(g_main_context_invoke_full);
    struct rt_registration new;
    bool ours = begin(&new, (uint64_t)function, data, done, RT_SITE, "g_main_context_invoke");
    if (ours) {
        recount_link_due(new.link, 0, 1);
        real(context, priority, on_source, new.link, on_destroy);
    } else {
        real(context, priority, function, data, done);
    }
    rt_settle(&new, true);
}

RT_INTERPOSE(void, g_main_context_invoke, void *context, source_callback *function, void *data) {
    RT_BEHIND(g_main_context_invoke);
    RT_FIND(full, g_main_context_invoke_full);
    struct rt_registration new;
    if (begin(&new, (uint64_t)function, data, NULL, RT_SITE, "g_main_context_invoke")) {
        recount_link_due(new.link, 0, 1);
        full(context, PRIORITY_DEFAULT, on_source, new.link, on_destroy);
    } else {
        real(context, function, data);
    }
    rt_settle(&new, true);
}

/* ---- sources looked up by their user data ---- */

#define LOOKUP(result, name, parameters, ...)                                                                          \
    RT_INTERPOSE_AS(result, name, parameters) {                                                                        \
        RT_BEHIND(name);                                                                                               \
        void *host = data;                                                                                             \
        result found = 0;                                                                                              \
        const struct rt_link *link = recount_link_find(rt_link_key(host, SOURCE) | RT_LINK_MANY);                      \
        for (; link && !found; link = recount_link_find_next(link)) {                                                  \
            data = (void *)(uintptr_t)link;                                                                            \
            found = real(__VA_ARGS__);                                                                                 \
        }                                                                                                              \
        data = host;                                                                                                   \
        return found ? found : real(__VA_ARGS__);                                                                      \
    }

LOOKUP(int, g_source_remove_by_user_data, (void *data), data)
LOOKUP(int, g_idle_remove_by_data, (void *data), data)
LOOKUP(int, g_source_remove_by_funcs_user_data, (void *functions, void *data), functions, data)
LOOKUP(void *, g_main_context_find_source_by_user_data, (void *context, void *data), context, data)
LOOKUP(void *, g_main_context_find_source_by_funcs_user_data, (void *context, void *functions, void *data), context,
       functions, data)

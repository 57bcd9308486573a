/*
 * libuv. A callback is given its handle or request and nothing of ours, so the registration is found by that address
 * and the kind of callback. Requests serve once; a handle's registrations stay until it is closed.
 */
#include "instrument/adapters/adapter.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

#include "instrument/safe.h"

#define SONAME "libuv.so.1"
#define STEM "libuv.so"
#define MS UINT64_C(1000000)

enum kind { TIMER = 1, IDLE, PREPARE, CHECK, POLL, ASYNC, SIGNAL, LISTEN, READ, RECEIVE, CLOSE, REQUEST, WORK, AFTER };

/* The callbacks' types: of a handle or request, and ... */
typedef void plain(void *);
typedef void with_status(void *, int);
typedef void with_events(void *, int, int);
typedef void with_bytes(void *, ssize_t, const void *);
typedef void with_datagram(void *, ssize_t, const void *, const void *, unsigned);
typedef void with_result(void *, int, void *);
typedef void with_names(void *, int, const char *, const char *);
typedef void allocate(void *, size_t, void *);

/* The host's callback for `object`; what serves once is given back before the host can do so. */
static uint64_t enter(struct rt_running *running, void *object, enum kind kind, const void *cfa) {
    struct rt_link *link = recount_link_find(rt_link_key(object, kind));
    uint64_t host = link ? link->host[0] : 0;
    rt_callback_begin(running, link, host, cfa);
    if (kind >= REQUEST)
        recount_link_close(link);
    return host;
}

#define CALLBACK(name, kind, type, parameters, ...)                                                                    \
    static void name parameters {                                                                                      \
        struct rt_running running;                                                                                     \
        type *host = (type *)enter(&running, object, kind, __builtin_dwarf_cfa());                                     \
        if (host)                                                                                                      \
            host(__VA_ARGS__);                                                                                         \
        rt_callback_end(&running);                                                                                     \
    }

CALLBACK(on_timer, TIMER, plain, (void *object), object)
CALLBACK(on_idle, IDLE, plain, (void *object), object)
CALLBACK(on_prepare, PREPARE, plain, (void *object), object)
CALLBACK(on_check, CHECK, plain, (void *object), object)
CALLBACK(on_poll, POLL, with_events, (void *object, int status, int events), object, status, events)
CALLBACK(on_async, ASYNC, plain, (void *object), object)
CALLBACK(on_signal, SIGNAL, with_status, (void *object, int number), object, number)
CALLBACK(on_connection, LISTEN, with_status, (void *object, int status), object, status)
CALLBACK(on_read, READ, with_bytes, (void *object, ssize_t got, const void *buffer), object, got, buffer)
CALLBACK(on_datagram, RECEIVE, with_datagram,
         (void *object, ssize_t got, const void *buffer, const void *from, unsigned flags), object, got, buffer, from,
         flags)
CALLBACK(on_done, REQUEST, with_status, (void *object, int status), object, status)
CALLBACK(on_file, REQUEST, plain, (void *object), object)
CALLBACK(on_address, REQUEST, with_result, (void *object, int status, void *result), object, status, result)
CALLBACK(on_name, REQUEST, with_names, (void *object, int status, const char *node, const char *service), object,
         status, node, service)

static bool begin(struct rt_registration *registration, void *object, enum kind kind, uint64_t callback, uint64_t site,
                  const char *awaited) {
    return rt_register(registration, rt_link_key(object, kind), STEM, callback, 0, site, awaited);
}

static int end(struct rt_registration *registration, int result) {
    rt_settle(registration, result >= 0);
    return result;
}

/* ---- handles ---- */

RT_INTERPOSE(int, uv_timer_start, void *handle, plain *callback, uint64_t timeout, uint64_t repeat) {
    RT_BEHIND(uv_timer_start);
    struct rt_registration new;
    bool ours = begin(&new, handle, TIMER, (uint64_t)callback, RT_SITE, "uv_timer_start");
    if (ours)
        recount_link_due(new.link, timeout < UINT32_MAX ? timeout * MS : UINT64_MAX, repeat * MS);
    return end(&new, real(handle, ours ? on_timer : callback, timeout, repeat));
}

/* libuv itself comes here to repeat a timer: that is no new registration. */
RT_INTERPOSE(int, uv_timer_again, void *handle) {
    RT_BEHIND(uv_timer_again);
    uint64_t site = RT_SITE, key = rt_link_key(handle, TIMER);
    int result = real(handle);
    struct rt_link *link = result == 0 ? recount_link_find(key) : NULL;
    if (!link || rt_lies_in(site, STEM))
        return result;
    uint64_t period = link->period;
    link = recount_link_open(key, site, "uv_timer_again");
    if (link && period) {
        link->ready = link->since + period;
        link->period = period;
    }
    return result;
}

int uv_is_active(const void *handle);

static bool is_active(const void *handle) {
    RT_FIND(real, uv_is_active);
    return real && real(handle);
}

/* A watcher that is active keeps its callback, whatever else it is started with. An idle one is always ready. */
#define LOOP_WATCHER(name, kind, callback_of_ours)                                                                     \
    RT_INTERPOSE(int, name, void *handle, plain *callback) {                                                           \
        RT_BEHIND(name);                                                                                               \
        struct rt_registration new;                                                                                    \
        if (is_active(handle))                                                                                         \
            return real(handle, callback);                                                                             \
        bool ours = begin(&new, handle, kind, (uint64_t)callback, RT_SITE, #name);                                     \
        if (ours && (kind) == IDLE)                                                                                    \
            recount_link_due(new.link, 0, 1);                                                                          \
        return end(&new, real(handle, ours ? callback_of_ours : callback));                                            \
    }

LOOP_WATCHER(uv_idle_start, IDLE, on_idle)
LOOP_WATCHER(uv_prepare_start, PREPARE, on_prepare)
LOOP_WATCHER(uv_check_start, CHECK, on_check)

RT_INTERPOSE(int, uv_poll_start, void *handle, int events, with_events *callback) {
    RT_BEHIND(uv_poll_start);
    struct rt_registration new;
    bool ours = begin(&new, handle, POLL, (uint64_t)callback, RT_SITE, "uv_poll_start");
    return end(&new, real(handle, events, ours ? on_poll : callback));
}

int uv_async_send(void *handle);

static void find_async_send(void);

/* What a signal's handler may call is found here, where nothing forbids a lookup. */
RT_INTERPOSE(int, uv_async_init, void *loop, void *handle, plain *callback) {
    RT_BEHIND(uv_async_init);
    struct rt_registration new;
    find_async_send();
    bool ours = begin(&new, handle, ASYNC, (uint64_t)callback, RT_SITE, "uv_async_init");
    return end(&new, real(loop, handle, ours ? on_async : callback));
}

/* Any thread, and a signal's handler. */
RT_INTERPOSE(int, uv_async_send, void *handle) {
    RT_BEHIND(uv_async_send);
    struct rt_link *link = recount_link_find(rt_link_key(handle, ASYNC));
    if (link)
        recount_link_ready(link);
    return real(handle);
}

static void find_async_send(void) {
    rt_resolve(&rt_interposed_uv_async_send, (uint64_t)find_async_send);
}

#define SIGNAL_START(name)                                                                                             \
    RT_INTERPOSE(int, name, void *handle, with_status *callback, int number) {                                         \
        RT_BEHIND(name);                                                                                               \
        struct rt_registration new;                                                                                    \
        bool ours = begin(&new, handle, SIGNAL, (uint64_t)callback, RT_SITE, #name);                                   \
        return end(&new, real(handle, ours ? on_signal : callback, number));                                           \
    }

SIGNAL_START(uv_signal_start)
SIGNAL_START(uv_signal_start_oneshot)

/* The handle's memory is the host's again when this runs, and what was registered with it is over. */
static void on_close(void *object) {
    struct rt_running running;
    for (enum kind kind = TIMER; kind < CLOSE; kind++)
        recount_link_close(recount_link_find(rt_link_key(object, kind)));
    struct rt_link *link = recount_link_find(rt_link_key(object, CLOSE));
    plain *host = link ? (plain *)link->host[0] : NULL;
    rt_callback_begin(&running, host ? link : NULL, (uint64_t)host, __builtin_dwarf_cfa());
    recount_link_close(link);
    if (host)
        host(object);
    rt_callback_end(&running);
}

RT_INTERPOSE(void, uv_close, void *handle, plain *callback) {
    RT_BEHIND(uv_close);
    bool none = rt_registering || rt_lies_in((uint64_t)callback, STEM);
    struct rt_link *link = none ? NULL : recount_link_open(rt_link_key(handle, CLOSE), RT_SITE, "uv_close");
    if (link)
        link->host[0] = (uint64_t)callback;
    real(handle, link ? on_close : callback);
}

/* ---- streams and datagrams ---- */

RT_INTERPOSE(int, uv_listen, void *stream, int backlog, with_status *callback) {
    RT_BEHIND(uv_listen);
    struct rt_registration new;
    bool ours = begin(&new, stream, LISTEN, (uint64_t)callback, RT_SITE, "uv_listen");
    return end(&new, real(stream, backlog, ours ? on_connection : callback));
}

RT_INTERPOSE(int, uv_read_start, void *stream, allocate *room, with_bytes *callback) {
    RT_BEHIND(uv_read_start);
    struct rt_registration new;
    bool ours = begin(&new, stream, READ, (uint64_t)callback, RT_SITE, "uv_read_start");
    return end(&new, real(stream, room, ours ? on_read : callback));
}

RT_INTERPOSE(int, uv_write, void *request, void *stream, const void *buffers, unsigned count, with_status *callback) {
    RT_BEHIND(uv_write);
    struct rt_registration new;
    bool ours = begin(&new, request, REQUEST, (uint64_t)callback, RT_SITE, "uv_write");
    return end(&new, real(request, stream, buffers, count, ours ? on_done : callback));
}

RT_INTERPOSE(int, uv_write2, void *request, void *stream, const void *buffers, unsigned count, void *sent,
             with_status *callback) {
    RT_BEHIND(uv_write2);
    struct rt_registration new;
    bool ours = begin(&new, request, REQUEST, (uint64_t)callback, RT_SITE, "uv_write2");
    return end(&new, real(request, stream, buffers, count, sent, ours ? on_done : callback));
}

RT_INTERPOSE(int, uv_shutdown, void *request, void *stream, with_status *callback) {
    RT_BEHIND(uv_shutdown);
    struct rt_registration new;
    bool ours = begin(&new, request, REQUEST, (uint64_t)callback, RT_SITE, "uv_shutdown");
    return end(&new, real(request, stream, ours ? on_done : callback));
}

RT_INTERPOSE(int, uv_tcp_connect, void *request, void *handle, const void *address, with_status *callback) {
    RT_BEHIND(uv_tcp_connect);
    struct rt_registration new;
    bool ours = begin(&new, request, REQUEST, (uint64_t)callback, RT_SITE, "uv_tcp_connect");
    return end(&new, real(request, handle, address, ours ? on_done : callback));
}

RT_INTERPOSE(void, uv_pipe_connect, void *request, void *handle, const char *name, with_status *callback) {
    RT_BEHIND(uv_pipe_connect);
    struct rt_registration new;
    bool ours = begin(&new, request, REQUEST, (uint64_t)callback, RT_SITE, "uv_pipe_connect");
    real(request, handle, name, ours ? on_done : callback);
    rt_settle(&new, true);
}

RT_INTERPOSE(int, uv_udp_recv_start, void *handle, allocate *room, with_datagram *callback) {
    RT_BEHIND(uv_udp_recv_start);
    struct rt_registration new;
    bool ours = begin(&new, handle, RECEIVE, (uint64_t)callback, RT_SITE, "uv_udp_recv_start");
    return end(&new, real(handle, room, ours ? on_datagram : callback));
}

RT_INTERPOSE(int, uv_udp_send, void *request, void *handle, const void *buffers, unsigned count, const void *address,
             with_status *callback) {
    RT_BEHIND(uv_udp_send);
    struct rt_registration new;
    bool ours = begin(&new, request, REQUEST, (uint64_t)callback, RT_SITE, "uv_udp_send");
    return end(&new, real(request, handle, buffers, count, address, ours ? on_done : callback));
}

/* ---- work on other threads ---- */

/* When the work is done, what comes after it is ready. */
static void on_work(void *request) {
    struct rt_running running;
    plain *host = (plain *)enter(&running, request, WORK, __builtin_dwarf_cfa());
    if (host)
        host(request);
    rt_callback_end(&running);
    struct rt_link *after = recount_link_find(rt_link_key(request, AFTER));
    if (after)
        recount_link_ready(after);
}

/* Work that was cancelled has not run. */
static void on_after_work(void *request, int status) {
    struct rt_running running;
    recount_link_close(recount_link_find(rt_link_key(request, WORK)));
    with_status *host = (with_status *)enter(&running, request, AFTER, __builtin_dwarf_cfa());
    if (host)
        host(request, status);
    rt_callback_end(&running);
}

RT_INTERPOSE(int, uv_queue_work, void *loop, void *request, plain *work, with_status *after) {
    RT_BEHIND(uv_queue_work);
    struct rt_registration first, second;
    uint64_t site = RT_SITE;
    bool ours = begin(&first, request, WORK, (uint64_t)work, site, "uv_queue_work");
    if (ours) {
        recount_link_due(first.link, 0, 0);
        first.link->flags = RT_LINK_POOL;
    }
    rt_registering--; /* both are the host's */
    bool ours_too = begin(&second, request, AFTER, (uint64_t)after, site, "uv_queue_work");
    rt_registering++;
    int result = real(loop, request, ours ? on_work : work, ours_too ? on_after_work : after);
    rt_settle(&second, result >= 0);
    return end(&first, result);
}

RT_INTERPOSE(int, uv_getaddrinfo, void *loop, void *request, with_result *callback, const char *node,
             const char *service, const void *hints) {
    RT_BEHIND(uv_getaddrinfo);
    struct rt_registration new;
    bool ours = begin(&new, request, REQUEST, (uint64_t)callback, RT_SITE, "uv_getaddrinfo");
    return end(&new, real(loop, request, ours ? on_address : callback, node, service, hints));
}

RT_INTERPOSE(int, uv_getnameinfo, void *loop, void *request, with_names *callback, const void *address, int flags) {
    RT_BEHIND(uv_getnameinfo);
    struct rt_registration new;
    bool ours = begin(&new, request, REQUEST, (uint64_t)callback, RT_SITE, "uv_getnameinfo");
    return end(&new, real(loop, request, ours ? on_name : callback, address, flags));
}

/* ---- files: without a callback they are synchronous ---- */

#define FILE_FUNCTION(name, parameters, ...)                                                                           \
    RT_INTERPOSE_AS(int, name, parameters) {                                                                           \
        RT_BEHIND(name);                                                                                               \
        struct rt_registration new;                                                                                    \
        bool ours = begin(&new, request, REQUEST, (uint64_t)callback, RT_SITE, #name);                                 \
        return end(&new, real(loop, request, __VA_ARGS__, ours ? on_file : callback));                                 \
    }

FILE_FUNCTION(uv_fs_open, (void *loop, void *request, const char *path, int flags, int mode, plain *callback), path,
              flags, mode)
FILE_FUNCTION(uv_fs_close, (void *loop, void *request, int file, plain *callback), file)
FILE_FUNCTION(uv_fs_read,
              (void *loop, void *request, int file, const void *buffers, unsigned count, int64_t offset,
               plain *callback),
              file, buffers, count, offset)
FILE_FUNCTION(uv_fs_write,
              (void *loop, void *request, int file, const void *buffers, unsigned count, int64_t offset,
               plain *callback),
              file, buffers, count, offset)
FILE_FUNCTION(uv_fs_stat, (void *loop, void *request, const char *path, plain *callback), path)
FILE_FUNCTION(uv_fs_lstat, (void *loop, void *request, const char *path, plain *callback), path)
FILE_FUNCTION(uv_fs_fstat, (void *loop, void *request, int file, plain *callback), file)
FILE_FUNCTION(uv_fs_fsync, (void *loop, void *request, int file, plain *callback), file)
FILE_FUNCTION(uv_fs_unlink, (void *loop, void *request, const char *path, plain *callback), path)
FILE_FUNCTION(uv_fs_mkdir, (void *loop, void *request, const char *path, int mode, plain *callback), path, mode)
FILE_FUNCTION(uv_fs_rmdir, (void *loop, void *request, const char *path, plain *callback), path)
FILE_FUNCTION(uv_fs_scandir, (void *loop, void *request, const char *path, int flags, plain *callback), path, flags)
FILE_FUNCTION(uv_fs_rename, (void *loop, void *request, const char *path, const char *to, plain *callback), path, to)

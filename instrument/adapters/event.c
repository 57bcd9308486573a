/*
 * libevent: events, bufferevents and listeners. A callback is given an argument of the host's choosing, so that is
 * where our record goes; whoever asks for callback and argument gets the host's own.
 */
#include "instrument/adapters/adapter.h"

#include <sys/time.h>

#include "instrument/safe.h"

#define SONAME "libevent-2.1.so.7"
#define STEM "libevent"

enum kind { EVENT = 1, BUFFER = 2, LISTENER = 3, ONCE = 4 };

#define EV_TIMEOUT 0x01
#define EV_PERSIST 0x10

typedef void event_callback(int, short, void *);
typedef void buffer_callback(void *, void *);
typedef void buffer_event_callback(void *, short, void *);
typedef void listener_callback(void *, int, void *, int, void *);

/* ---- events ---- */

/* Only a timeout came when it was due. */
static void on_event(int fd, short what, void *argument) {
    struct rt_running running;
    struct rt_link *link = argument;
    event_callback *host = (event_callback *)link->host[0];
    void *its = (void *)link->host[1];
    if (!(what & EV_TIMEOUT))
        link->ready = 0;
    rt_callback_begin(&running, link, (uint64_t)host, __builtin_dwarf_cfa());
    host(fd, what, its);
    rt_callback_end(&running);
}

static void on_once(int fd, short what, void *argument) {
    struct rt_running running;
    struct rt_link *link = argument;
    event_callback *host = (event_callback *)link->host[0];
    void *its = (void *)link->host[1];
    rt_callback_begin(&running, link, (uint64_t)host, __builtin_dwarf_cfa());
    recount_link_close(link);
    host(fd, what, its);
    rt_callback_end(&running);
}

event_callback *event_get_callback(const void *event);
void *event_get_callback_arg(const void *event);
void *event_self_cbarg(void);

static struct rt_link *link_of(const void *event) {
    RT_FIND(real, event_get_callback);
    RT_FIND(get_argument, event_get_callback_arg);
    return real(event) == on_event ? get_argument(event) : NULL;
}

static void due(struct rt_link *link, const struct timeval *timeout, bool again) {
    if (!timeout || timeout->tv_sec < 0 || timeout->tv_sec > UINT32_MAX)
        return;
    uint64_t ns = (uint64_t)timeout->tv_sec * UINT64_C(1000000000) + (uint64_t)timeout->tv_usec * 1000;
    recount_link_due(link, ns, again ? ns : 0);
}

RT_INTERPOSE(int, event_assign, void *event, void *base, int fd, short events, event_callback *callback,
             void *argument) {
    RT_BEHIND(event_assign);
    RT_FIND(self, event_self_cbarg);
    struct rt_registration new;
    uint64_t its = (uint64_t)(argument == self() ? event : argument);
    bool ours = rt_register(&new, rt_link_key(event, EVENT), STEM, (uint64_t)callback, its, RT_SITE, "event_assign");
    if (ours)
        new.link->host[2] = (uint64_t)(events & EV_PERSIST);
    int result = real(event, base, fd, events, ours ? on_event : callback, ours ? new.link : argument);
    rt_settle(&new, result == 0);
    return result;
}

RT_INTERPOSE(void, event_set, void *event, int fd, short events, event_callback *callback, void *argument) {
    RT_BEHIND(event_set);
    struct rt_registration new;
    bool ours = rt_register(&new, rt_link_key(event, EVENT), STEM, (uint64_t)callback, (uint64_t)argument, RT_SITE,
                            "event_set");
    if (ours)
        new.link->host[2] = (uint64_t)(events & EV_PERSIST);
    real(event, fd, events, ours ? on_event : callback, ours ? new.link : argument);
    rt_settle(&new, true);
}

/* Its address is known afterwards: it is then assigned once more. */
RT_INTERPOSE(void *, event_new, void *base, int fd, short events, event_callback *callback, void *argument) {
    RT_BEHIND(event_new);
    RT_FIND(assign, event_assign);
    RT_FIND(get_argument, event_get_callback_arg);
    struct rt_registration new;
    int depth = rt_registering++;
    void *event = real(base, fd, events, callback, argument);
    rt_registering = depth;
    if (!event)
        return NULL;
    uint64_t its = (uint64_t)get_argument(event);
    bool ours = rt_register(&new, rt_link_key(event, EVENT), STEM, (uint64_t)callback, its, RT_SITE, "event_new");
    if (ours) {
        new.link->host[2] = (uint64_t)(events & EV_PERSIST);
        ours = assign(event, base, fd, events, on_event, new.link) == 0;
    }
    rt_settle(&new, ours);
    return event;
}

/* Who arms an event waits for it. */
RT_INTERPOSE(int, event_add, void *event, const struct timeval *timeout) {
    RT_BEHIND(event_add);
    struct rt_link *link = rt_registering ? NULL : link_of(event);
    if (link)
        link = recount_link_open(rt_link_key(event, EVENT), RT_SITE, "event_add");
    if (link)
        due(link, timeout, link->host[2] != 0);
    return real(event, timeout);
}

RT_INTERPOSE(void, event_free, void *event) {
    RT_BEHIND(event_free);
    struct rt_link *link = link_of(event);
    real(event);
    recount_link_close(link);
}

RT_INTERPOSE(event_callback *, event_get_callback, const void *event) {
    RT_BEHIND(event_get_callback);
    const struct rt_link *link = link_of(event);
    return link ? (event_callback *)link->host[0] : real(event);
}

RT_INTERPOSE(void *, event_get_callback_arg, const void *event) {
    RT_BEHIND(event_get_callback_arg);
    const struct rt_link *link = link_of(event);
    return link ? (void *)link->host[1] : real(event);
}

RT_INTERPOSE(void, event_get_assignment, const void *event, void **base, int *fd, short *events,
             event_callback **callback, void **argument) {
    RT_BEHIND(event_get_assignment);
    const struct rt_link *link = link_of(event);
    real(event, base, fd, events, callback, argument);
    if (link && callback)
        *callback = (event_callback *)link->host[0];
    if (link && argument)
        *argument = (void *)link->host[1];
}

RT_INTERPOSE(int, event_base_once, void *base, int fd, short events, event_callback *callback, void *argument,
             const struct timeval *timeout) {
    RT_BEHIND(event_base_once);
    struct rt_registration new;
    uint64_t key = rt_link_key(base, ONCE) | RT_LINK_MANY;
    bool ours = rt_register(&new, key, STEM, (uint64_t)callback, (uint64_t)argument, RT_SITE, "event_base_once");
    if (ours)
        due(new.link, events & EV_TIMEOUT ? timeout : NULL, false);
    int result = real(base, fd, events, ours ? on_once : callback, ours ? new.link : argument, timeout);
    rt_settle(&new, result == 0);
    return result;
}

/* ---- bufferevents: three callbacks and one argument ---- */

#define READ 0
#define WRITE 2
#define HAPPENED 3

static void on_buffer(void *buffer, struct rt_link *link, int which, const void *cfa) {
    struct rt_running running;
    buffer_callback *host = (buffer_callback *)link->host[which];
    rt_callback_begin(&running, link, (uint64_t)host, cfa);
    host(buffer, (void *)link->host[1]);
    rt_callback_end(&running);
}

static void on_read(void *buffer, void *argument) {
    on_buffer(buffer, argument, READ, __builtin_dwarf_cfa());
}

static void on_write(void *buffer, void *argument) {
    on_buffer(buffer, argument, WRITE, __builtin_dwarf_cfa());
}

static void on_happened(void *buffer, short what, void *argument) {
    struct rt_running running;
    struct rt_link *link = argument;
    buffer_event_callback *host = (buffer_event_callback *)link->host[HAPPENED];
    rt_callback_begin(&running, link, (uint64_t)host, __builtin_dwarf_cfa());
    host(buffer, what, (void *)link->host[1]);
    rt_callback_end(&running);
}

RT_INTERPOSE(void, bufferevent_setcb, void *buffer, buffer_callback *read, buffer_callback *write,
             buffer_event_callback *happened, void *argument) {
    RT_BEHIND(bufferevent_setcb);
    struct rt_registration new;
    uint64_t first = read ? (uint64_t)read : write ? (uint64_t)write : (uint64_t)happened;
    if (rt_register(&new, rt_link_key(buffer, BUFFER), STEM, first, (uint64_t)argument, RT_SITE, "bufferevent_setcb")) {
        new.link->host[READ] = (uint64_t)read;
        new.link->host[WRITE] = (uint64_t)write;
        new.link->host[HAPPENED] = (uint64_t)happened;
        read = read ? on_read : NULL;
        write = write ? on_write : NULL;
        happened = happened ? on_happened : NULL;
        argument = new.link;
    }
    real(buffer, read, write, happened, argument);
    rt_settle(&new, true);
}

RT_INTERPOSE(void, bufferevent_getcb, void *buffer, buffer_callback **read, buffer_callback **write,
             buffer_event_callback **happened, void **argument) {
    RT_BEHIND(bufferevent_getcb);
    buffer_callback *its_read, *its_write;
    buffer_event_callback *its_happened;
    void *its_argument;
    real(buffer, &its_read, &its_write, &its_happened, &its_argument);
    const struct rt_link *link = its_argument;
    if (its_read == on_read || its_write == on_write || its_happened == on_happened) {
        its_read = (buffer_callback *)link->host[READ];
        its_write = (buffer_callback *)link->host[WRITE];
        its_happened = (buffer_event_callback *)link->host[HAPPENED];
        its_argument = (void *)link->host[1];
    }
    if (read)
        *read = its_read;
    if (write)
        *write = its_write;
    if (happened)
        *happened = its_happened;
    if (argument)
        *argument = its_argument;
}

RT_INTERPOSE(void, bufferevent_free, void *buffer) {
    RT_BEHIND(bufferevent_free);
    real(buffer);
    recount_link_close(recount_link_find(rt_link_key(buffer, BUFFER)));
}

/* ---- listeners ---- */

static void on_accept(void *listener, int fd, void *address, int length, void *argument) {
    struct rt_running running;
    struct rt_link *link = argument;
    listener_callback *host = (listener_callback *)link->host[0];
    rt_callback_begin(&running, link, (uint64_t)host, __builtin_dwarf_cfa());
    host(listener, fd, address, length, (void *)link->host[1]);
    rt_callback_end(&running);
}

void evconnlistener_set_cb(void *listener, listener_callback *callback, void *argument);

/* The listener is there, and its callback the host's own, until it gets ours. */
static void *listen_for(void *listener, listener_callback *callback, void *argument, uint64_t site,
                        const char *awaited) {
    RT_FIND(real, evconnlistener_set_cb);
    struct rt_registration new;
    bool ours = listener && rt_register(&new, rt_link_key(listener, LISTENER), STEM, (uint64_t)callback,
                                        (uint64_t)argument, site, awaited);
    if (ours)
        real(listener, on_accept, new.link);
    if (listener)
        rt_settle(&new, true);
    return listener;
}

RT_INTERPOSE(void *, evconnlistener_new, void *base, listener_callback *callback, void *argument, unsigned flags,
             int backlog, int fd) {
    RT_BEHIND(evconnlistener_new);
    return listen_for(real(base, callback, argument, flags, backlog, fd), callback, argument, RT_SITE,
                      "evconnlistener_new");
}

RT_INTERPOSE(void *, evconnlistener_new_bind, void *base, listener_callback *callback, void *argument, unsigned flags,
             int backlog, const void *address, int length) {
    RT_BEHIND(evconnlistener_new_bind);
    int depth = rt_registering++;
    void *listener = real(base, callback, argument, flags, backlog, address, length);
    rt_registering = depth;
    return listen_for(listener, callback, argument, RT_SITE, "evconnlistener_new_bind");
}

RT_INTERPOSE(void, evconnlistener_set_cb, void *listener, listener_callback *callback, void *argument) {
    RT_BEHIND(evconnlistener_set_cb);
    struct rt_registration new;
    bool ours = rt_register(&new, rt_link_key(listener, LISTENER), STEM, (uint64_t)callback, (uint64_t)argument,
                            RT_SITE, "evconnlistener_set_cb");
    real(listener, ours ? on_accept : callback, ours ? new.link : argument);
    rt_settle(&new, true);
}

RT_INTERPOSE(void, evconnlistener_free, void *listener) {
    RT_BEHIND(evconnlistener_free);
    real(listener);
    recount_link_close(recount_link_find(rt_link_key(listener, LISTENER)));
}

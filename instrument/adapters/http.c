/* libevent's HTTP server and client. Here, too, our record takes the place of the host's argument. */
#include "instrument/adapters/adapter.h"

#include "instrument/safe.h"

#define SONAME "libevent_extra-2.1.so.7"
#define STEM "libevent"

enum kind { GENERAL = 5, PATH = 6, REQUEST = 7, CLOSED = 8 };

typedef void http_callback(void *, void *);

static void run(void *object, void *argument, bool once, const void *cfa) {
    struct rt_running running;
    struct rt_link *link = argument;
    http_callback *host = (http_callback *)link->host[0];
    void *its = (void *)link->host[1];
    rt_callback_begin(&running, link, (uint64_t)host, cfa);
    if (once)
        recount_link_close(link);
    host(object, its);
    rt_callback_end(&running);
}

static void on_request(void *request, void *argument) {
    run(request, argument, false, __builtin_dwarf_cfa());
}

static void on_closed(void *connection, void *argument) {
    run(connection, argument, false, __builtin_dwarf_cfa());
}

static void on_answer(void *request, void *argument) {
    run(request, argument, true, __builtin_dwarf_cfa());
}

RT_INTERPOSE(void, evhttp_set_gencb, void *http, http_callback *callback, void *argument) {
    RT_BEHIND(evhttp_set_gencb);
    struct rt_registration new;
    bool ours = rt_register(&new, rt_link_key(http, GENERAL), STEM, (uint64_t)callback, (uint64_t)argument, RT_SITE,
                            "evhttp_set_gencb");
    real(http, ours ? on_request : callback, ours ? new.link : argument);
    rt_settle(&new, true);
}

RT_INTERPOSE(int, evhttp_set_cb, void *http, const char *path, http_callback *callback, void *argument) {
    RT_BEHIND(evhttp_set_cb);
    struct rt_registration new;
    bool ours = rt_register(&new, rt_link_key(http, PATH) | RT_LINK_MANY, STEM, (uint64_t)callback, (uint64_t)argument,
                            RT_SITE, "evhttp_set_cb");
    int result = real(http, path, ours ? on_request : callback, ours ? new.link : argument);
    rt_settle(&new, result == 0);
    return result;
}

/* Its callback comes once at most; the record of a request that is given up before stays behind. */
RT_INTERPOSE(void *, evhttp_request_new, http_callback *callback, void *argument) {
    RT_BEHIND(evhttp_request_new);
    struct rt_registration new;
    bool ours = rt_register(&new, rt_link_key(argument, REQUEST) | RT_LINK_MANY, STEM, (uint64_t)callback,
                            (uint64_t)argument, RT_SITE, "evhttp_request_new");
    void *request = real(ours ? on_answer : callback, ours ? new.link : argument);
    rt_settle(&new, request != NULL);
    return request;
}

RT_INTERPOSE(void, evhttp_connection_set_closecb, void *connection, http_callback *callback, void *argument) {
    RT_BEHIND(evhttp_connection_set_closecb);
    struct rt_registration new;
    bool ours = rt_register(&new, rt_link_key(connection, CLOSED), STEM, (uint64_t)callback, (uint64_t)argument,
                            RT_SITE, "evhttp_connection_set_closecb");
    real(connection, ours ? on_closed : callback, ours ? new.link : argument);
    rt_settle(&new, true);
}

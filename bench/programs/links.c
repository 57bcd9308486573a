/* links WHAT N: N registrations, callbacks or both, of libuv, libevent or GLib. Prints the thread's CPU nanoseconds for
 * each. */
#include <event2/event.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#define UNSEEN __attribute__((no_instrument_function))

static long left;
static uv_timer_t timer;

UNSEEN static double cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void on_timer(uv_timer_t *handle) {
    (void)handle;
}

static void on_idle(uv_idle_t *handle) {
    if (--left == 0)
        uv_idle_stop(handle);
}

static void on_turn(uv_timer_t *handle) {
    if (--left > 0)
        uv_timer_start(handle, on_turn, 0, 0);
}

static void on_event(int fd, short what, void *argument) {
    (void)fd;
    (void)what;
    (void)argument;
}

static gboolean on_source(gpointer data) {
    return data != NULL;
}

UNSEEN static void uv_register(void) {
    uv_timer_init(uv_default_loop(), &timer);
    while (left--)
        uv_timer_start(&timer, on_timer, 1000000, 0);
}

UNSEEN static void uv_callback(void) {
    uv_idle_t idle;
    uv_idle_init(uv_default_loop(), &idle);
    uv_idle_start(&idle, on_idle);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

UNSEEN static void uv_chain(void) {
    uv_timer_init(uv_default_loop(), &timer);
    uv_timer_start(&timer, on_turn, 0, 0);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

UNSEEN static void event_register(void) {
    struct timeval later = {1000, 0};
    struct event *event = event_new(event_base_new(), -1, 0, on_event, NULL);
    while (left--)
        event_add(event, &later);
}

UNSEEN static void glib_chain(void) {
    while (left--) {
        g_idle_add(on_source, NULL);
        g_main_context_iteration(NULL, FALSE);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } all[] = {{"uv-register", uv_register},
               {"uv-callback", uv_callback},
               {"uv-chain", uv_chain},
               {"event-register", event_register},
               {"glib-chain", glib_chain}};
    long count = left = argc == 3 ? atol(argv[2]) : 0;
    for (size_t i = 0; count > 0 && i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i].name, argv[1]) != 0)
            continue;
        double start = cpu_ns();
        all[i].run();
        printf("%.1f\n", (cpu_ns() - start) / (double)count);
        return 0;
    }
    return 2;
}

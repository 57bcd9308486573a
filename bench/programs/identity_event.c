/* identity_event N: N times an event of libevent that is due at once is registered and its callback called. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

static long left;
static struct event *event;

static void on_event(evutil_socket_t fd, short what, void *argument) {
    (void)fd, (void)what, (void)argument;
    static const struct timeval at_once = {0, 0};
    if (--left > 0)
        event_add(event, &at_once);
}

int main(int argc, char **argv) {
    struct event_base *base = event_base_new();
    left = (argc > 1 ? atol(argv[1]) : 10) + 1;
    event = evtimer_new(base, on_event, NULL);
    on_event(-1, 0, NULL);
    event_base_dispatch(base);
    printf("%ld\n", left);
    event_free(event);
    event_base_free(base);
    return 0;
}

/* identity_uv N: N times a timer of libuv that is due at once is registered and its callback called. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static long left;

static void on_timer(uv_timer_t *timer) {
    if (--left > 0)
        uv_timer_start(timer, on_timer, 0, 0);
}

int main(int argc, char **argv) {
    uv_timer_t timer;
    left = argc > 1 ? atol(argv[1]) : 10;
    uv_timer_init(uv_default_loop(), &timer);
    uv_timer_start(&timer, on_timer, 0, 0);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    printf("%ld\n", left);
    return 0;
}

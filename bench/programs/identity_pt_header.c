/* identity_pt_header N: N entries of protothreads of any pt.h, which wait each time; eight of them in turn. */
#include <pt.h>
#include <stdio.h>
#include <stdlib.h>

static struct pt threads[8];
static long polls;

__attribute__((noinline)) static PT_THREAD(thread(struct pt *pt)) {
    PT_BEGIN(pt);
    PT_WAIT_UNTIL(pt, ++polls < 0);
    PT_END(pt);
}

int main(int argc, char **argv) {
    for (int i = 0; i < 8; i++)
        PT_INIT(&threads[i]);
    for (long times = argc > 1 ? atol(argv[1]) : 10; times > 0; times--)
        (void)thread(&threads[times % 8]);
    printf("%ld\n", polls);
    return 0;
}

/* identity_pt N: N entries of a protothread, a switch over a saved line, that waits each time; eight of them in turn.
 */
#include <stdio.h>
#include <stdlib.h>

struct pt {
    unsigned short line;
    long polls;
};

__attribute__((noinline)) static int thread(struct pt *pt) {
    switch (pt->line) {
    case 0:
        for (;;) {
            pt->line = __LINE__;
            return 0;
        case __LINE__ - 2:
            pt->polls++;
        }
    default:
        return 1;
    }
}

int main(int argc, char **argv) {
    static struct pt threads[8];
    for (long times = argc > 1 ? atol(argv[1]) : 10; times > 0; times--)
        thread(&threads[times % 8]);
    printf("%ld\n", threads[0].polls);
    return 0;
}

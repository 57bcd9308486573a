/* identity_object N: N calls of a function whose first argument points to one of eight objects, like a method's. */
#include <stdio.h>
#include <stdlib.h>

struct object {
    void *kind; /* the first word is a pointer, as a table of functions or a frame would have it */
    long state;
};

__attribute__((noinline)) static void method(struct object *it, long value) {
    it->state += value;
    __asm__ volatile("" : : "r"(it) : "memory");
}

int main(int argc, char **argv) {
    static struct object objects[8];
    for (long times = argc > 1 ? atol(argv[1]) : 10; times > 0; times--)
        method(&objects[times % 8], times);
    printf("%ld\n", objects[0].state);
    return 0;
}

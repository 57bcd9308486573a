// Many allocations that are no coroutine's frame, at one place: what they cost when operator new passes through
// recount. allocate COUNT: prints the nanoseconds of one allocation and its deletion, without the loop around them.
#include <cstdio>
#include <cstdlib>
#include <ctime>

#define UNSEEN __attribute__((no_instrument_function))

UNSEEN static double now() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

UNSEEN __attribute__((noinline)) static double allocate(long count) {
    double start = now();
    for (long i = 0; i < count; i++) {
        long *made = new long(i);
        __asm__ volatile("" : : "r"(made) : "memory");
        delete made;
    }
    return (now() - start) / (double)count;
}

int main(int argc, char **argv) {
    long count = argc > 1 ? atol(argv[1]) : 10000000;
    allocate(1000);
    printf("%.2f\n", allocate(count));
}

/* Calls whose number is plain to see, also from two threads and two statics of one name (the other in the file built
 * with -DSECOND). */
#include <pthread.h>
#include <stddef.h>

#ifdef SECOND
#define NAME second_half
#else
#define NAME first_half
#endif
void first_half(int times);
void second_half(int times);

__attribute__((noinline)) static void same_name(void) {
    __asm__ volatile("");
}

void NAME(int times) {
    for (int i = 0; i < times; i++)
        same_name();
}

#ifndef SECOND
static void *thread(void *unused) {
    first_half(100000);
    return unused;
}

int main(void) {
    pthread_t other;
    pthread_create(&other, NULL, thread, NULL);
    first_half(100000);
    pthread_join(other, NULL);
    second_half(50);
    return 0;
}
#endif

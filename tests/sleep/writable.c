/* Writes its own code after a hook in it was put to sleep without files: that it may, before and after. */
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

__attribute__((noinline, section(".own,\"awx\",@progbits#"))) static int five(void) {
    __asm__ volatile("" ::: "memory");
    return 5;
}

int main(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_NOFILE, &none);
    int sum = five();
    volatile unsigned char *code = (volatile unsigned char *)(uintptr_t)five;
    *code = *code;
    printf("%d\n", sum + five());
    return 0;
}

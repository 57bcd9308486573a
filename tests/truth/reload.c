/*
 * Two libraries that come and go at the same address, with different functions at the same places.
 * shared: reload_first.c reload_other.c
 */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define ROUNDS 6
#define FIRST 5 /* leaves a visit */
#define OTHER 9
#define DEPTH 3

typedef int enter(int leaves, double *spun_ms);

static char directory[PATH_MAX];
static double first_ms, other_ms;

/* Where the library's function stood. */
NI static void *visit(const char *library, const char *function, int leaves, double *spun_ms) {
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", directory, library);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL), *found = handle ? dlsym(handle, function) : NULL;
    enter *call;
    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        exit(3);
    }
    memcpy(&call, &found, sizeof call);
    call(leaves, spun_ms);
    if (dlclose(handle) || dlopen(path, RTLD_NOW | RTLD_NOLOAD)) {
        fprintf(stderr, "%s stays\n", library);
        exit(3);
    }
    return found;
}

int main(void) {
    int reused = 0;
    if (readlink("/proc/self/exe", directory, sizeof directory - 1) < 0)
        return 3;
    dirname(directory);
    for (int i = 0; i < ROUNDS; i++) {
        void *first = visit("reload_first.so", "first_enter", FIRST, &first_ms);
        reused += visit("reload_other.so", "other_enter", OTHER, &other_ms) == first;
    }
    if (!reused) {
        fprintf(stderr, "the libraries did not meet: nothing was tested\n");
        return 3;
    }
    printf("{\"reused\":%d,\"functions\":{", reused);
    for (int i = 0; i < 2; i++) {
        const char *part = i ? "other" : "first";
        int leaves = i ? OTHER : FIRST;
        printf("\"%s_leaf\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"%s_enter\":%d,\"%s_walk\":%d},"
               "\"physical_callers\":{\"%s_enter\":%d,\"%s_walk\":%d}},",
               part, ROUNDS * (leaves + 1), ROUNDS * (leaves + 1), part, ROUNDS * leaves, part, ROUNDS, part,
               ROUNDS * leaves, part, ROUNDS);
        printf(
            "\"%s_walk\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"%s_enter\":%d,\"%s_walk\":%d}},",
            part, ROUNDS * (DEPTH + 1), ROUNDS * (DEPTH + 1), ROUNDS * DEPTH, part, ROUNDS, part, ROUNDS * DEPTH);
        printf("\"%s_spin\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"%s_enter\":%d}},"
               "\"%s_enter\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"visit\":%d}},",
               part, ROUNDS, ROUNDS, part, ROUNDS, part, ROUNDS, ROUNDS, ROUNDS);
    }
    printf("\"visit\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}}},"
           "\"running_blocked_ms\":{\"first_spin\":%.3f,\"other_spin\":%.3f}}\n",
           2 * ROUNDS, 2 * ROUNDS, 2 * ROUNDS, first_ms, other_ms);
    return 0;
}

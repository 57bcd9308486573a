/* Each allocation of the loader fails once: the load reports it and leaks nothing (the sanitizers see to that). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/load_check.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strndup(const char *text, size_t most);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strndup(const char *text, size_t most);

static long until_failure = -1; /* allocations that still succeed; below 0: all */

static bool fails(void) {
    return until_failure >= 0 && until_failure-- == 0;
}

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strndup(const char *text, size_t most) {
    return fails() ? NULL : __real_strndup(text, most);
}

Test(load_memory, every_allocation_may_fail) {
    struct rf_test *test = load_example();
    char *path = rf_test_path();
    rf_test_write(test, path, test->size);
    rf_test_free(test);
    long n = 0;
    for (;; n++) {
        struct rc_error err = {0};
        struct rc_profile *profile;
        until_failure = n;
        int result = rc_profile_load(&profile, path, &err);
        bool reached = until_failure < 0;
        until_failure = -1;
        rc_profile_free(profile);
        if (!reached) {
            cr_expect(result == 0, "%s", err.text);
            break;
        }
        cr_expect(result == -1 && profile == NULL && strstr(err.text, "no memory"), "allocation %ld: %s", n, err.text);
    }
    cr_expect(n > 50, "only %ld allocations were seen", n);
    unlink(path);
    free(path);
}

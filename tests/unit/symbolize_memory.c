/* Each allocation of the symbolizer fails once: a look-up then has no name, and nothing else happens. */
#include <criterion/criterion.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/symbolize/symbols.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strndup(const char *text, size_t most);
char *__wrap_strndup(const char *text, size_t most);
int __real_vasprintf(char **out, const char *format, va_list arguments);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __wrap_vasprintf(char **out, const char *format, va_list arguments);
int __wrap_asprintf(char **out, const char *format, ...);

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

int __wrap_vasprintf(char **out, const char *format, va_list arguments) {
    return fails() ? -1 : __real_vasprintf(out, format, arguments);
}

int __wrap_asprintf(char **out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = __wrap_vasprintf(out, format, arguments);
    va_end(arguments);
    return length;
}

static void look(struct rc_symbols *symbols, uint64_t address, bool memory) {
    const char *names[4];
    const struct rc_symbol *symbol = rc_symbols_find(symbols, address);
    cr_assert(symbol && symbol->name && symbol->base && symbol->linkage && symbol->object);
    if (memory)
        cr_assert_str_eq(symbol->base, "rc_fail");
    rc_symbols_line(symbols, address);
    rc_symbols_inlined(symbols, address, names, 4);
}

/* The program comes first. */
static int first_bias(struct dl_phdr_info *info, size_t size, void *out) {
    (void)size;
    *(uint64_t *)out = info->dlpi_addr;
    return 1;
}

/* This very program is the object; its own code says where it lies. */
Test(symbolize_memory, every_allocation_may_fail) {
    char path[256] = {0}, gone[] = "/nonexistent/x";
    cr_assert(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    extern char __executable_start, etext;
    uint64_t code = (uint64_t)(uintptr_t)rc_fail, bias = 0;
    dl_iterate_phdr(first_bias, &bias);
    struct rc_module modules[] = {{.start = (uint64_t)(uintptr_t)&__executable_start,
                                   .end = (uint64_t)(uintptr_t)&etext,
                                   .bias = bias,
                                   .path = path},
                                  {.start = 16, .end = 32, .path = gone}};
    struct rc_process process = {.modules = modules, .n_modules = 2};
    for (long n = 0;; n++) {
        struct rc_error err = {0};
        struct rc_symbols *symbols;
        until_failure = n;
        if (rc_symbols_open(&symbols, &process, &err)) {
            cr_assert(until_failure < 0 && symbols == NULL && strstr(err.text, "no memory"), "allocation %ld", n);
            until_failure = -1;
            continue;
        }
        look(symbols, code, false);
        look(symbols, 20, false);
        look(symbols, 64, false);
        bool reached = until_failure < 0;
        until_failure = -1;
        rc_symbols_close(symbols);
        if (!reached) {
            cr_assert(rc_symbols_open(&symbols, &process, &err) == 0);
            look(symbols, code, true);
            rc_symbols_close(symbols);
            cr_expect(n > 20, "only %ld allocations were seen", n);
            break;
        }
    }
}

/* Files that are cut, full of holes, or changed anywhere: an error with its reason or counted damage, never a crash. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/load_check.h"

/* A file that is all hole costs what it holds, and a huge one is refused, not waited for. */
Test(load_mutations, sparse_file) {
    char *path = rf_test_path();
    struct rf_test *test = load_example();
    rf_test_write(test, path, test->size);
    rf_test_free(test);
    cr_assert(truncate(path, (off_t)1 << 30) == 0);
    cr_expect(load_try_path(path) == 0);
    unlink(path);
    free(path);
}

Test(load_mutations, truncated_anywhere) {
    char *path = rf_test_path();
    struct rf_test *test = load_example();
    for (uint64_t size = 0; size < test->size; size += 64) {
        rf_test_write(test, path, size);
        cr_expect(load_try_path(path) == -1, "%llu bytes", (unsigned long long)size);
    }
    unlink(path);
    free(path);
    rf_test_free(test);
}

static void put(int fd, const void *bytes, size_t n, uint64_t at) {
    cr_assert(pwrite(fd, bytes, n, (off_t)at) == (ssize_t)n);
}

/* In a line of zeros that nobody wrote, one byte stands for the others. */
static bool worth_flipping(const struct rf_test *test, uint64_t at) {
    static const unsigned char zeros[64];
    return at % 64 == 0 || memcmp(test->memory + at / 64 * 64, zeros, sizeof zeros) != 0;
}

Test(load_mutations, any_byte_flipped, .timeout = 300) {
    char *path = rf_test_path();
    struct rf_test *test = load_example();
    rf_test_write(test, path, test->size);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    for (uint64_t at = 0; at < test->size; at++) {
        unsigned char flipped = (unsigned char)~test->memory[at];
        if (!worth_flipping(test, at))
            continue;
        put(fd, &flipped, 1, at);
        load_try_path(path);
        put(fd, test->memory + at, 1, at);
    }
    cr_expect(load_try_path(path) == 0);
    close(fd);
    unlink(path);
    free(path);
    rf_test_free(test);
}

static uint64_t next_random(uint64_t *state) { /* xorshift64, Marsaglia 2003 */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

/* Numbers that break arithmetic more often than random ones do. */
static uint64_t nasty(uint64_t *state, const struct rf_test *test) {
    const uint64_t base = (uint64_t)(uintptr_t)test->memory;
    const uint64_t some[] = {0,    1,        UINT64_MAX, UINT64_MAX - 63,   UINT32_MAX, INT64_MAX,      RF_PAGE,
                             base, base - 1, base + 64,  base + test->size, test->size, UINT32_MAX - 8, RF_CHUNK_MAGIC};
    uint64_t pick = next_random(state);
    if (pick % 4 == 0)
        return next_random(state);
    if (pick % 4 == 1) /* an address of something */
        return base + next_random(state) % test->size / 32 * 32;
    return some[next_random(state) % (sizeof some / sizeof *some)];
}

/* Where something is written, so that most mutations hit it: the first bytes of each page. */
static uint64_t place(uint64_t *state, const struct rf_test *test) {
    uint64_t page = next_random(state) % (test->size / RF_PAGE) * RF_PAGE;
    return page + next_random(state) % (next_random(state) % 8 == 0 ? RF_PAGE / 8 : 64) * 8;
}

Test(load_mutations, random_mutations, .timeout = 300) {
    enum { RUNS = 20000, MOST = 4 };
    char *path = rf_test_path();
    struct rf_test *test = load_example();
    rf_test_write(test, path, test->size);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    uint64_t state = 0x5eed;
    unsigned refused = 0;
    for (int run = 0; run < RUNS; run++) {
        uint64_t at[MOST];
        unsigned n = 1 + (unsigned)(next_random(&state) % MOST);
        for (unsigned i = 0; i < n; i++) {
            uint64_t value = nasty(&state, test);
            at[i] = place(&state, test);
            put(fd, &value, sizeof value >> next_random(&state) % 4, at[i]);
        }
        refused += load_try_path(path) < 0;
        for (unsigned i = 0; i < n; i++)
            put(fd, test->memory + at[i], 8, at[i]);
    }
    cr_expect(load_try_path(path) == 0);
    cr_expect(refused > RUNS / 20 && refused < RUNS - RUNS / 20, "%u refused: the mutations miss", refused);
    close(fd);
    unlink(path);
    free(path);
    rf_test_free(test);
}

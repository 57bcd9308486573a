/*
 * The oracle: a second tracer that shares no idea and no line with recount, simple enough to be believed.
 *
 * One table for the whole process, keyed by the function's address alone, one atomic add an entry. No contexts, no
 * stacks, no threads' own memory, no file until the end. Slow, and that does not matter. When the process ends,
 * each function becomes one line of $ORACLE_OUT:
 *
 *     count offset path      the offset inside the file `path`, in hex, as its symbol table has it
 *
 * Counts are those of the process that started; a forked child writes nothing. A line "overflow N" says that N
 * entries found no room.
 */
#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLOTS (1u << 18)
#define UNTRACED __attribute__((no_instrument_function))

static struct {
    _Atomic uintptr_t fn;
    _Atomic uint64_t count;
} table[SLOTS];
static _Atomic uint64_t overflow;
static atomic_flag written = ATOMIC_FLAG_INIT;
static pid_t started_by;

UNTRACED void __cyg_profile_func_enter(void *fn, void *call_site);
UNTRACED void __cyg_profile_func_exit(void *fn, void *call_site);

void __cyg_profile_func_enter(void *fn, void *call_site) {
    (void)call_site;
    uintptr_t key = (uintptr_t)fn;
    uint64_t slot = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
    for (unsigned tried = 0; tried < SLOTS; tried++, slot++) {
        uintptr_t found = atomic_load(&table[slot % SLOTS].fn);
        if (!found && atomic_compare_exchange_strong(&table[slot % SLOTS].fn, &found, key))
            found = key;
        if (found == key) {
            atomic_fetch_add(&table[slot % SLOTS].count, 1);
            return;
        }
    }
    atomic_fetch_add(&overflow, 1);
}

void __cyg_profile_func_exit(void *fn, void *call_site) {
    (void)fn;
    (void)call_site;
}

UNTRACED static void write_line(FILE *out, const char *exe, uintptr_t fn, uint64_t count) {
    Dl_info info;
    struct link_map *map = NULL;
    if (dladdr1((void *)fn, &info, (void **)&map, RTLD_DL_LINKMAP) && map)
        fprintf(out, "%llu %llx %s\n", (unsigned long long)count, (unsigned long long)(fn - map->l_addr),
                map->l_name[0] ? map->l_name : exe);
    else
        fprintf(out, "%llu %llx ?\n", (unsigned long long)count, (unsigned long long)fn);
}

UNTRACED static void write_table(void) {
    const char *path = getenv("ORACLE_OUT");
    if (!path || getpid() != started_by || atomic_flag_test_and_set(&written))
        return;
    static char exe[4096];
    if (readlink("/proc/self/exe", exe, sizeof exe - 1) < 0)
        exe[0] = '?';
    FILE *out = fopen(path, "w");
    if (!out) {
        perror(path);
        return;
    }
    for (unsigned i = 0; i < SLOTS; i++)
        if (table[i].fn)
            write_line(out, exe, table[i].fn, table[i].count);
    if (overflow)
        fprintf(out, "overflow %llu\n", (unsigned long long)overflow);
    fclose(out);
}

UNTRACED __attribute__((constructor(101))) static void start(void) {
    started_by = getpid();
}

/* The first constructor's priority makes this the last destructor. */
UNTRACED __attribute__((destructor(101))) static void finish(void) {
    write_table();
}

UNTRACED void _exit(int status) {
    write_table();
    syscall(SYS_exit_group, status);
    __builtin_unreachable();
}

UNTRACED void _Exit(int status) {
    _exit(status);
}

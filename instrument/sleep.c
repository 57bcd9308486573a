/*
 * Hooks that sleep: all of them (the second run of `record --twice`), or those of the functions in a list that the
 * launcher wrote (a filter). A hook that sleeps counts nothing and takes its own call out of the program (site.c);
 * where it cannot, it leaves early each time.
 *
 * Only slow paths come here: with nothing asleep they ask one word (entry.c).
 */
#include "instrument/sleep.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "instrument/code.h"
#include "instrument/match.h"
#include "instrument/runtime.h"
#include "instrument/set.h"
#include "instrument/site.h"

#include "instrument/safe.h"

int rt_sleeping = RT_AWAKE;

/* The launcher's list, in the profile. */
static const struct rf_asleep *list;
static uint64_t listed;

/* Answers so far: functions by their address; and return addresses, and functions' jumps to the exit hook, of which
 * nothing can be made, and bytes that were written. */
static struct rt_set awake, asleep, settled;
#define JUMPS_OF (UINT64_C(1) << 62)
#define BYTE_AT (UINT64_C(1) << 61)
#define CODE_MASK (((uint64_t)1 << RF_ADDRESS_BITS) - 1)

/* ---- who sleeps ---- */

static int compare(const struct rf_asleep *a, const struct rf_asleep *b) {
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return (a->address > b->address) - (a->address < b->address);
}

static bool is_listed(const struct rf_asleep *wanted) {
    uint64_t low = 0, high = listed;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int order = compare(&list[middle], wanted);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool sleeps(uint64_t fn) {
    struct rt_code code;
    if (rt_set_has(&awake, fn))
        return false;
    if (rt_set_has(&asleep, fn))
        return true;
    int saved = errno;
    bool found = rt_code_at(fn, &code);
    errno = saved;
    if (!found)
        return false;
    bool yes = is_listed(&(struct rf_asleep){code.device, code.inode, fn - code.bias});
    rt_set_add(yes ? &asleep : &awake, fn);
    return yes;
}

/* ---- taking a call out ---- */

static void count(uint32_t *counter) {
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void give_up(uint64_t key, uint32_t *counter) {
    if (rt_set_add(&settled, key))
        count(counter);
}

static void take_out(const struct rt_site *site, uint64_t back) {
    bool busy;
    if (!rt_site_write(site, &busy)) {
        if (!busy)
            give_up(back, &rt.process->sites_refused);
    } else if (rt_set_add(&settled, site->at | BYTE_AT)) {
        count(&rt.process->sites_asleep);
    }
}

/*
 * A compiler may let the calls of two functions' hooks become one, where both functions are inlined into a third and
 * end alike. In a function's own body its hooks stand for itself alone: its exit is the last thing before the return,
 * and what is inlined into it is not.
 */
static bool is_own(uint64_t fn, uint64_t end, uint64_t back) {
    return back > fn && back <= end;
}

/* The return address is the caller's: look for the jump in the function. */
static void take_jump_out(uint64_t fn) {
    struct rt_code code;
    struct rt_site site;
    bool known = rt_code_at(fn, &code);
    uint64_t end = known ? rt_code_end(&code, fn) : 0;
    if (known && !end && rt_sleeping == RT_ALL_ASLEEP) /* another function's jump may as well be found */
        end = code.hi - fn > RT_CODE_REACH ? fn + RT_CODE_REACH : code.hi;
    enum rt_jump jump = end ? rt_site_of_jump(&code, fn, end, &site) : RT_NO_JUMP;
    if (jump == RT_JUMP)
        take_out(&site, fn | JUMPS_OF);
    else if (rt_set_add(&settled, fn | JUMPS_OF) && jump == RT_NO_JUMP)
        count(&rt.process->sites_unknown);
}

static void put_to_sleep(uint64_t fn, uint64_t back, bool leaving) {
    struct rt_code code, home;
    struct rt_site site;
    if (!rt_code_at(back, &code) || !rt_site_of_call(&code, back, &site)) {
        if (leaving)
            take_jump_out(fn);
        else
            give_up(back, &rt.process->sites_unknown);
        return;
    }
    bool mine = rt_sleeping == RT_ALL_ASLEEP || (rt_code_at(fn, &home) && is_own(fn, rt_code_end(&home, fn), back));
    if (mine)
        take_out(&site, back);
    else
        give_up(back, &rt.process->sites_inlined);
}

/* ---- the hooks ---- */

/* Added to the profile at the powers of two, and then every 1024th time: no thread writes there often, and what the
 * profile says is at least half of the truth, or 1024 short of it for each thread. */
static void count_leave(struct rf_process *process) {
    static __thread uint64_t left;
    const uint64_t batch = 1024;
    uint64_t n = ++left;
    if (n <= batch ? (n & (n - 1)) == 0 : n % batch == 0)
        __atomic_fetch_add(&process->hooks_left, n <= batch ? n - n / 2 : batch, __ATOMIC_RELAXED);
}

RT_SLOW static bool sleep_slowly(uint64_t fn, uint64_t back, bool leaving) {
    if (rt_sleeping == RT_SOME_ASLEEP && !sleeps(fn))
        return false;
    int saved = errno;
    put_to_sleep(fn, back, leaving);
    errno = saved;
    return true;
}

/* What is known already is answered here. */
RT_PROBE bool rt_sleep_hook(uint64_t fn, uint64_t back, bool leaving) {
    struct rf_process *process = rt.process;
    bool all = rt_sleeping == RT_ALL_ASLEEP;
    if (!process) /* a handler, in a child that is about to have its own */
        return all;
    bool known = all || rt_set_has(&asleep, fn);
    if (!known && rt_set_has(&awake, fn))
        return false;
    bool done = known && (rt_set_has(&settled, back) || (leaving && rt_set_has(&settled, fn | JUMPS_OF)));
    if (!done && !sleep_slowly(fn, back, leaving))
        return false;
    count_leave(process);
    return true;
}

/* ---- beginning and end ---- */

void rt_sleep_list(void) {
    struct stat file;
    const struct rf_chunk *chunk = (const struct rf_chunk *)(rt.base + RF_PAGE);
    uint64_t room;
    if (fstat(rt.fd, &file) != 0 || (uint64_t)file.st_size < 2 * RF_PAGE || chunk->magic != RF_CHUNK_MAGIC ||
        chunk->kind != RF_ASLEEP)
        return;
    room = (file.st_size < (off_t)rt.mapped ? (uint64_t)file.st_size : rt.mapped) - RF_PAGE;
    if (room > chunk->size)
        room = chunk->size;
    if (room < sizeof *chunk)
        return;
    listed = (chunk->used < room - sizeof *chunk ? chunk->used : room - sizeof *chunk) / sizeof *list;
    list = (const struct rf_asleep *)(chunk + 1);
    for (; listed && !list->device && !list->inode; listed--)
        list++; /* a rule that matched nothing */
    if (listed)
        rt_sleeping = RT_SOME_ASLEEP;
}

void rt_sleep_all(void) {
    if (rt.asleep)
        rt_sleeping = RT_ALL_ASLEEP;
}

void rt_sleep_gone(uint64_t lo, uint64_t hi) {
    if (rt_sleeping == RT_AWAKE)
        return;
    rt_code_forget(lo, hi);
    rt_set_remove(&awake, lo, hi, CODE_MASK);
    rt_set_remove(&asleep, lo, hi, CODE_MASK);
    rt_set_remove(&settled, lo, hi, CODE_MASK);
}

void rt_sleep_forked(void) {
    rt_code_forked();
    rt_sites_forked();
}

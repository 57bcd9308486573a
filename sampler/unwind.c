/*
 * Unwinding a copied stack with libunwind's remote interface: registers and the copied range are served from the
 * capture, unwind tables are found as for the own process (libunwind(3), unw_create_addr_space, unw_accessors_t).
 */
#include "sampler/sampler.h"

#include <libunwind.h>
#include <string.h>

#include "instrument/runtime.h"

#include "instrument/safe.h"

struct reading {
    const struct rs_capture *capture;
    bool past_copy;
};

static int find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *info, int need, void *argument) {
    (void)space;
    unw_accessors_t *local = unw_get_accessors(unw_local_addr_space);
    return local->find_proc_info(unw_local_addr_space, ip, info, need, argument);
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *argument) {
    (void)space;
    unw_accessors_t *local = unw_get_accessors(unw_local_addr_space);
    local->put_unwind_info(unw_local_addr_space, info, argument);
}

static int no_dynamic_info(unw_addr_space_t space, unw_word_t *list, void *argument) {
    (void)space, (void)list, (void)argument;
    return -UNW_ENOINFO;
}

static int access_mem(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write, void *argument) {
    (void)space;
    struct reading *reading = argument;
    const struct rs_capture *capture = reading->capture;
    if (write)
        return -UNW_EINVAL;
    uint64_t at = address - capture->sp;
    if (at < capture->stack_bytes && capture->stack_bytes - at >= sizeof *value) {
        memcpy(value, capture->stack + at, sizeof *value);
        return 0;
    }
    if (at < UINT64_C(8) << 20) { /* further up the same stack, as it was not copied: it has changed since */
        reading->past_copy = true;
        return -UNW_EINVAL;
    }
    return rt_read_safely(address, value, 1) ? 0 : -UNW_EINVAL; /* code: signal trampolines are known by theirs */
}

static int access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write, void *argument) {
    (void)space;
    const struct reading *reading = argument;
    if (write || number < 0 || number >= RS_REGISTERS)
        return -UNW_EBADREG;
    *value = reading->capture->registers[number];
    return 0;
}

static int no_float(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write, void *argument) {
    (void)space, (void)number, (void)value, (void)write, (void)argument;
    return -UNW_EBADREG;
}

static int no_resume(unw_addr_space_t space, unw_cursor_t *cursor, void *argument) {
    (void)space, (void)cursor, (void)argument;
    return -UNW_EINVAL;
}

static int no_name(unw_addr_space_t space, unw_word_t address, char *name, size_t room, unw_word_t *offset,
                   void *argument) {
    (void)space, (void)address, (void)name, (void)room, (void)offset, (void)argument;
    return -UNW_ENOINFO;
}

static unw_addr_space_t space;

bool rs_unwind_begin(void) {
    static unw_accessors_t accessors = {.find_proc_info = find_proc_info,
                                        .put_unwind_info = put_unwind_info,
                                        .get_dyn_info_list_addr = no_dynamic_info,
                                        .access_mem = access_mem,
                                        .access_reg = access_reg,
                                        .access_fpreg = no_float,
                                        .resume = no_resume,
                                        .get_proc_name = no_name};
    if (!space)
        space = unw_create_addr_space(&accessors, 0);
    if (space)
        unw_set_caching_policy(space, UNW_CACHE_PER_THREAD);
    return space != NULL;
}

uint32_t rs_unwind(struct rs_capture *capture, uint64_t *ips, uint32_t most, bool *truncated) {
    struct reading reading = {.capture = capture};
    unw_cursor_t cursor;
    uint32_t count = 0;
    ips[count++] = capture->registers[RS_REGISTERS - 1];
    *truncated = false;
    if (!space || unw_init_remote(&cursor, space, &reading) != 0)
        return count;
    while (count < most && unw_step(&cursor) > 0) {
        unw_word_t ip = 0;
        if (unw_get_reg(&cursor, UNW_REG_IP, &ip) != 0 || ip == 0)
            break;
        ips[count++] = ip;
    }
    *truncated = reading.past_copy || count == most;
    return count;
}

void rs_unwind_forget(void) {
    if (space)
        unw_flush_cache(space, 0, 0);
}

/*
 * A call of a hook becomes an instruction of the same length that does nothing, by one byte of it:
 *
 *     e8 rel32    call hook          a9 imm32    test $imm32, %eax
 *     ff 15 rel32 call *GOT(%rip)    85 15 rel32 test %edx, GOT(%rip)
 *     e9 rel32    jmp hook           c3          ret
 *     ff 25 rel32 jmp *GOT(%rip)     c3          ret
 *
 * `test` changes the flags alone, which no compiler keeps across a call (System V ABI, AMD64, 3.2.1), and reads at most
 * a word that the call would have read. The jump is a function's last act, so the return is what the hook would do.
 *
 * Other threads may be executing the bytes. One byte is stored, so there is no state in between, wherever the
 * instruction lies; it has the same length and the same other bytes before and after, so a processor that holds part of
 * it already decodes one of the two; and both are right at any time: who still calls finds a hook that leaves. Nobody
 * waits for the new one, so nobody has to serialize (AMD64 Architecture Programmer's Manual 2, 7.6.1, "Asynchronous
 * modification": an aligned store of up to 8 bytes is seen as a whole; Intel SDM 3A, 9.1.1 and 9.1.3: a byte's store is
 * atomic, and the synchronizing algorithm is for who must not execute the old code any more).
 */
#include "instrument/site.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "instrument/runtime.h"

#include "instrument/safe.h"

enum { CALL = 0xe8, JUMP = 0xe9, BY_MEMORY = 0xff, CALL_MEMORY = 0x15, JUMP_MEMORY = 0x25 };
enum { TEST = 0xa9, TEST_MEMORY = 0x85, RETURN = 0xc3 };
enum { DIRECT_SIZE = 5, MEMORY_SIZE = 6 };

/* The hooks, whatever their exported names stand for in the program (hooks.c). */
void rt_hook_enter(void *, void *);
void rt_hook_exit(void *, void *);

static int64_t relative(const unsigned char *at) {
    int32_t offset;
    memcpy(&offset, at, sizeof offset);
    return offset;
}

static bool is_hook(uint64_t address) {
    return address == (uint64_t)rt_hook_enter || address == (uint64_t)rt_hook_exit;
}

/* Of a word of the global offset table, if it is one. */
static bool holds_hook(uint64_t word) {
    uint64_t value;
    return rt_read_safely(word, &value, 1) && is_hook(value);
}

/* An entry of a procedure linkage table: jmp *GOT(%rip), perhaps with endbr64 or bnd before it. */
static bool is_stub(uint64_t address) {
    static const unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    const uint64_t most = 16;
    struct rt_code code;
    if (!rt_code_at(address, &code) || code.hi - address < most)
        return false;
    const unsigned char *at = (const unsigned char *)address;
    if (memcmp(at, endbr64, sizeof endbr64) == 0)
        at += sizeof endbr64;
    at += *at == 0xf2; /* bnd */
    return at[0] == BY_MEMORY && at[1] == JUMP_MEMORY &&
           holds_hook((uint64_t)at + MEMORY_SIZE + (uint64_t)relative(at + 2));
}

static bool leads_to_hook(uint64_t address) {
    return is_hook(address) || is_stub(address);
}

/* Another thread may have written the byte since the call was made. */
static bool is_either(unsigned char byte, unsigned char before, unsigned char after) {
    return byte == before || byte == after;
}

bool rt_site_of_call(const struct rt_code *code, uint64_t back, struct rt_site *site) {
    if (back < code->lo + MEMORY_SIZE || back > code->hi)
        return false;
    const unsigned char *end = (const unsigned char *)back;
    if (is_either(end[-MEMORY_SIZE], BY_MEMORY, TEST_MEMORY) && end[-MEMORY_SIZE + 1] == CALL_MEMORY &&
        holds_hook(back + (uint64_t)relative(end - 4))) {
        *site = (struct rt_site){back - MEMORY_SIZE, TEST_MEMORY};
        return true;
    }
    if (is_either(end[-DIRECT_SIZE], CALL, TEST) && leads_to_hook(back + (uint64_t)relative(end - 4))) {
        *site = (struct rt_site){back - DIRECT_SIZE, TEST};
        return true;
    }
    return false;
}

static bool is_jump(uint64_t at, uint64_t to, unsigned char direct, unsigned char memory) {
    const unsigned char *bytes = (const unsigned char *)at;
    return (bytes[0] == direct && leads_to_hook(at + DIRECT_SIZE + (uint64_t)relative(bytes + 1))) ||
           (bytes[0] == memory && at + MEMORY_SIZE <= to && bytes[1] == JUMP_MEMORY &&
            holds_hook(at + MEMORY_SIZE + (uint64_t)relative(bytes + 2)));
}

/* Five bytes that are no jump and yet name the hook or its stub: one in 2^40, if code were random. */
enum rt_jump rt_site_of_jump(const struct rt_code *code, uint64_t from, uint64_t to, struct rt_site *site) {
    enum rt_jump found = RT_NO_JUMP;
    if (from < code->lo || to > code->hi || to - from < MEMORY_SIZE)
        return found;
    for (uint64_t at = from; at <= to - DIRECT_SIZE; at++) {
        if (is_jump(at, to, JUMP, BY_MEMORY)) {
            *site = (struct rt_site){at, RETURN};
            return RT_JUMP;
        }
        if (is_jump(at, to, RETURN, RETURN))
            found = RT_TAKEN_OUT;
    }
    return found;
}

/* ---- writing ---- */

/* The kernel writes into a private page that the process may not write itself, as for a debugger: the page stays
 * executable and never becomes writable. Opened for each byte: a host may close a descriptor and reuse its number. */
static bool write_by_kernel(const struct rt_site *site) {
    int cancel = rt_cancel_off(), fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    bool written = fd >= 0 && pwrite(fd, &site->byte, 1, (off_t)site->at) == 1;
    if (fd >= 0)
        close(fd);
    rt_cancel_restore(cancel);
    return written;
}

/* Code that the program writes itself stays as it is. Needs no file, and fails where the page cannot be written. */
static bool write_writable(const struct rt_site *site) {
    unsigned char byte = site->byte;
    struct iovec from = {&byte, 1}, to = {(void *)site->at, 1};
    return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == 1;
}

static _Atomic bool writing; /* a page may be made writable by one thread at a time, who takes that back */

/* Where /proc is not to be had. The page stays executable throughout. */
static bool write_ourselves(const struct rt_site *site, bool *busy) {
    void *page = (void *)(site->at & ~(uint64_t)(RF_PAGE - 1));
    *busy = atomic_exchange_explicit(&writing, true, memory_order_acquire);
    if (*busy)
        return false;
    bool writable = mprotect(page, RF_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
    if (writable) {
        __atomic_store_n((unsigned char *)site->at, site->byte, __ATOMIC_RELAXED);
        mprotect(page, RF_PAGE, PROT_READ | PROT_EXEC);
    }
    atomic_store_explicit(&writing, false, memory_order_release);
    return writable;
}

bool rt_site_write(const struct rt_site *site, bool *busy) {
    *busy = false;
    return write_by_kernel(site) || write_writable(site) || write_ourselves(site, busy);
}

void rt_sites_forked(void) {
    atomic_store_explicit(&writing, false, memory_order_relaxed);
}

/* Finds the segment of code that holds an address, by glibc's lock-free _dl_find_object and the object's own headers.
 */
#include "instrument/code.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "instrument/runtime.h"

#include "instrument/safe.h"

#define KNOWN_MOST 1024u

/* Readers take no lock: they copy, and look whether `version` is even and still the same (a seqlock). One writes. */
static struct {
    _Atomic uint32_t version;
    struct rt_code code;
} known[KNOWN_MOST];
static _Atomic uint32_t known_count;
static _Atomic bool adding;

/* ---- what was found before ---- */

static bool copy_known(uint32_t i, uint64_t address, struct rt_code *code) {
    uint32_t before = atomic_load_explicit(&known[i].version, memory_order_acquire);
    const volatile struct rt_code *there = &known[i].code;
    if (address < there->lo || address >= there->hi)
        return false;
    *code = *there;
    atomic_thread_fence(memory_order_acquire);
    return !(before & 1) && before == atomic_load_explicit(&known[i].version, memory_order_relaxed);
}

static bool find_known(uint64_t address, struct rt_code *code) {
    uint32_t count = atomic_load_explicit(&known_count, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++)
        if (copy_known(i, address, code))
            return true;
    return false;
}

static void write_known(uint32_t i, const struct rt_code *code) {
    atomic_fetch_add_explicit(&known[i].version, 1, memory_order_acq_rel);
    atomic_thread_fence(memory_order_release);
    known[i].code = *code;
    atomic_fetch_add_explicit(&known[i].version, 1, memory_order_release);
}

/* Whoever finds another one at it leaves it: what is not kept is found again. */
static void keep(const struct rt_code *code) {
    if (atomic_exchange_explicit(&adding, true, memory_order_acquire))
        return;
    uint32_t count = atomic_load_explicit(&known_count, memory_order_relaxed), i = 0;
    while (i < count && known[i].code.hi && known[i].code.lo != code->lo)
        i++;
    if (i < KNOWN_MOST)
        write_known(i, code);
    if (i == count && i < KNOWN_MOST)
        atomic_store_explicit(&known_count, count + 1, memory_order_release);
    atomic_store_explicit(&adding, false, memory_order_release);
}

void rt_code_forget(uint64_t lo, uint64_t hi) {
    static const struct rt_code none;
    uint32_t count = atomic_load_explicit(&known_count, memory_order_acquire);
    if (atomic_exchange_explicit(&adding, true, memory_order_acquire)) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        if (known[i].code.lo < hi && lo < known[i].code.hi)
            write_known(i, &none);
    atomic_store_explicit(&adding, false, memory_order_release);
}

void rt_code_forked(void) {
    atomic_store_explicit(&adding, false, memory_order_relaxed);
}

/* ---- what an object's headers tell ---- */

/* The program's own headers need not be mapped where its code is: the kernel says where they are. Of any other object
 * they are at its beginning. */
static const ElfW(Phdr) * find_headers(const struct dl_find_object *object, size_t *count) {
    const uint64_t page = 4096;
    if (!object->dlfo_link_map->l_name[0]) {
        *count = getauxval(AT_PHNUM);
        return (const ElfW(Phdr) *)getauxval(AT_PHDR);
    }
    const ElfW(Ehdr) *header = object->dlfo_map_start;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phentsize != sizeof(ElfW(Phdr)) ||
        header->e_phoff > page || header->e_phoff + header->e_phnum * sizeof(ElfW(Phdr)) > page)
        return NULL;
    *count = header->e_phnum;
    return (const ElfW(Phdr) *)((const char *)header + header->e_phoff);
}

/* The segment that holds `address`, and where the object is. */
static bool find_segment(uint64_t address, const ElfW(Phdr) * headers, size_t count, struct rt_code *code) {
    bool found = false;
    code->map_lo = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        uint64_t lo = code->bias + headers[i].p_vaddr, hi = lo + headers[i].p_memsz;
        if (headers[i].p_type == PT_GNU_EH_FRAME)
            code->unwind = lo;
        if (headers[i].p_type != PT_LOAD)
            continue;
        code->map_lo = lo < code->map_lo ? lo : code->map_lo;
        code->map_hi = hi > code->map_hi ? hi : code->map_hi;
        if ((headers[i].p_flags & (PF_R | PF_X)) == (PF_R | PF_X) && address >= lo && address < hi) {
            code->lo = lo;
            code->hi = hi;
            found = true;
        }
    }
    return found;
}

/* The program itself has no name. */
static void find_file(const char *name, struct rt_code *code) {
    struct stat file;
    if (stat(*name ? name : "/proc/self/exe", &file) != 0)
        return;
    code->device = file.st_dev;
    code->inode = file.st_ino;
}

bool rt_code_at(uint64_t address, struct rt_code *code) {
    struct dl_find_object object;
    if (find_known(address, code))
        return true;
    if (_dl_find_object((void *)address, &object) != 0)
        return false;
    size_t count = 0;
    const ElfW(Phdr) *headers = find_headers(&object, &count);
    *code = (struct rt_code){.bias = object.dlfo_link_map->l_addr};
    if (!headers || !find_segment(address, headers, count, code))
        return false;
    find_file(object.dlfo_link_map->l_name, code);
    keep(code);
    return true;
}

/* ---- .eh_frame_hdr: Linux Standard Base Core 5.0, 10.6.2 ---- */

struct table {
    uint8_t version, frame_encoding, count_encoding, table_encoding;
    int32_t frame;
    uint32_t count;
    struct {
        int32_t fn, entry; /* from the header's own address */
    } rows[];
};
/* DW_EH_PE_: pcrel | sdata4, udata4, datarel | sdata4. Linkers write no other. */
enum { FRAME_ENCODING = 0x1b, COUNT_ENCODING = 0x03, TABLE_ENCODING = 0x3b };

static bool is_usual(const struct rt_code *code, const struct table *table) {
    return code->unwind >= code->map_lo && code->unwind + sizeof *table <= code->map_hi && table->version == 1 &&
           table->frame_encoding == FRAME_ENCODING && table->count_encoding == COUNT_ENCODING &&
           table->table_encoding == TABLE_ENCODING &&
           table->count <= (code->map_hi - code->unwind - sizeof *table) / sizeof *table->rows;
}

uint64_t rt_code_end(const struct rt_code *code, uint64_t fn) {
    const struct table *table = (const struct table *)code->unwind;
    if (!table || !is_usual(code, table))
        return 0;
    uint32_t low = 0, high = table->count;
    while (low < high) { /* the first row at or behind fn */
        uint32_t middle = low + (high - low) / 2;
        if (code->unwind + (uint64_t)(int64_t)table->rows[middle].fn < fn)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == table->count || code->unwind + (uint64_t)(int64_t)table->rows[low].fn != fn)
        return 0;
    return low + 1 < table->count ? code->unwind + (uint64_t)(int64_t)table->rows[low + 1].fn : code->hi;
}

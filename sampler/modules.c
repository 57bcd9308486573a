/*
 * Which object stood where: noted while the process lives, for the reader's symbols. The sampler's thread looks now and
 * then; a thread that is about to unload something looks as well. One at a time: `busy` is held for a look.
 */
#include "sampler/sampler.h"

#include <elf.h>
#include <link.h>
#include <sched.h>
#include <string.h>

#include "instrument/arch.h"
#include "instrument/runtime.h"

#include "instrument/safe.h"

#define MODULES_MOST 4096u

static struct rt_pool pool;
static struct rf_module *known[MODULES_MOST]; /* that are loaded, or were at the last look */
static bool present[MODULES_MOST];            /* found by the present look */
static uint32_t known_count, noted, generation;
static uint64_t loads;

static void copy_build_id(struct rf_module *module, const char *note, size_t size) {
    while (size >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *header = (const ElfW(Nhdr) *)note;
        size_t name = (header->n_namesz + 3u) & ~3u, whole = sizeof *header + name + ((header->n_descsz + 3u) & ~3u);
        if (whole > size)
            return;
        if (header->n_type == NT_GNU_BUILD_ID && header->n_namesz == 4 &&
            memcmp(note + sizeof *header, "GNU", 4) == 0 && header->n_descsz <= sizeof module->build_id) {
            module->build_id_size = header->n_descsz;
            memcpy(module->build_id, note + sizeof *header + name, header->n_descsz);
            return;
        }
        note += whole;
        size -= whole;
    }
}

static bool is_known(const struct rf_module *wanted) {
    for (uint32_t i = known_count; i-- > 0;)
        if (known[i]->start == wanted->start && known[i]->end == wanted->end &&
            strcmp(known[i]->path, wanted->path) == 0) {
            present[i] = true;
            return true;
        }
    return false;
}

static const char *path_of(const struct dl_phdr_info *info) {
    if (info->dlpi_name && info->dlpi_name[0])
        return strncmp(info->dlpi_name, "linux-vdso", 10) == 0 ? "[vdso]" : info->dlpi_name;
    return rt.process->exe; /* the program itself has no name there (dl_iterate_phdr(3)) */
}

static void note_segment(const struct dl_phdr_info *info, const ElfW(Phdr) * header) {
    struct rf_module wanted = {.start = info->dlpi_addr + header->p_vaddr, .bias = info->dlpi_addr};
    wanted.end = wanted.start + header->p_memsz;
    const char *path = path_of(info);
    size_t length = strlen(path);
    memcpy(wanted.path, path, length < sizeof wanted.path ? length : sizeof wanted.path - 1);
    if (is_known(&wanted))
        return;
    if (noted == MODULES_MOST) { /* a bound for who loads and unloads for ever */
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return;
    }
    wanted.loaded = rt_ticks();
    wanted.generation = generation;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_NOTE && wanted.build_id_size == 0)
            copy_build_id(&wanted, (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr),
                          info->dlpi_phdr[i].p_memsz);
    struct rf_module *module = rt_pool_take(&pool);
    if (!module)
        return;
    uint64_t start = wanted.start;
    wanted.start = 0; /* stored last: an unfinished record covers nothing */
    *module = wanted;
    __atomic_store_n(&module->start, start, __ATOMIC_RELEASE);
    present[known_count] = true;
    known[known_count++] = module;
    noted++;
}

static bool covered(const struct rf_module *gone) {
    for (uint32_t i = 0; i < known_count; i++)
        if (present[i] && known[i]->start < gone->end && gone->start < known[i]->end)
            return true;
    return false;
}

/* What is not there any more; unless something else is there already, whose contexts can't be told from it then. */
static void retire_absent(void) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < known_count; i++)
        if (!present[i] && !covered(known[i])) {
            rt_code_gone(known[i]->start, known[i]->end, known[i]->generation);
            rs_store_gone(known[i]->start, known[i]->end, known[i]->generation);
        }
    for (uint32_t i = 0; i < known_count; i++)
        if (present[i])
            known[kept++] = known[i];
    known_count = kept;
}

static int note_object(struct dl_phdr_info *info, size_t size, void *fresh) {
    (void)size;
    uint64_t changes = info->dlpi_adds + info->dlpi_subs;
    if (changes == loads && *(bool *)fresh)
        return 1; /* nothing came or went since the last look */
    if (*(bool *)fresh) {
        loads = changes;
        generation++;
        memset(present, 0, sizeof present);
        *(bool *)fresh = false;
    }
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X))
            note_segment(info, &info->dlpi_phdr[i]);
    return 0;
}

static void inherit(void) {
    for (uint32_t i = 0; i < known_count; i++) {
        struct rf_module *module = rt_pool_take(&pool);
        if (!module) {
            known_count = i;
            return;
        }
        *module = *known[i];
        known[i] = module;
    }
}

static void look(void) {
    static struct rf_process *of;
    if (of != rt.process) {
        bool forked = of != NULL;
        of = rt.process;
        pool = (struct rt_pool){
            .kind = RF_MODULES, .record = sizeof(struct rf_module), .records_next = 31, .records_most = 127};
        if (forked) { /* the same objects at the same places; the linker's lock may have been copied locked */
            inherit();
            return;
        }
    }
    bool same = true;
    dl_iterate_phdr(note_object, &same);
    if (!same)
        retire_absent();
}

static _Atomic bool busy;

void rs_modules_note(void) {
    if (atomic_exchange_explicit(&busy, true, memory_order_acquire))
        return;
    look();
    atomic_store_explicit(&busy, false, memory_order_release);
}

void rs_modules_forget(void) {
    atomic_store_explicit(&busy, false, memory_order_relaxed);
}

/* ---- told by who unloads (instrument/reload.c) ---- */

#define PATIENCE                                                                                                       \
    1000 /* turns of the scheduler; the sampler holds `busy` for a look, which waits for the linker's lock */

static void look_now(void) {
    if (atomic_load_explicit(&rt.state, memory_order_acquire) != RT_ACTIVE)
        return;
    for (int i = 0; i < PATIENCE; i++) {
        if (!atomic_exchange_explicit(&busy, true, memory_order_acquire)) {
            look();
            atomic_store_explicit(&busy, false, memory_order_release);
            return;
        }
        sched_yield();
    }
    __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
}

RT_EXPORT void recount_objects_closing(void);
RT_EXPORT void recount_objects_closed(void);

/** Something will be unloaded: what is loaded now is noted. On the thread that does it, outside of signal handlers. */
void recount_objects_closing(void) {
    look_now();
}

/** It has been: what is gone is marked before something else can take its place. */
void recount_objects_closed(void) {
    look_now();
}

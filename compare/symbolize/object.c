#include "compare/symbolize/object.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare/symbolize/frames.h"

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

/* The kernel's own object has no file: this process's copy serves, if it is the same one. */
static int open_vdso(void) {
    const ElfW(Ehdr) *image = (const void *)getauxval(AT_SYSINFO_EHDR);
    int fd = image ? memfd_create("vdso", MFD_CLOEXEC) : -1;
    if (fd < 0)
        return -1;
    size_t size = image->e_shoff + (size_t)image->e_shnum * image->e_shentsize;
    if (write(fd, image, size) == (ssize_t)size)
        return fd;
    close(fd);
    return -1;
}

static int open_file(const struct rc_module *module, const char **why) {
    bool vdso = strcmp(module->path, "[vdso]") == 0;
    int fd = vdso ? open_vdso() : open(module->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0)
        *why = vdso ? "is not to be had" : strerror(errno);
    else if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        *why = "is not a regular file";
    else
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Without an identity in the profile a file is taken for what it was; the kernel's object never is. */
static const char *check_identity(int fd, const struct rc_module *module) {
    const void *id;
    const char *why = NULL;
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    ssize_t size = elf ? dwelf_elf_gnu_build_id(elf, &id) : -1;
    if (!elf || elf_kind(elf) != ELF_K_ELF)
        why = "is not an ELF file";
    else if (module->build_id_size &&
             (size != (ssize_t)module->build_id_size || memcmp(id, module->build_id, (size_t)size) != 0))
        why = "has changed since it was recorded (its build id differs)";
    else if (!module->build_id_size && module->path[0] == '[')
        why = "cannot be told from another kernel's";
    elf_end(elf);
    return why;
}

static const char *report(struct rc_object *object, int fd) {
    const struct rc_module *module = object->module;
    object->dwfl = dwfl_begin(&callbacks);
    if (!object->dwfl)
        return dwfl_errmsg(-1);
    dwfl_report_begin(object->dwfl);
    object->handle = dwfl_report_elf(object->dwfl, module->path, module->path, fd, module->bias, true);
    dwfl_report_end(object->dwfl, NULL, NULL);
    return object->handle ? NULL : dwfl_errmsg(-1);
}

const char *rc_object_open(struct rc_object *out, const struct rc_module *module) {
    const char *why = NULL;
    *out = (struct rc_object){.module = module};
    elf_version(EV_CURRENT);
    int fd = open_file(module, &why);
    if (fd < 0)
        return why;
    why = check_identity(fd, module);
    if (!why)
        why = report(out, fd);
    if (!out->handle) { /* else it owns the file */
        close(fd);
        rc_object_close(out);
    }
    return why;
}

void rc_object_close(struct rc_object *object) {
    dwfl_end(object->dwfl);
    rc_intervals_free(&object->symbols);
    rc_intervals_free(&object->frames);
    rc_units_free(&object->units);
    *object = (struct rc_object){.module = object->module};
}

static bool names_code(const GElf_Sym *symbol) {
    unsigned type = GELF_ST_TYPE(symbol->st_info);
    return symbol->st_shndx != SHN_UNDEF && (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE);
}

/* Of several names for one place, the one that a person would use. */
static uint32_t rank_of(const GElf_Sym *symbol, const char *name) {
    unsigned bind = GELF_ST_BIND(symbol->st_info);
    uint32_t rank = symbol->st_size ? 1 : 0;
    rank = rank * 2 + (GELF_ST_TYPE(symbol->st_info) != STT_NOTYPE);
    rank = rank * 4 + (bind == STB_GLOBAL ? 2 : bind == STB_WEAK ? 1 : 0);
    rank = rank * 4 + (name[0] != '_' ? 2 : name[1] != '_' ? 1 : 0);
    size_t length = strlen(name);
    return rank * 4096 + (length < 4095 ? 4095 - (uint32_t)length : 0);
}

static int find_code(struct rc_object *object, struct rc_intervals *code) {
    GElf_Addr bias;
    Elf *elf = dwfl_module_getelf(object->handle, &bias);
    for (Elf_Scn *section = NULL; elf && (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && (header.sh_flags & SHF_EXECINSTR) &&
            rc_intervals_add(code, (struct rc_interval){.start = header.sh_addr + bias,
                                                        .end = header.sh_addr + bias + header.sh_size}))
            return -1;
    }
    rc_intervals_sort(code);
    return 0;
}

/* A symbol without a size reaches to the next one or to its section's end. */
static void close_ends(struct rc_intervals *symbols, const struct rc_intervals *code) {
    uint64_t next = UINT64_MAX, after = UINT64_MAX; /* the next start, and the one after what begins here */
    for (size_t i = symbols->n; i-- > 0;) {
        struct rc_interval *symbol = symbols->each + i;
        if (symbol->start != next) {
            after = next;
            next = symbol->start;
        }
        const struct rc_interval *section = rc_intervals_find(code, symbol->start);
        if (symbol->end > symbol->start || !section)
            continue;
        symbol->end = after < section->end ? after : section->end;
    }
    rc_intervals_sort(symbols);
}

static int add_symbols(struct rc_object *object, const struct rc_intervals *code) {
    int n = dwfl_module_getsymtab(object->handle);
    for (int i = 1; i < n; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *name = dwfl_module_getsym_info(object->handle, i, &symbol, &address, NULL, NULL, NULL);
        if (!name || !*name || !names_code(&symbol) || !rc_intervals_find(code, address))
            continue;
        uint64_t end = symbol.st_size <= UINT64_MAX - address ? address + symbol.st_size : address;
        if (rc_intervals_add(&object->symbols,
                             (struct rc_interval){
                                 .start = address, .end = end, .rank = rank_of(&symbol, name), .what = (uint32_t)i}))
            return -1;
    }
    rc_intervals_sort(&object->symbols);
    return 0;
}

static int add_frames(struct rc_object *object) {
    GElf_Addr bias;
    Elf *elf = dwfl_module_getelf(object->handle, &bias);
    int result = elf ? rc_frames_add(&object->frames, elf, bias) : 0;
    rc_intervals_sort(&object->frames);
    return result;
}

static void index_symbols(struct rc_object *object) {
    struct rc_intervals code = {0};
    if (object->indexed)
        return;
    object->indexed = true;
    if (!find_code(object, &code) && !add_symbols(object, &code) && !add_frames(object)) {
        close_ends(&object->symbols, &code);
        close_ends(&object->frames, &code);
    }
    rc_intervals_free(&code);
}

static const char *symbol_name(struct rc_object *object, uint32_t index) {
    GElf_Sym symbol;
    GElf_Addr address;
    return dwfl_module_getsym_info(object->handle, (int)index, &symbol, &address, NULL, NULL, NULL);
}

bool rc_object_extent(struct rc_object *object, uint64_t address, struct rc_extent *out) {
    index_symbols(object);
    const struct rc_interval *frame = NULL, *found = rc_intervals_find(&object->symbols, address);
    /* Frame information reaches to the next function: the padding behind a symbol is no function of its own. */
    if (!found && (frame = rc_intervals_find(&object->frames, address)))
        found = rc_intervals_find(&object->symbols, frame->start);
    const char *name = found ? symbol_name(object, found->what) : NULL;
    if (!found)
        found = frame;
    if (found)
        *out = (struct rc_extent){.start = found->start, .size = found->end - found->start, .symbol = name};
    return found != NULL;
}

int rc_object_each(const struct rc_object *object, int (*take)(void *to, const struct rc_object_symbol *symbol),
                   void *to) {
    int n = dwfl_module_getsymtab(object->handle), result = 0;
    for (int i = 1; i < n && result == 0; i++) {
        GElf_Sym symbol;
        struct rc_object_symbol out = {0};
        out.name = dwfl_module_getsym_info(object->handle, i, &symbol, &out.address, NULL, NULL, NULL);
        bool import = symbol.st_shndx == SHN_UNDEF;
        out.defined = !import && GELF_ST_TYPE(symbol.st_info) == STT_FUNC;
        if (out.name && *out.name && (import || out.defined))
            result = take(to, &out);
    }
    return result;
}

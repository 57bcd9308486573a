#include "command/program.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The runtime's archive carries this note into each program that holds it. */
#define NOTE_OWNER "recount"
enum { NOTE_TYPE = 1 };

static bool runnable(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode) && access(path, X_OK) == 0;
}

int program_find(char path[PATH_MAX], const char *name) {
    const char *list = getenv("PATH");
    if (strchr(name, '/') || !*name) {
        snprintf(path, PATH_MAX, "%s", name);
        return access(path, F_OK);
    }
    for (const char *p = list ? list : "/bin:/usr/bin";; p++) {
        size_t length = strcspn(p, ":");
        int n = snprintf(path, PATH_MAX, "%.*s%s%s", (int)length, p, length ? "/" : "", name);
        if (n > 0 && n < PATH_MAX && runnable(path))
            return 0;
        p += length;
        if (!*p)
            break;
    }
    errno = ENOENT;
    return -1;
}

static bool has_note(Elf *elf, const GElf_Phdr *segment) {
    Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)segment->p_offset, segment->p_filesz,
                                          segment->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    GElf_Nhdr note;
    size_t name, description, next = 0;
    while (data && (next = gelf_getnote(data, next, &note, &name, &description)) > 0)
        if (note.n_type == NOTE_TYPE && note.n_namesz == sizeof NOTE_OWNER &&
            memcmp((const char *)data->d_buf + name, NOTE_OWNER, sizeof NOTE_OWNER) == 0)
            return true;
    return false;
}

static void read_segments(struct program *program, Elf *elf) {
    size_t count = 0;
    GElf_Phdr segment;
    if (elf_getphdrnum(elf, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &segment))
            continue;
        program->interpreter |= segment.p_type == PT_INTERP;
        program->runtime |= segment.p_type == PT_NOTE && has_note(elf, &segment);
    }
}

static bool imports_hook(Elf *elf, Elf_Scn *section, const GElf_Shdr *header) {
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym symbol;
    for (int i = 1; data && gelf_getsym(data, i, &symbol); i++) {
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        if (symbol.st_shndx == SHN_UNDEF && name && strcmp(name, "__cyg_profile_func_enter") == 0)
            return true;
    }
    return false;
}

static bool needs_sanitizer(Elf *elf, Elf_Scn *section, const GElf_Shdr *header) {
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Dyn entry;
    for (int i = 0; data && gelf_getdyn(data, i, &entry); i++) {
        const char *name = entry.d_tag == DT_NEEDED ? elf_strptr(elf, header->sh_link, entry.d_un.d_val) : NULL;
        if (name && (strncmp(name, "libasan", 7) == 0 || strstr(name, "clang_rt.asan")))
            return true;
    }
    return false;
}

static void read_sections(struct program *program, Elf *elf) {
    GElf_Shdr header;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        if (!gelf_getshdr(section, &header))
            continue;
        if (header.sh_type == SHT_DYNSYM)
            program->hooked |= imports_hook(elf, section, &header);
        if (header.sh_type == SHT_DYNAMIC)
            program->sanitizer |= needs_sanitizer(elf, section, &header);
    }
}

static void read_elf(struct program *program, Elf *elf) {
    GElf_Ehdr header;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
        return;
    program->elf = header.e_machine == EM_X86_64 && header.e_ident[EI_CLASS] == ELFCLASS64;
    program->foreign = !program->elf;
    if (!program->elf)
        return;
    read_segments(program, elf);
    read_sections(program, elf);
}

struct program program_read(const char *path) {
    struct program program = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return program;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (elf)
        read_elf(&program, elf);
    elf_end(elf);
    close(fd);
    return program;
}

/*
 * A program may hold the runtime itself (librecount.a) and have the shared one preloaded. The one in the program wins:
 * it carries an ELF note, and the preloaded one stays still when it finds it.
 */
#include "instrument/runtime.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include "instrument/safe.h"

/* Name size, description size, type, "recount\0", version: a note as elf(5) lays it. */
__asm__(".pushsection .note.recount, \"a\", @note\n"
        "  .balign 4\n"
        "  .long 8, 4, 1\n"
        "  .asciz \"recount\"\n"
        "  .long 1\n"
        ".popsection\n");

static bool has_note(const char *note, size_t size) {
    while (size >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *header = (const ElfW(Nhdr) *)note;
        size_t whole = sizeof *header + ((header->n_namesz + 3u) & ~3u) + ((header->n_descsz + 3u) & ~3u);
        if (header->n_namesz == 8 && memcmp(note + sizeof *header, "recount", 8) == 0)
            return true;
        if (whole > size)
            return false;
        note += whole;
        size -= whole;
    }
    return false;
}

bool rt_other_runtime(void) {
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    size_t count = getauxval(AT_PHNUM);
    uint64_t bias = 0, here = (uint64_t)&rt_other_runtime;
    bool note = false, mine = false;
    for (size_t i = 0; headers && i < count; i++)
        if (headers[i].p_type == PT_PHDR)
            bias = (uint64_t)headers - headers[i].p_vaddr;
    for (size_t i = 0; headers && i < count; i++) {
        uint64_t start = bias + headers[i].p_vaddr;
        if (headers[i].p_type == PT_NOTE)
            note = note || has_note((const char *)start, headers[i].p_memsz);
        if (headers[i].p_type == PT_LOAD)
            mine = mine || (here >= start && here < start + headers[i].p_memsz);
    }
    return note && !mine;
}

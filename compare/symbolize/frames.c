#include "compare/symbolize/frames.h"

#include <stdbool.h>
#include <string.h>

/* Linux Standard Base, "The .eh_frame_hdr section": a header, then pairs sorted by the first, both relative to it. */
struct header {
    uint8_t version, frame_encoding, count_encoding, table_encoding;
    int32_t frame;
    uint32_t count;
};
struct pair {
    int32_t function, frame;
};
enum { VERSION = 1, UDATA4 = 0x03, SDATA4_RELATIVE = 0x3b };

static bool find_table(Elf *elf, GElf_Phdr *out) {
    size_t n = 0;
    if (elf_getphdrnum(elf, &n))
        return false;
    for (size_t i = 0; i < n; i++)
        if (gelf_getphdr(elf, (int)i, out) && out->p_type == PT_GNU_EH_FRAME)
            return true;
    return false;
}

int rc_frames_add(struct rc_intervals *out, Elf *elf, uint64_t bias) {
    GElf_Phdr place;
    struct header header;
    if (!find_table(elf, &place))
        return 0;
    Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)place.p_offset, place.p_filesz, ELF_T_BYTE);
    if (!data || data->d_size < sizeof header)
        return 0;
    memcpy(&header, data->d_buf, sizeof header);
    if (header.version != VERSION || header.count_encoding != UDATA4 || header.table_encoding != SDATA4_RELATIVE ||
        header.count > (data->d_size - sizeof header) / sizeof(struct pair))
        return 0;
    const unsigned char *at = (const unsigned char *)data->d_buf + sizeof header;
    for (uint32_t i = 0; i < header.count; i++, at += sizeof(struct pair)) {
        struct pair pair;
        memcpy(&pair, at, sizeof pair);
        uint64_t start = place.p_vaddr + (uint64_t)(int64_t)pair.function + bias;
        if (rc_intervals_add(out, (struct rc_interval){.start = start, .end = start}))
            return -1;
    }
    return 0;
}

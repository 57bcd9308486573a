#include "compare/model/model.h"

static const struct rc_symbol *find(void *context, uint64_t address) {
    return rc_symbols_find(context, address);
}

static struct rc_line line(void *context, uint64_t address) {
    return rc_symbols_line(context, address);
}

static struct rc_line body_line(void *context, uint64_t address) {
    return rc_symbols_body_line(context, address);
}

static size_t inlined(void *context, uint64_t address, const char **names, size_t most) {
    return rc_symbols_inlined(context, address, names, most);
}

static bool file(void *context, const struct rc_module *module, uint64_t *device, uint64_t *inode) {
    return rc_symbols_file(context, module, device, inode);
}

struct rc_lookup rc_lookup_of_symbols(struct rc_symbols *symbols) {
    struct rc_lookup lookup = {symbols, find, line, body_line, inlined, file};
    return lookup;
}

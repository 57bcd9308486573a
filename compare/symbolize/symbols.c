#include "compare/symbolize/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compare/symbolize/hash.h"
#include "compare/symbolize/names.h"
#include "compare/symbolize/object.h"
#include "compare/symbolize/source.h"

struct found_symbol { /* by start address and object */
    struct {
        uint64_t start;
        uint64_t object; /* 0: none, else its number + 1 */
    } key;
    struct rc_symbol symbol;
    UT_hash_handle hh;
    bool failed;
};

struct found_address {
    uint64_t address;
    const struct rc_symbol *symbol; /* each of the three is looked up when it is asked for */
    struct rc_line line;
    const char **inlined;
    size_t n_inlined;
    bool line_known, inlined_known, failed;
    UT_hash_handle hh;
};

/* What was asked last for each of some addresses: a big profile asks for few, but millions of times. */
struct recent {
    uint64_t address;
    const struct rc_symbol *symbol; /* NULL: nothing yet */
};
enum { RECENT = 1 << 16 }; /* a power of two */

struct rc_symbols {
    const struct rc_process *process;
    struct recent recent[RECENT];
    struct rc_object *objects;
    size_t n_objects;
    size_t *object_of; /* by module */
    struct rc_strings strings;
    struct found_symbol *by_start;
    struct found_address *by_address;
    char *missing;
};

static const struct rc_symbol nothing = {
    .name = "[unknown]", .linkage = "[unknown]", .object = "[unknown]", .base = "[unknown]"};

/* ---- objects ---- */

static bool same_object(const struct rc_module *a, const struct rc_module *b) {
    return a->bias == b->bias && a->build_id_size == b->build_id_size && strcmp(a->path, b->path) == 0 &&
           memcmp(a->build_id, b->build_id, a->build_id_size) == 0;
}

static int note_missing(struct rc_symbols *symbols, const char *path, const char *why) {
    char *more;
    const char *shown = rc_intern(&symbols->strings, path);
    if (!shown || asprintf(&more, "%s%s%s: %s", symbols->missing ? symbols->missing : "", symbols->missing ? "\n" : "",
                           shown, why) < 0)
        return -1;
    free(symbols->missing);
    symbols->missing = more;
    return 0;
}

/* Names in brackets are no files: what the kernel calls a piece of memory. */
static int open_object(struct rc_symbols *symbols, const struct rc_module *module) {
    const char *why = rc_object_open(symbols->objects + symbols->n_objects++, module);
    return why && module->path[0] != '[' ? note_missing(symbols, module->path, why) : 0;
}

static int open_objects(struct rc_symbols *symbols) {
    const struct rc_process *process = symbols->process;
    for (size_t i = 0; i < process->n_modules; i++) {
        size_t at = 0;
        while (at < symbols->n_objects && !same_object(symbols->objects[at].module, process->modules + i))
            at++;
        symbols->object_of[i] = at;
        if (at == symbols->n_objects && open_object(symbols, process->modules + i))
            return -1;
    }
    return 0;
}

int rc_symbols_open(struct rc_symbols **out, const struct rc_process *process, struct rc_error *err) {
    size_t n = process->n_modules ? process->n_modules : 1;
    struct rc_symbols *symbols = calloc(1, sizeof *symbols);
    *out = NULL;
    if (symbols) {
        symbols->process = process;
        symbols->objects = calloc(n, sizeof *symbols->objects);
        symbols->object_of = calloc(n, sizeof *symbols->object_of);
    }
    if (!symbols || !symbols->objects || !symbols->object_of || open_objects(symbols)) {
        rc_symbols_close(symbols);
        return rc_fail(err, "no memory for the symbols of process %u", process->pid);
    }
    *out = symbols;
    return 0;
}

void rc_symbols_close(struct rc_symbols *symbols) {
    if (!symbols)
        return;
    struct found_symbol *symbol, *next_symbol;
    HASH_ITER(hh, symbols->by_start, symbol, next_symbol) {
        HASH_DEL(symbols->by_start, symbol);
        free(symbol);
    }
    struct found_address *address, *next_address;
    HASH_ITER(hh, symbols->by_address, address, next_address) {
        HASH_DEL(symbols->by_address, address);
        free(address->inlined);
        free(address);
    }
    for (size_t i = 0; i < symbols->n_objects; i++)
        rc_object_close(symbols->objects + i);
    rc_strings_free(&symbols->strings);
    free(symbols->objects);
    free(symbols->object_of);
    free(symbols->missing);
    free(symbols);
}

const char *rc_symbols_missing(const struct rc_symbols *symbols) {
    return symbols->missing ? symbols->missing : "";
}

/* The object around `address`: the one whose load the address names, or the last of those that were loaded there. */
static struct rc_object *object_at(struct rc_symbols *symbols, uint64_t code) {
    const struct rc_module *best = NULL, *modules = symbols->process->modules;
    uint64_t address = rf_address(code), load = code >> RF_ADDRESS_BITS;
    for (size_t i = 0; i < symbols->process->n_modules; i++) {
        const struct rc_module *module = modules + i;
        if (address < module->start || address >= module->end || (load && (module->generation & 0xffff) != load))
            continue;
        if (!best || module->generation > best->generation ||
            (module->generation == best->generation && module->loaded > best->loaded))
            best = module;
    }
    return best ? symbols->objects + symbols->object_of[best - modules] : NULL;
}

/* ---- functions ---- */

static const char *stem(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* gcc's coroutine clones have no declaration of their own; their first line is that of the source function. */
static struct rc_line declaration(struct rc_symbols *symbols, struct rc_object *object, uint64_t start) {
    struct rc_line out = rc_source_declaration(object, &symbols->strings, start);
    return out.file ? out : rc_source_line(object, &symbols->strings, start);
}

static int describe(struct rc_symbols *symbols, struct rc_object *object, const struct rc_extent *extent,
                    struct rc_symbol *out) {
    struct rc_names names;
    if (rc_names_make(&names, &symbols->strings, extent->symbol))
        return -1;
    struct rc_line at = declaration(symbols, object, extent->start);
    out->name = names.name;
    out->linkage = names.linkage;
    out->base = names.base;
    out->clone = names.clone;
    out->file = at.file;
    out->line = at.line;
    return 0;
}

/* A place without a name is named by its object and its address there. */
static int describe_nameless(struct rc_symbols *symbols, const struct rc_object *object, uint64_t start,
                             struct rc_symbol *out) {
    unsigned long long at = start;
    if (!object)
        out->name = rc_intern_format(&symbols->strings, "0x%llx", at);
    else if (strcmp(object->module->path, "[vdso]") == 0 && !object->dwfl)
        out->name = rc_intern(&symbols->strings, "[vdso]");
    else
        out->name =
            rc_intern_format(&symbols->strings, "%s+0x%llx", stem(object->module->path), at - object->module->bias);
    out->linkage = out->base = out->name;
    return out->name ? 0 : -1;
}

static struct found_symbol *make_symbol(struct rc_symbols *symbols, struct rc_object *object,
                                        const struct rc_extent *extent) {
    struct found_symbol *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->key.start = extent->start;
    made->key.object = object ? (uint64_t)(object - symbols->objects) + 1 : 0;
    made->symbol.start = extent->start;
    made->symbol.size = extent->size;
    made->symbol.object = object ? rc_intern(&symbols->strings, object->module->path) : nothing.object;
    made->symbol.named = extent->symbol != NULL;
    int result = extent->symbol ? describe(symbols, object, extent, &made->symbol)
                                : describe_nameless(symbols, object, extent->start, &made->symbol);
    if (!result && made->symbol.object)
        HASH_ADD(hh, symbols->by_start, key, sizeof made->key, made);
    else
        made->failed = true;
    if (!made->failed)
        return made;
    free(made);
    return NULL;
}

static const struct rc_symbol *look_up(struct rc_symbols *symbols, uint64_t code) {
    struct rc_object *object = object_at(symbols, code);
    uint64_t address = rf_address(code);
    struct rc_extent extent = {.start = address};
    if (object && object->dwfl && !rc_object_extent(object, address, &extent))
        extent = (struct rc_extent){.start = address};
    struct found_symbol wanted = {.key.start = extent.start}, *found = NULL;
    wanted.key.object = object ? (uint64_t)(object - symbols->objects) + 1 : 0;
    HASH_FIND(hh, symbols->by_start, &wanted.key, sizeof wanted.key, found);
    if (!found)
        found = make_symbol(symbols, object, &extent);
    return found ? &found->symbol : &nothing;
}

static struct found_address *entry(struct rc_symbols *symbols, uint64_t address) {
    struct found_address *found = NULL;
    HASH_FIND(hh, symbols->by_address, &address, sizeof address, found);
    if (found)
        return found;
    found = calloc(1, sizeof *found);
    if (!found)
        return NULL;
    found->address = address;
    HASH_ADD(hh, symbols->by_address, address, sizeof found->address, found);
    if (!found->failed)
        return found;
    free(found);
    return NULL;
}

/* Functions begin at multiples of 16, and what is called from them lies at any place behind. */
static struct recent *recent_of(struct rc_symbols *symbols, uint64_t address) {
    return &symbols->recent[(address ^ address >> 14) % RECENT];
}

const struct rc_symbol *rc_symbols_find(struct rc_symbols *symbols, uint64_t address) {
    struct recent *recent = recent_of(symbols, address);
    if (recent->symbol && recent->address == address)
        return recent->symbol;
    struct found_address *found = entry(symbols, address);
    if (!found)
        return &nothing;
    if (!found->symbol)
        found->symbol = look_up(symbols, address);
    *recent = (struct recent){address, found->symbol};
    return found->symbol;
}

struct rc_line rc_symbols_line(struct rc_symbols *symbols, uint64_t address) {
    struct found_address *found = entry(symbols, address);
    if (!found)
        return (struct rc_line){0};
    if (!found->line_known) {
        struct rc_object *object = object_at(symbols, address);
        if (object && object->dwfl)
            found->line = rc_source_line(object, &symbols->strings, rf_address(address));
        found->line_known = true;
    }
    return found->line;
}

struct rc_line rc_symbols_body_line(struct rc_symbols *symbols, uint64_t address) {
    struct rc_object *object = object_at(symbols, address);
    return object && object->dwfl ? rc_source_body_line(object, &symbols->strings, rf_address(address))
                                  : (struct rc_line){0};
}

static void find_inlined(struct rc_symbols *symbols, struct found_address *found, uint64_t address) {
    const char *names[RC_INLINED_MOST];
    struct rc_object *object = object_at(symbols, address);
    found->inlined_known = true;
    if (!object || !object->dwfl)
        return;
    size_t n = rc_source_inlined(object, &symbols->strings, rf_address(address), names, RC_INLINED_MOST);
    found->inlined = n ? malloc(n * sizeof *names) : NULL;
    if (!found->inlined)
        return;
    memcpy(found->inlined, names, n * sizeof *names);
    found->n_inlined = n;
}

size_t rc_symbols_inlined(struct rc_symbols *symbols, uint64_t address, const char **names, size_t most) {
    struct found_address *found = entry(symbols, address);
    if (!found)
        return 0;
    if (!found->inlined_known)
        find_inlined(symbols, found, address);
    size_t n = found->n_inlined < most ? found->n_inlined : most;
    if (n && found->inlined)
        memcpy(names, found->inlined, n * sizeof *names);
    return n;
}

bool rc_symbols_file(const struct rc_symbols *symbols, const struct rc_module *module, uint64_t *device,
                     uint64_t *inode) {
    size_t object = symbols->object_of[module - symbols->process->modules];
    struct stat status;
    if (!symbols->objects[object].dwfl || stat(module->path, &status))
        return false;
    *device = status.st_dev;
    *inode = status.st_ino;
    return true;
}

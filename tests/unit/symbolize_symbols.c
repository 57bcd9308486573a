/* Names, lines and clones against what programs know of themselves, for both compilers. */
#include <criterion/criterion.h>
#include <elfutils/libdwelf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "tests/unit/symbolize_program.h"

#define STATICS " -g statics.c statics_other.c"

static const char *const c_builds[] = {"gcc -O0 -fno-pie -no-pie" STATICS, "gcc -O2 -fPIE -pie" STATICS,
                                       "gcc -O2 -flto -fno-pie -no-pie" STATICS, "clang -O0 -fno-pie -no-pie" STATICS,
                                       "clang -O2 -fPIE -pie" STATICS};

static void expect_function(struct program *program, const char *fact, const char *name, const char *file) {
    const struct fact *truth = program_fact(program, fact);
    const struct rc_symbol *symbol = rc_symbols_find(program->symbols, truth->address);
    cr_expect_str_eq(symbol->base, name);
    cr_expect(symbol->start == truth->address && symbol->size >= 4, "%s: %lx", fact, symbol->start);
    cr_expect(ends_with(symbol->file, file), "%s: %s", fact, symbol->file);
    cr_expect(symbol->line == truth->line, "%s: line %u, not %u", fact, symbol->line, truth->line);
    cr_expect_str_eq(symbol->object, program->path);
    cr_expect(symbol->clone == RC_CLONE_NONE);
    for (uint64_t at = 0; at < symbol->size; at++)
        cr_expect(rc_symbols_find(program->symbols, truth->address + at) == symbol);
}

static void check_statics(const char *build) {
    const char *names[8];
    struct program *program = program_make(build);
    program_open(program);
    expect_function(program, "helper", "helper", "statics.c");
    expect_function(program, "other", "helper", "statics_other.c");

    const struct fact *truth = program_fact(program, "return");
    struct rc_line line = rc_symbols_line(program->symbols, truth->address - 1);
    cr_expect(line.line == truth->line && ends_with(line.file, "statics.c"), "%s: line %u", build, line.line);
    cr_expect_str_eq(rc_symbols_find(program->symbols, truth->address - 1)->base, "calls");
    cr_expect(rc_symbols_inlined(program->symbols, truth->address - 1, names, 8) == 0);

    cr_expect(rc_symbols_body_line(program->symbols, truth->address - 1).line == truth->line, "%s", build);

    truth = program_fact(program, "inlined");
    line = rc_symbols_line(program->symbols, truth->address - 1);
    cr_expect(line.line == truth->line, "%s: line %u", build, line.line);
    cr_expect_str_eq(rc_symbols_find(program->symbols, truth->address)->base, "outer");
    line = rc_symbols_body_line(program->symbols, truth->address - 1);
    cr_expect(line.line == program_fact(program, "outer")->line && ends_with(line.file, "statics.c"), "%s: line %u",
              build, line.line);
    cr_assert(rc_symbols_inlined(program->symbols, truth->address - 1, names, 8) == 2, "%s", build);
    cr_expect_str_eq(names[0], "innermost");
    cr_expect_str_eq(names[1], "between");
    cr_expect(rc_symbols_inlined(program->symbols, truth->address - 1, names, 1) == 1);
    cr_expect_str_eq(rc_symbols_missing(program->symbols), "");
    cr_expect_str_eq(rc_symbols_find(program->symbols, program_fact(program, "alias")->address)->base, "answer");
    program_free(program);
}

Test(symbolize_symbols, statics_lines_and_inlined) {
    for (size_t i = 0; i < sizeof c_builds / sizeof *c_builds; i++)
        if (program_can(strncmp(c_builds[i], "gcc", 3) == 0 ? "gcc" : "clang"))
            check_statics(c_builds[i]);
}

/* What lies behind a function up to the next one is asked for before it, and is covered by its frame information. */
Test(symbolize_symbols, padding_is_no_function) {
    if (!program_can("gcc"))
        return;
    struct program *program = program_make("gcc -O2 -falign-functions=64 -fno-pie -no-pie" STATICS);
    program_open(program);
    uint64_t start = program_fact(program, "helper")->address;
    for (uint64_t at = 64; at-- > 0;)
        cr_expect(rc_symbols_find(program->symbols, start + at)->named, "helper+%lu", at);
    expect_function(program, "helper", "helper", "statics.c");
    program_free(program);
}

static void expect_clone(struct program *program, const char *fact, enum rc_clone clone, const char *base,
                         bool declared) {
    const struct fact *truth = program_fact(program, fact);
    const struct rc_symbol *symbol = rc_symbols_find(program->symbols, truth->address);
    cr_expect_str_eq(symbol->base, base);
    cr_expect(symbol->clone == clone, "%s: %s is %d", fact, symbol->linkage, symbol->clone);
    cr_expect((clone == RC_CLONE_NONE) == (strstr(symbol->name, " [clone .") == NULL), "%s", symbol->name);
    if (declared)
        cr_expect(symbol->line == truth->line && ends_with(symbol->file, "coroutines.cpp"), "%s: line %u, not %u", fact,
                  symbol->line, truth->line);
}

static void check_coroutines(const char *build, enum rc_clone resume) {
    struct program *program = program_make(build);
    program_open(program);
    const char *close = "shop::close(int)", *hidden = "(anonymous namespace)::hidden()";
    const char *serve = "task shop::counter::serve<long>(long, char const*)";
    expect_clone(program, "close", RC_CLONE_NONE, close, true);
    expect_clone(program, "close.resume", resume, close, true);
    expect_clone(program, "close.destroy", RC_CLONE_DESTROY, close, true);
    expect_clone(program, "hidden", RC_CLONE_NONE, hidden, true);
    expect_clone(program, "hidden.resume", resume, hidden, true);
    expect_clone(program, "hidden.destroy", RC_CLONE_DESTROY, hidden, true);
    expect_clone(program, "serve.resume", resume, serve, true);
    expect_clone(program, "serve.destroy", RC_CLONE_DESTROY, serve, true);
    program_free(program);
}

Test(symbolize_symbols, coroutine_clones_of_gcc) {
    check_coroutines("g++ -g -std=c++20 -fcoroutines -fno-pie -no-pie -O0 coroutines.cpp", RC_CLONE_ACTOR);
    check_coroutines("g++ -g -std=c++20 -fcoroutines -fPIE -pie -O1 coroutines.cpp", RC_CLONE_ACTOR);
    check_coroutines("g++ -g -std=c++20 -fcoroutines -fno-pie -no-pie -O2 coroutines.cpp", RC_CLONE_ACTOR);
}

Test(symbolize_symbols, coroutine_clones_of_clang) {
    if (!program_can("clang++"))
        cr_skip("no clang++ here");
    check_coroutines("clang++ -g -std=c++20 -fno-pie -no-pie -O0 coroutines.cpp", RC_CLONE_RESUME);
    check_coroutines("clang++ -g -std=c++20 -fPIE -pie -O2 coroutines.cpp", RC_CLONE_RESUME);
}

/* What strip leaves: where functions begin, so that a call and a sample of one still meet. */
Test(symbolize_symbols, stripped) {
    struct program *program = program_make("gcc -O1 -fPIE -pie" STATICS);
    program_do(program, "strip %s");
    program_open(program);
    const struct fact *truth = program_fact(program, "helper");
    const struct rc_symbol *symbol = rc_symbols_find(program->symbols, truth->address);
    char name[64];
    snprintf(name, sizeof name, "program+0x%lx", truth->address - program->module.bias);
    cr_expect_str_eq(symbol->name, name);
    cr_expect_str_eq(symbol->base, name);
    cr_expect(symbol->start == truth->address && symbol->size > 0 && symbol->file == NULL);
    cr_expect(rc_symbols_find(program->symbols, truth->address + 1) == symbol);
    cr_expect(rc_symbols_find(program->symbols, program_fact(program, "other")->address) != symbol);
    cr_expect(rc_symbols_line(program->symbols, truth->address).file == NULL);
    program_free(program);
}

Test(symbolize_symbols, debug_information_in_a_file_of_its_own) {
    struct program *program = program_make("gcc -O1 -fno-pie -no-pie" STATICS);
    program_do(program, "cd $(dirname %s) && objcopy --only-keep-debug program program.debug && strip program && "
                        "objcopy --add-gnu-debuglink=program.debug program");
    program_open(program);
    expect_function(program, "helper", "helper", "statics.c");
    program_free(program);
}

static void expect_unusable(struct program *program, const char *why) {
    program_open(program);
    const char *missing = rc_symbols_missing(program->symbols);
    const struct fact *truth = program_fact(program, "helper");
    char name[64];
    snprintf(name, sizeof name, "program+0x%lx", truth->address);
    cr_expect(strncmp(missing, program->path, strlen(program->path)) == 0 && strstr(missing, why), "%s", missing);
    cr_expect_str_eq(rc_symbols_find(program->symbols, truth->address)->name, name);
    cr_expect(rc_symbols_line(program->symbols, truth->address).line == 0);
    cr_expect(rc_symbols_inlined(program->symbols, truth->address, NULL, 0) == 0);
    program_free(program);
}

Test(symbolize_symbols, files_that_cannot_be_used) {
    struct program *program = program_make("gcc -fno-pie -no-pie -Wl,--build-id=0x0102030405060708" STATICS);
    program->module.build_id_size = 8;
    memcpy(program->module.build_id, "\1\2\3\4\5\6\7\x09", 8);
    expect_unusable(program, "has changed since");
    program = program_make("gcc -fno-pie -no-pie -Wl,--build-id=none" STATICS);
    program->module.build_id_size = 8;
    expect_unusable(program, "has changed since");
    program = program_make("gcc -fno-pie -no-pie" STATICS);
    program_do(program, "rm %s");
    expect_unusable(program, "No such file");
    program = program_make("gcc -fno-pie -no-pie" STATICS);
    program_do(program, "echo text > %s");
    expect_unusable(program, "not an ELF file");
    program = program_make("gcc -fno-pie -no-pie" STATICS);
    program_do(program, "p=%s; rm $p && mkfifo $p");
    expect_unusable(program, "not a regular file");
}

Test(symbolize_symbols, the_right_build_id_is_used) {
    struct program *program = program_make("gcc -fno-pie -no-pie -Wl,--build-id=0x0102030405060708" STATICS);
    program->module.build_id_size = 8;
    memcpy(program->module.build_id, "\1\2\3\4\5\6\7\x08", 8);
    program_open(program);
    expect_function(program, "helper", "helper", "statics.c");
    program_free(program);
}

Test(symbolize_symbols, no_module) {
    struct rc_process process = {0};
    struct rc_symbols *symbols;
    cr_assert(rc_symbols_open(&symbols, &process, NULL) == 0);
    const struct rc_symbol *symbol = rc_symbols_find(symbols, 0x1234);
    cr_expect_str_eq(symbol->object, "[unknown]");
    cr_expect_str_eq(symbol->name, "0x1234");
    cr_expect(symbol->size == 0 && symbol->file == NULL && rc_symbols_find(symbols, 0x1234) == symbol);
    cr_expect(rc_symbols_find(symbols, 0x1235) != symbol);
    cr_expect(rc_symbols_line(symbols, 0x1234).file == NULL);
    rc_symbols_close(symbols);
    rc_symbols_close(NULL);
}

/* The kernel's object has no file. */
Test(symbolize_symbols, vdso) {
    char *image = (char *)getauxval(AT_SYSINFO_EHDR);
    if (!image)
        cr_skip("no vdso here");
    const ElfW(Ehdr) *header = (const void *)image;
    size_t size = header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
    struct rc_module module = {
        .start = (uint64_t)(uintptr_t)image, .end = module.start + size, .bias = module.start, .path = "[vdso]"};
    struct rc_process process = {.modules = &module, .n_modules = 1};
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory(image, size);
    const void *id;
    ssize_t id_size = dwelf_elf_gnu_build_id(elf, &id);
    cr_assert(id_size > 0 && id_size <= 32);
    memcpy(module.build_id, id, (size_t)id_size);
    uint64_t address = 0; /* of the first function */
    GElf_Shdr section;
    GElf_Sym symbol = {0};
    for (Elf_Scn *at = NULL; (at = elf_nextscn(elf, at)) && !address;)
        if (gelf_getshdr(at, &section) && section.sh_type == SHT_DYNSYM)
            for (int i = 1; gelf_getsym(elf_getdata(at, NULL), i, &symbol) && !address; i++)
                if (GELF_ST_TYPE(symbol.st_info) == STT_FUNC)
                    address = module.bias + symbol.st_value;
    elf_end(elf);
    for (int known = 0; known < 2; known++) {
        struct rc_symbols *symbols;
        module.build_id_size = known ? (uint32_t)id_size : 0;
        cr_assert(rc_symbols_open(&symbols, &process, NULL) == 0);
        const char *name = rc_symbols_find(symbols, address)->name;
        cr_expect(known ? strstr(name, "vdso_") != NULL : strcmp(name, "[vdso]") == 0, "%s", name);
        cr_expect_str_eq(rc_symbols_missing(symbols), "");
        rc_symbols_close(symbols);
    }
}

/* Two programs at the same addresses: what was loaded last counts. */
Test(symbolize_symbols, an_address_that_was_used_twice) {
    struct program *first = program_make("gcc -O1 -fno-pie -no-pie" STATICS);
    struct program *second = program_make("g++ -O1 -g -std=c++20 -fcoroutines -fno-pie -no-pie coroutines.cpp");
    for (int order = 0; order < 2; order++) {
        struct rc_module modules[] = {order ? first->module : second->module, order ? second->module : first->module};
        modules[order].generation = 2;
        modules[!order].generation = 1;
        second->process = (struct rc_process){.modules = modules, .n_modules = 2};
        program_open(second);
        expect_clone(second, "close", RC_CLONE_NONE, "shop::close(int)", true);
        rc_symbols_close(second->symbols);
    }
    second->symbols = NULL;
    program_free(second);
    program_free(first);
}

Test(symbolize_symbols, hostile_symbol_name) {
    struct program *program = program_make("gcc -O1 -fno-pie -no-pie" STATICS);
    program_do(program, "objcopy --redefine-sym outer=\"$(printf 'x\\033[2J\\nx')\" %s");
    program_open(program);
    const struct rc_symbol *symbol = rc_symbols_find(program->symbols, program_fact(program, "outer")->address);
    cr_expect_str_eq(symbol->name, "x?[2J?x");
    program_free(program);
}

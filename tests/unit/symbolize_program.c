#include "tests/unit/symbolize_program.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(const char *format, const char *argument) {
    char command[512];
    snprintf(command, sizeof command, format, argument);
    return system(command);
}

bool program_can(const char *name) {
    return run("command -v %s >/dev/null 2>&1", name) == 0;
}

bool ends_with(const char *text, const char *end) {
    size_t n = strlen(end);
    return text && strlen(text) >= n && strcmp(text + strlen(text) - n, end) == 0;
}

static void read_facts(struct program *program) {
    FILE *out = popen(program->path, "r");
    cr_assert(out != NULL);
    struct fact *fact = program->facts;
    while (program->n_facts < 32 && fscanf(out, "fact %31s %lx %u\n", fact->name, &fact->address, &fact->line) == 3)
        program->n_facts++, fact++;
    cr_assert(pclose(out) == 0 && program->n_facts > 3);
}

struct program *program_make(const char *command) {
    struct program *program = calloc(1, sizeof *program);
    cr_assert(program != NULL);
    strcpy(program->directory, "/tmp/recount-symbols-XXXXXX");
    cr_assert(mkdtemp(program->directory) != NULL);
    snprintf(program->path, sizeof program->path, "%s/program", program->directory);
    char full[512];
    snprintf(full, sizeof full, "cd tests/unit/symbolize && %s -o %%s", command);
    cr_assert(run(full, program->path) == 0, "%s", full);
    read_facts(program);
    program->module = (struct rc_module){.start = program_fact(program, "start")->address,
                                         .end = program_fact(program, "end")->address,
                                         .bias = program_fact(program, "bias")->address,
                                         .path = program->path};
    program->process = (struct rc_process){.modules = &program->module, .n_modules = 1};
    return program;
}

void program_do(const struct program *program, const char *command) {
    cr_assert(run(command, program->path) == 0, "%s", command);
}

void program_open(struct program *program) {
    struct rc_error err;
    cr_assert(rc_symbols_open(&program->symbols, &program->process, &err) == 0);
}

void program_free(struct program *program) {
    rc_symbols_close(program->symbols);
    run("rm -r %s", program->directory);
    free(program);
}

const struct fact *program_fact(const struct program *program, const char *name) {
    for (size_t i = 0; i < program->n_facts; i++)
        if (strcmp(program->facts[i].name, name) == 0)
            return program->facts + i;
    cr_assert_fail("no fact %s", name);
    return NULL;
}

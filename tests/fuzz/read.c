/*
 * Hostile profiles, for libFuzzer (https://llvm.org/docs/LibFuzzer.html): each input is loaded, and what loads is
 * modelled, explained and rendered in every form. Names come from nowhere, so that no file is opened that the input
 * names. tests/fuzz/fuzz.sh builds and runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compare/explain/causes.h"
#include "compare/load/profile.h"
#include "compare/model/model.h"
#include "compare/render/render.h"
#include "profile/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

/* ---- names: a few functions by their addresses, in one file ---- */

static struct rc_symbol symbols[16];
static char names[16][8];

static const struct rc_symbol *find(void *context, uint64_t address) {
    (void)context;
    size_t i = address >> 4 & 15;
    snprintf(names[i], sizeof names[i], "f%zu", i);
    symbols[i].name = symbols[i].linkage = symbols[i].base = names[i];
    symbols[i].file = "a.c";
    symbols[i].object = "/usr/bin/app";
    symbols[i].start = address & ~(uint64_t)15;
    return &symbols[i];
}

static struct rc_line line(void *context, uint64_t address) {
    (void)context;
    return (struct rc_line){"a.c", (uint32_t)(address & 1023)};
}

static size_t inlined(void *context, uint64_t address, const char **out, size_t most) {
    (void)context;
    if (!most || address & 7)
        return 0;
    out[0] = "inlined";
    return 1;
}

/* ---- an input ---- */

static void render(const struct rc_report *report) {
    struct rc_error err = {""};
    FILE *out = fopen("/dev/null", "w");
    if (!out)
        abort();
    const struct rc_paper paper = {.out = out, .width = 120};
    rc_render_table(&paper, report, &(struct rc_table_options){.top = 20, .missing = ""}, &err);
    rc_render_tree(&paper, report, &(struct rc_tree_options){.least = 0.01}, &err);
    rc_render_awaits(&paper, report, 20, &err);
    for (size_t i = 0; i < report->n_functions && i < 4; i++)
        rc_render_story(&paper, report, &report->functions[i], &err);
    rc_render_json(out, report, "", &err);
    rc_render_tree_json(out, report, &err);
    fclose(out);
}

static void study(const struct rc_profile *profile) {
    struct rc_error err = {""};
    struct rc_lookup *lookups = calloc(profile->n_processes + 1, sizeof *lookups);
    struct rc_report *report;
    for (size_t i = 0; lookups && i < profile->n_processes; i++)
        lookups[i] = (struct rc_lookup){NULL, find, line, line, inlined, NULL};
    if (lookups && rc_report_build_with(&report, profile, lookups, 0, RC_TREE_LOGICAL, &err) == 0) {
        rc_causes_find(report);
        render(report);
        rc_report_free(report);
    }
    free(lookups);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct rc_error err = {""};
    struct rc_profile *profile;
    char path[64];
    int fd = memfd_create("input", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    if (rc_profile_load(&profile, path, &err) == 0) {
        study(profile);
        rc_profile_free(profile);
    } else if (!*err.text || strchr(err.text, '\n')) {
        abort(); /* not one line that says why */
    }
    close(fd);
    return 0;
}

/* ---- mutations: mostly of a word, where something is written, to what breaks arithmetic ---- */

static uint64_t next_random(uint64_t *state) { /* xorshift64, Marsaglia 2003 */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static uint64_t nasty(uint64_t *state, const uint8_t *data, size_t size) {
    const uint64_t some[] = {0, 1, 2, UINT64_MAX, UINT64_MAX - 63, UINT32_MAX, INT64_MAX, RF_PAGE, size, size - 1};
    uint64_t word, pick = next_random(state) % 16;
    if (pick < sizeof some / sizeof *some)
        return some[pick];
    memcpy(&word, data + next_random(state) % (size / 8) * 8, sizeof word); /* some other word, often an address */
    return word + (pick & 1 ? 0 : next_random(state) % 256 - 128);
}

static size_t written_word(uint64_t *state, const uint8_t *data, size_t size) {
    size_t at = 0;
    uint64_t word = 0;
    for (int tries = 0; tries < 64 && !word; tries++) {
        at = next_random(state) % (size / 8) * 8;
        memcpy(&word, data + at, sizeof word);
    }
    return at;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    uint64_t state = seed + UINT64_C(0x9E3779B97F4A7C15);
    if (size < RF_PAGE || next_random(&state) % 8 == 0)
        return LLVMFuzzerMutate(data, size, most);
    for (uint64_t n = 1 + next_random(&state) % 4; n; n--) {
        uint64_t value = nasty(&state, data, size);
        memcpy(data + written_word(&state, data, size), &value, sizeof value >> next_random(&state) % 4);
    }
    return size;
}

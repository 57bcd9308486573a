/* The sampler's side: which function each sample was in. */
#include <stdlib.h>
#include <string.h>

#include "compare/model/spans.h"

struct counting {
    struct rc_build *build;
    struct rc_part *part;
};

static bool in_probes(const struct rc_process *process, uint64_t ip) {
    return ip >= process->hooks_lo && ip < process->hooks_hi;
}

/* The preloaded runtime's functions stand between a library and the program, and are neither's. */
static bool is_interposer(const struct rc_symbol *symbol) {
    static const char name[] = "librecount.so";
    const char *slash = strrchr(symbol->object, '/');
    return strncmp(slash ? slash + 1 : symbol->object, name, sizeof name - 1) == 0;
}

/* The functions of symbols that were asked for before: a few, by millions of frames. */
struct memo {
    const struct rc_symbol *symbol;
    uint32_t function;
};
enum { MEMOS = 1 << 11, SYMBOL_SHIFT = 6 };

/* RC_NONE: no memory; NOTHING: neither the program's nor a library's. */
#define NOTHING (RC_NONE - 1)
static uint32_t function_of(struct rc_build *build, struct memo *memos, const struct rc_symbol *symbol) {
    uintptr_t place = (uintptr_t)symbol >> SYMBOL_SHIFT;
    struct memo *memo = &memos[(place ^ place / MEMOS) % MEMOS];
    if (memo->symbol != symbol)
        *memo = (struct memo){symbol, is_interposer(symbol) ? NOTHING : rc_function_of(build, symbol)};
    return memo->function;
}

/* Finds the function of each native frame that an on-CPU sample stands on. */
static int resolve_frames(struct rc_build *build, struct rc_part *part, struct memo *memos) {
    const struct rc_process *process = part->process;
    uint32_t *functions = part->resolved->native_function;
    for (size_t i = 0; i < process->n_samples; i++) {
        if (process->samples[i].kind != RF_ON_CPU)
            continue; /* callers of what is known are known, too */
        for (uint32_t n = process->samples[i].native; n != RC_NONE && functions[n] == RC_NONE;
             n = process->natives[n].caller) {
            uint64_t ip = process->natives[n].ip - !process->natives[n].leaf;
            functions[n] = NOTHING;
            if (!in_probes(process, ip))
                functions[n] = function_of(build, memos, part->lookup->find(part->lookup->context, ip));
            if (functions[n] == RC_NONE)
                return rc_no_memory(build->err);
        }
    }
    return 0;
}

static int resolve_natives(struct rc_build *build, struct rc_part *part) {
    if (part->natives_resolved)
        return 0;
    part->natives_resolved = true;
    struct memo *memos = calloc(MEMOS, sizeof *memos);
    uint32_t *functions = part->resolved->native_function;
    for (size_t n = 0; n < part->process->n_natives; n++)
        functions[n] = RC_NONE;
    int result = memos ? resolve_frames(build, part, memos) : rc_no_memory(build->err);
    for (size_t n = 0; n < part->process->n_natives; n++)
        if (functions[n] == NOTHING)
            functions[n] = RC_NONE;
    free(memos);
    return result;
}

/* Of an adapter only what is innermost is ours: further out it stands around the library's work or the program's. */
bool rc_is_probe(const struct rc_build *build, const struct rc_part *part, const struct rc_sample *sample) {
    const struct rc_process *process = part->process;
    if (sample->flags & RF_SAMPLE_IN_PROBE)
        return true;
    if (sample->native != RC_NONE && part->resolved->native_function[sample->native] == RC_NONE)
        return true;
    for (uint32_t n = sample->native; n != RC_NONE; n = process->natives[n].caller) {
        if (rc_is_awake(build, part, part->resolved->native_function[n]))
            return false;
        if (in_probes(process, process->natives[n].ip - !process->natives[n].leaf))
            return true;
    }
    return false;
}

static uint32_t innermost(const struct rc_part *part, uint32_t native) {
    while (native != RC_NONE && part->resolved->native_function[native] == RC_NONE)
        native = part->process->natives[native].caller;
    return native;
}

static uint32_t innermost_hooked(const struct counting *c, uint32_t native) {
    const uint32_t *functions = c->part->resolved->native_function;
    while (native != RC_NONE && !rc_is_awake(c->build, c->part, functions[native]))
        native = c->part->process->natives[native].caller;
    return native;
}

int rc_place_samples(struct rc_build *build, struct rc_part *part, struct rc_placed **placed, size_t *n) {
    const uint32_t *functions = part->resolved->native_function;
    *n = 0;
    *placed = calloc(part->process->n_samples + 1, sizeof **placed);
    if (!*placed)
        return rc_no_memory(build->err);
    if (resolve_natives(build, part))
        return -1;
    for (size_t i = 0; i < part->process->n_samples; i++) {
        const struct rc_sample *sample = &part->process->samples[i];
        uint32_t frame = sample->native;
        if (sample->kind != RF_ON_CPU)
            continue;
        while (frame != RC_NONE && !rc_is_awake(build, part, functions[frame]))
            frame = part->process->natives[frame].caller;
        (*placed)[(*n)++] = (struct rc_placed){(uint32_t)i, frame == RC_NONE ? RC_NONE : functions[frame],
                                               rc_is_probe(build, part, sample)};
    }
    return 0;
}

uint32_t rc_leaf_of_path(const struct rc_part *part, const struct rc_sample *sample) {
    if (sample->path == RC_NONE)
        return RC_NONE;
    return part->resolved->node_function[part->process->paths[sample->path].node];
}

/* The innermost open call was inlined into `function`: the native stack knows it by that name. */
static bool leaf_inlined_into(const struct rc_part *part, const struct rc_sample *sample, uint32_t function) {
    if (sample->path == RC_NONE)
        return false;
    uint32_t node = part->process->paths[sample->path].node;
    while (part->process->nodes[node].flags & RF_NODE_INLINED && part->process->nodes[node].parent != RC_NONE) {
        node = part->process->nodes[node].parent;
        if (part->resolved->node_function[node] == function)
            return true;
    }
    return false;
}

/* The function whose own time a sample is; RC_NONE when nothing is known of it. */
static uint32_t self_of(const struct counting *c, const struct rc_sample *sample) {
    uint32_t leaf = rc_leaf_of_path(c->part, sample);
    uint32_t frame = innermost_hooked(c, sample->native);
    uint32_t hooked = frame == RC_NONE ? RC_NONE : c->part->resolved->native_function[frame];
    if (hooked != RC_NONE && c->part->inlined && c->part->inlined[frame].function[0] != RC_NONE)
        return c->part->inlined[frame].function[0];
    if (hooked != RC_NONE)
        return leaf_inlined_into(c->part, sample, hooked) ? leaf : hooked;
    if (leaf != RC_NONE)
        return leaf;
    uint32_t native = innermost(c->part, sample->native);
    return native == RC_NONE ? RC_NONE : c->part->resolved->native_function[native];
}

static int see_self(struct counting *c, const struct rc_sample *sample, uint32_t self) {
    struct rc_report *report = c->build->report;
    struct rc_function *function = &report->functions[self];
    if (function->hooked && rc_slept_in(c->part->resolved, self))
        return 0; /* no hook was entered around it, and what is known of it is of other runs */
    uint32_t native = innermost(c->part, sample->native);
    uint32_t inner = native == RC_NONE ? RC_NONE : c->part->resolved->native_function[native];
    function->seen.self++;
    function->seen.self_ns += sample->period_ns;
    if (inner != RC_NONE && inner != self && !rc_is_awake(c->build, c->part, inner)) {
        const struct rc_function *leaf = &report->functions[inner];
        function->seen.foreign++;
        if (rc_tally_add(&function->leaves, leaf->name, leaf->object, 1))
            return -1;
    }
    if (report->traced && !function->hooked)
        return 0;
    struct rc_build *build = c->build;
    if (rc_grow((void **)&build->observed, build->n_observed, sizeof *build->observed))
        return -1;
    build->observed[build->n_observed++] =
        (struct rc_observed){.function = self,
                             .weight = sample->period_ns,
                             .part = (uint32_t)(c->part - build->parts),
                             .native = native,
                             .thread = sample->thread,
                             .sample = (uint32_t)(sample - c->part->process->samples)};
    report->scoped_ns += sample->period_ns;
    return 0;
}

/* Whose hook it is the native stack tells, and on whose clock it is the innermost open call. */
static void count_probe(struct rc_report *report, uint32_t self, uint32_t leaf, double ns) {
    report->probe_samples++;
    if (self != RC_NONE) {
        report->functions[self].seen.in_probe++;
        report->functions[self].seen.probe_ns += (uint64_t)ns;
        report->functions[self].witness.probes_ns += ns;
    }
    if (leaf != RC_NONE && leaf != self)
        report->functions[leaf].witness.probes_ns += ns;
}

static int count_on_cpu(struct counting *c, const struct rc_sample *sample) {
    struct rc_report *report = c->build->report;
    uint32_t self = self_of(c, sample);
    report->kept_samples++;
    report->sampled_ns += sample->period_ns;
    if (rc_is_probe(c->build, c->part, sample)) {
        count_probe(report, self, rc_leaf_of_path(c->part, sample), sample->period_ns);
        return 0;
    }
    return self == RC_NONE ? 0 : see_self(c, sample, self);
}

static int count_off_cpu(struct counting *c, const struct rc_sample *sample) {
    uint32_t leaf = rc_leaf_of_path(c->part, sample);
    if (leaf == RC_NONE)
        return 0;
    struct rc_function *function = &c->build->report->functions[leaf];
    const char *name = rc_syscall_name(sample->syscall);
    function->seen.off_cpu++;
    if (sample->syscall < 0)
        return 0;
    return rc_tally_add(&function->syscalls, name ? name : "another system call", NULL, 1);
}

static int count_part(struct counting *c) {
    for (size_t i = 0; i < c->part->process->n_samples; i++) {
        const struct rc_sample *sample = &c->part->process->samples[i];
        if (sample->kind == RF_ON_CPU ? count_on_cpu(c, sample) : count_off_cpu(c, sample))
            return rc_no_memory(c->build->err);
    }
    return 0;
}

int rc_count_samples(struct rc_build *build) {
    for (size_t i = 0; i < build->n_parts; i++)
        if (resolve_natives(build, &build->parts[i]))
            return -1;
    if (build->awake && rc_find_inlined(build))
        return -1;
    struct counting c = {.build = build};
    int result = 0;
    for (size_t i = 0; i < build->n_parts && result == 0; i++) {
        c.part = &build->parts[i];
        result = count_part(&c);
    }
    for (size_t f = 0; f < build->report->n_functions; f++) {
        rc_tally_sort(&build->report->functions[f].leaves);
        rc_tally_sort(&build->report->functions[f].syscalls);
    }
    build->report->scoped_samples = build->n_observed;
    return result;
}

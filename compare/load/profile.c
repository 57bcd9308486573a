#include "compare/load/profile.h"

#include <stdlib.h>

#include "compare/load/loading.h"
#include "compare/load/text.h"

static int load_parts(struct rc_loading *loading) {
    int (*const parts[])(struct rc_loading *) = {rc_load_process, rc_load_nodes,   rc_load_extras,
                                                 rc_load_awaits,  rc_load_calls,   rc_load_stalls,
                                                 rc_load_stacks,  rc_load_samples, rc_load_identities};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i](loading))
            return -1;
    return 0;
}

/* `spans` are those of one process: its own record first, if it has one. */
static int load_process(struct rc_profile *profile, const struct rc_image *image, struct rc_span *spans, size_t n,
                        struct rc_error *err) {
    const struct rf_process *raw = rc_span_bytes(image, spans);
    if (spans->kind != RF_PROCESS) {
        profile->damage += n; /* killed before it could say who it is */
        return 0;
    }
    if (raw->ordinal != spans->process || (n > 1 && spans[1].kind == RF_PROCESS))
        return rc_fail(err, "%s: is damaged: process number %u is described twice or by another; record again",
                       image->path, spans->process);
    struct rc_loading loading = {.image = image,
                                 .spans = spans,
                                 .n_spans = n,
                                 .process = profile->processes + profile->n_processes++,
                                 .damage = &profile->damage,
                                 .err = err};
    int result = load_parts(&loading);
    free(loading.threads);
    free(loading.node_map);
    free(loading.await_map);
    return result;
}

static int load_header(struct rc_profile *profile, const struct rc_image *image, struct rc_error *err) {
    const struct rf_header *header = (const void *)image->bytes;
    profile->sample_hz = header->sample_hz;
    profile->timestamps = header->timestamps;
    profile->start_mono_ns = header->start_mono_ns;
    profile->start_real_ns = header->start_real_ns;
    profile->pair = header->pair;
    profile->asleep = header->asleep != 0;
    profile->plain = profile->asleep && header->plain != 0;
    profile->command = rc_text_join(header->command, sizeof header->command);
    return profile->command ? 0 : rc_fail(err, "%s: no memory to load it", image->path);
}

static size_t count_processes(const struct rc_chunks *chunks) {
    size_t n = 0;
    for (size_t i = 0; i < chunks->n; i++)
        n += i == 0 || chunks->spans[i].process != chunks->spans[i - 1].process;
    return n;
}

static int load_chunks(struct rc_profile *profile, const struct rc_image *image, const struct rc_chunks *chunks,
                       struct rc_error *err) {
    profile->damage = chunks->damage;
    if (load_header(profile, image, err))
        return -1;
    size_t processes = count_processes(chunks);
    profile->processes = calloc(processes ? processes : 1, sizeof *profile->processes);
    if (!profile->processes)
        return rc_fail(err, "%s: no memory to load it", image->path);
    for (size_t first = 0, next; first < chunks->n; first = next) {
        next = first + 1;
        while (next < chunks->n && chunks->spans[next].process == chunks->spans[first].process)
            next++;
        if (load_process(profile, image, chunks->spans + first, next - first, err))
            return -1;
    }
    if (rc_load_runs(profile, image, chunks, err))
        return -1;
    return rc_load_sleepers(profile, image, chunks, err);
}

struct rc_profile *rc_profile_parse(const struct rc_image *image, struct rc_error *err) {
    struct rc_chunks chunks;
    if (rc_header_check(image, err) || rc_chunks_walk(&chunks, image, err))
        return NULL;
    struct rc_profile *profile = calloc(1, sizeof *profile);
    int result =
        profile ? load_chunks(profile, image, &chunks, err) : rc_fail(err, "%s: no memory to load it", image->path);
    rc_chunks_free(&chunks);
    if (result) {
        rc_profile_free(profile);
        return NULL;
    }
    return profile;
}

int rc_profile_load(struct rc_profile **out, const char *path, struct rc_error *err) {
    struct rc_image image;
    *out = NULL;
    if (rc_image_read(&image, path, err))
        return -1;
    *out = rc_profile_parse(&image, err);
    rc_image_free(&image);
    return *out ? 0 : -1;
}

static void free_process(struct rc_process *process) {
    for (size_t i = 0; i < process->n_stacks; i++)
        free(process->stacks[i].frames);
    for (size_t i = 0; i < process->n_awaits; i++) {
        free(process->awaits[i].file);
        free(process->awaits[i].awaited);
    }
    for (size_t i = 0; i < process->n_modules; i++)
        free(process->modules[i].path);
    void *const owned[] = {process->failure, process->exe,    process->cmdline, process->threads, process->nodes,
                           process->extras,  process->stacks, process->awaits,  process->calls,   process->samples,
                           process->natives, process->paths,  process->modules, process->stalls,  process->identities};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
}

void rc_profile_free(struct rc_profile *profile) {
    if (!profile)
        return;
    for (size_t i = 0; i < profile->n_processes; i++)
        free_process(profile->processes + i);
    for (size_t i = 0; i < profile->n_runs; i++) {
        free(profile->runs[i].host);
        free(profile->runs[i].command);
    }
    free(profile->runs);
    free(profile->processes);
    free(profile->sleepers);
    free(profile->command);
    free(profile);
}

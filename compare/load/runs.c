/* Which recordings the processes of a profile come from. */
#include <stdlib.h>
#include <string.h>

#include "compare/load/loading.h"
#include "compare/load/text.h"

static int damaged(const struct rc_image *image, struct rc_error *err, const char *what) {
    return rc_fail(err, "%s: is damaged: %s; merge again", image->path, what);
}

/* Takes the processes that the run's ordinals cover, from `*next` on. */
static int take_processes(struct rc_profile *profile, size_t *next, const struct rf_run *raw,
                          const struct rc_image *image, struct rc_error *err) {
    struct rc_run *run = &profile->runs[profile->n_runs - 1];
    uint64_t end = (uint64_t)raw->first_process + raw->processes;
    if (*next < profile->n_processes && profile->processes[*next].ordinal < raw->first_process)
        return damaged(image, err, "a process belongs to no run, or its runs overlap");
    run->first = *next;
    while (*next < profile->n_processes && profile->processes[*next].ordinal < end)
        profile->processes[(*next)++].run = (uint32_t)(profile->n_runs - 1);
    run->n = *next - run->first;
    return 0;
}

static int take_run(struct rc_profile *profile, const struct rf_run *raw, const struct rc_image *image,
                    struct rc_error *err) {
    struct rc_run *run = &profile->runs[profile->n_runs++];
    *run = (struct rc_run){.sample_hz = raw->sample_hz,
                           .timestamps = raw->timestamps,
                           .start_mono_ns = raw->start_mono_ns,
                           .start_real_ns = raw->start_real_ns,
                           .host = rc_text_copy(raw->host, sizeof raw->host),
                           .command = rc_text_join(raw->command, sizeof raw->command)};
    return run->host && run->command ? 0 : rc_fail(err, "%s: no memory to load it", image->path);
}

/* A file that is no merged one is one run: what its header says. */
static struct rf_run run_of_header(const struct rc_image *image) {
    const struct rf_header *header = (const void *)image->bytes;
    struct rf_run run = {.processes = UINT32_MAX,
                         .sample_hz = header->sample_hz,
                         .timestamps = header->timestamps,
                         .start_mono_ns = header->start_mono_ns,
                         .start_real_ns = header->start_real_ns};
    memcpy(run.host, header->host, sizeof run.host);
    memcpy(run.command, header->command, sizeof run.command);
    return run;
}

static int take_all(struct rc_profile *profile, const struct rc_image *image, const struct rc_chunks *chunks,
                    struct rc_error *err) {
    size_t next = 0;
    uint64_t end = 0;
    for (size_t i = 0; i < chunks->n_runs; i++) {
        const struct rf_run *raw = rc_span_bytes(image, &chunks->runs[i]);
        if (raw->first_process < end)
            return damaged(image, err, "its runs overlap");
        end = (uint64_t)raw->first_process + raw->processes;
        if (take_run(profile, raw, image, err) || take_processes(profile, &next, raw, image, err))
            return -1;
    }
    if (chunks->n_runs == 0) {
        struct rf_run whole = run_of_header(image);
        if (take_run(profile, &whole, image, err) || take_processes(profile, &next, &whole, image, err))
            return -1;
    }
    return next == profile->n_processes ? 0 : damaged(image, err, "a process belongs to no run");
}

int rc_load_runs(struct rc_profile *profile, const struct rc_image *image, const struct rc_chunks *chunks,
                 struct rc_error *err) {
    profile->runs = calloc(chunks->n_runs + 1, sizeof *profile->runs);
    if (!profile->runs)
        return rc_fail(err, "%s: no memory to load it", image->path);
    return take_all(profile, image, chunks, err);
}

struct rc_profile rc_profile_of_run(const struct rc_profile *profile, size_t run) {
    struct rc_run *one = &profile->runs[run];
    struct rc_profile out = {.command = one->command,
                             .sample_hz = one->sample_hz,
                             .timestamps = one->timestamps,
                             .start_mono_ns = one->start_mono_ns,
                             .start_real_ns = one->start_real_ns,
                             .runs = one,
                             .n_runs = 1,
                             .damage = profile->damage,
                             .asleep = profile->asleep,
                             .sleepers =
                                 profile->n_runs > 1 ? profile->sleepers + one->first_sleeper : profile->sleepers,
                             .n_sleepers = profile->n_runs > 1 ? one->n_sleepers : profile->n_sleepers,
                             .processes = profile->processes + one->first,
                             .n_processes = one->n};
    return out;
}

/* A merged file: its runs have clocks of their own, and are looked at as if one had followed the other. */
#include <string.h>

#include "compare/model/build.h"

/* Profiles that tests make by hand have no runs. */
static const struct rc_run *run_of(const struct rc_profile *profile, const struct rc_process *process) {
    if (profile->n_runs < 2)
        return profile->n_runs ? profile->runs : NULL;
    return &profile->runs[process->run];
}

static double wall_of(const struct rc_part *part) {
    const struct rc_process *process = part->process;
    double ticks = process->last > process->start ? (double)(process->last - process->start) : 0;
    double wall = (double)process->start_mono_ns + rc_ns(part, ticks) - part->run_start_ns;
    return wall > 0 ? wall : 0;
}

/* Parts of one run are neighbours. The next run begins where the longest of them ended. */
static void lay_out(struct rc_build *build) {
    const struct rc_profile *profile = build->report->profile;
    const struct rc_run *before = NULL;
    double line = 0, wall = 0;
    for (size_t i = 0; i < build->n_parts; i++) {
        struct rc_part *part = &build->parts[i];
        const struct rc_run *run = run_of(profile, part->process);
        if (i == 0 || run != before) {
            line += wall;
            wall = 0;
            build->report->runs++;
        }
        part->run_start_ns = (double)(run ? run->start_mono_ns : profile->start_mono_ns);
        part->run_shift_ns = line - part->run_start_ns;
        double ended = wall_of(part);
        wall = ended > wall ? ended : wall;
        before = run;
    }
    build->report->wall_ns = rc_whole(line + wall);
}

static bool is_new_host(const struct rc_build *build, size_t n) {
    const struct rc_profile *profile = build->report->profile;
    const char *host = run_of(profile, build->parts[n].process)->host;
    for (size_t i = 0; i < n; i++)
        if (strcmp(run_of(profile, build->parts[i].process)->host, host) == 0)
            return false;
    return true;
}

static size_t count_hosts(const struct rc_build *build) {
    size_t hosts = 0;
    for (size_t i = 0; i < build->n_parts; i++) {
        const struct rc_run *run = run_of(build->report->profile, build->parts[i].process);
        if (!run || !*run->host)
            return 0;
        hosts += is_new_host(build, i);
    }
    return hosts;
}

void rc_lay_out_runs(struct rc_build *build) {
    lay_out(build);
    build->report->hosts = count_hosts(build);
}

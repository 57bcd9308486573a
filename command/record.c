/* recount record: runs a command, and writes down what the runtime in it counted and sampled. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command/command.h"
#include "command/filter.h"
#include "command/keeper.h"
#include "command/launch.h"
#include "command/output.h"
#include "command/paths.h"
#include "command/place.h"
#include "command/program.h"
#include "command/summary.h"
#include "command/twice.h"
#include "profile/asleep.h"
#include "profile/create.h"
#include "profile/format.h"

enum { TWICE = 1000, PLAIN, MOST_HZ = 20000, NOT_FOUND = 127, NOT_RUNNABLE = 126 };
#define LEAST_LIMIT (UINT64_C(1) << 20)

struct request {
    const char *file;
    struct rf_options options;
    char **argv;        /* the command's */
    const char *filter; /* a file of rules, or NULL */
    struct rc_sleepers sleepers;
    bool twice;
    char *plain; /* what runs instead of argv[0] in the second run, or NULL */
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write the profile to FILE (recount.data)", 0},
    {"frequency", 'F', "HZ", 0, "Samples a second of each thread (1000)", 0},
    {"timestamps", 't', "WHICH", 0, "adaptive: time calls that last and some of the others (default); all; none", 0},
    {"max-size", 'm', "SIZE", 0, "The profile never grows beyond SIZE, as 512M or 2G (2G)", 0},
    {"twice", TWICE, NULL, 0, "Run COMMAND again with its hooks asleep, into FILE.asleep: counts and times", 0},
    {"plain", PLAIN, "PROGRAM", 0,
     "With --twice: run PROGRAM, COMMAND's first word built without the flag, instead of it the second time", 0},
    {"filter", 'f', "FILE", 0,
     "Put the functions that FILE names to sleep: they are not counted, and cost next to nothing", 0},
    {0}};

static error_t take_frequency(struct request *request, const char *text, struct argp_state *state) {
    char *end;
    long hz = strtol(text, &end, 10);
    if (*end || end == text || hz < 1 || hz > MOST_HZ)
        argp_error(state, "-F takes a number from 1 to %d, not '%s'", MOST_HZ, text);
    request->options.sample_hz = (uint32_t)hz;
    return 0;
}

static error_t take_timestamps(struct request *request, const char *text, struct argp_state *state) {
    static const char *const names[] = {
        [RF_TIME_ADAPTIVE] = "adaptive", [RF_TIME_ALL] = "all", [RF_TIME_NONE] = "none"};
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            request->options.timestamps = i;
            return 0;
        }
    argp_error(state, "--timestamps takes adaptive, all or none, not '%s'", text);
    return EINVAL;
}

static error_t take_size(struct request *request, const char *text, struct argp_state *state) {
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    unsigned long long size = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, *end & ~0x20) : NULL;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;
    bool known = end != text && *text != '-' && !errno && (!*end || (unit && !end[1])) && size <= UINT64_MAX >> shift;
    if (!known || size << shift < LEAST_LIMIT)
        argp_error(state, "--max-size takes a size of 1M or more, as 512M or 2G, not '%s'", text);
    request->options.limit = (uint64_t)size << shift;
    return 0;
}

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct request *request = state->input;
    switch (key) {
    case 'o':
        request->file = text;
        return 0;
    case 'F':
        return take_frequency(request, text, state);
    case 't':
        return take_timestamps(request, text, state);
    case 'm':
        return take_size(request, text, state);
    case TWICE:
        request->twice = true;
        return 0;
    case PLAIN:
        request->plain = text;
        return 0;
    case 'f':
        request->filter = text;
        return 0;
    case ARGP_KEY_ARG:
        request->argv = state->argv + state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_END:
        if (request->plain && !request->twice)
            argp_error(state, "--plain names the program of a second run; it goes with --twice");
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no command to record");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = take_option,
    .args_doc = "COMMAND [ARG...]",
    .doc = "Runs COMMAND and writes its profile. Exits with the command's status, or 128+n after signal n.",
};

/* What a person should know before the command starts; records on in every case. @return whether to preload */
static bool look_at(const char *path) {
    struct program program = program_read(path);
    if (program.foreign)
        say("%s is built for another machine: it will run unprofiled", path);
    else if (program.elf && !program.interpreter && !program.runtime)
        say("%s is linked statically and holds no runtime: it will run unprofiled; link it with 'recount cc'", path);
    else if (program.elf && !program.runtime && !program.hooked)
        say("%s was built without the flag: it will be sampled only", path);
    if (program.sanitizer && !program.runtime)
        say("%s must load its sanitizer first, so the runtime is not preloaded; link it with 'recount cc'", path);
    return !program.foreign && !program.sanitizer;
}

static bool preloaded; /* stays for a second run */

static int set_preload(const struct paths *paths) {
    const char *before = getenv("LD_PRELOAD");
    char *list;
    if (preloaded)
        return 0;
    if (strpbrk(paths->lib, " :")) {
        say("cannot preload from '%s': the dynamic loader splits the name at blanks and colons", paths->lib);
        return 0;
    }
    if (asprintf(&list, "%s/librecount.so%s%s", paths->lib, before && *before ? ":" : "", before ? before : "") < 0)
        return -1;
    int failed = setenv("LD_PRELOAD", list, 1);
    free(list);
    preloaded = !failed;
    return failed;
}

/* The memory's name for every process of the recording. */
static int set_environment(const struct request *request, const char *path, const struct keeper *keeper, int memory) {
    char name[64];
    struct paths paths;
    bool preload = request->options.asleep ? request->options.plain : look_at(path);
    if (paths_find(&paths))
        return -1;
    snprintf(name, sizeof name, "/proc/%d/fd/%d", (int)keeper->pid, memory);
    if (setenv("RECOUNT", name, 1) == 0 && (!preload || set_preload(&paths) == 0))
        return 0;
    say("cannot set the command's environment: %s", strerror(errno));
    return -1;
}

/* Joins the arguments as the header keeps them, each closed by a NUL. The caller frees. */
static char *join(char **argv, size_t *size) {
    char *joined = NULL;
    FILE *out = open_memstream(&joined, size);
    if (!out)
        return NULL;
    for (; *argv; argv++)
        fwrite(*argv, 1, strlen(*argv) + 1, out);
    fclose(out);
    return joined;
}

static int create_profile(struct request *request, int memory, pid_t pid) {
    char *joined = join(request->argv, &request->options.command_size);
    request->options.command = joined ? joined : "";
    request->options.root_pid = (uint32_t)pid;
    int error = rf_create(memory, &request->options);
    free(joined);
    return error ? error : rf_add_asleep(memory, request->sleepers.items, request->sleepers.n);
}

static int cannot_run(const char *name, int error) {
    say("cannot run '%s': %s", name, strerror(error));
    return error == ENOENT ? NOT_FOUND : NOT_RUNNABLE;
}

/* @return whether the profile is where it was asked for */
static bool save(struct output *output, int memory) {
    char place[PATH_MAX];
    struct summary summary = summary_of(memory);
    int kept = output_save(output, memory, summary.size, place);
    if (kept >= 0)
        summary_print(&summary, place);
    return kept == 0;
}

/* From the held output to the command's end. @return whether there is a whole recording; `status` is set */
static bool run(struct request *request, struct output *output, struct keeper *keeper, int memory,
                struct launch *launch, int *status) {
    *status = STATUS_FAILED;
    int error = launch_prepare(launch, request->argv) ? -errno : create_profile(request, memory, launch->pid);
    if (error) {
        say("cannot start the recording: %s", strerror(-error));
        output_discard(output);
        return false;
    }
    keeper_watch(keeper, launch->pid);
    error = launch_go(launch);
    if (error) {
        launch_wait(launch);
        output_discard(output);
        *status = cannot_run(request->argv[0], error);
        return false;
    }
    int ended = launch_wait(launch);
    if (!save(output, memory))
        return false;
    *status = ended;
    return true;
}

static bool record_one(struct request *request, const char *path, struct launch *launch, int *status) {
    struct output output;
    struct keeper keeper;
    *status = STATUS_FAILED;
    if (output_open(&output, request->file))
        return false;
    int memory = memfd_create("recount", MFD_CLOEXEC);
    if (memory < 0 || keeper_start(&keeper, memory, &output)) {
        say("cannot start the recording: %s", strerror(errno));
        output_discard(&output);
        return false;
    }
    bool whole = false;
    if (set_environment(request, path, &keeper, memory))
        output_discard(&output);
    else
        whole = run(request, &output, &keeper, memory, launch, status);
    keeper_dismiss(&keeper);
    close(memory);
    return whole;
}

/* Whether the second profile could be written is tried before the first run, too. @return the exit status */
static int record_two(struct request *request, const char *path) {
    char second_file[PATH_MAX];
    struct output output;
    struct launch launch;
    int first, second, length = snprintf(second_file, sizeof second_file, "%s.asleep", request->file);
    if (length < 0 || length >= PATH_MAX) {
        say("cannot write %.64s...: the name is too long", request->file);
        return STATUS_FAILED;
    }
    if (output_open(&output, second_file))
        return STATUS_FAILED;
    output_discard(&output);
    if (request->plain && !twice_may_be_plain(request->plain))
        return STATUS_FAILED;
    struct again again = twice_before();
    request->options.pair = twice_number();
    if (!record_one(request, path, &launch, &first) || !twice_may_go_on(&again, &launch))
        return first;
    struct request again_asleep = *request;
    char *command = request->argv[0];
    again_asleep.file = second_file;
    again_asleep.options.asleep = 1;
    again_asleep.options.plain = request->plain != NULL;
    if (request->plain)
        request->argv[0] = request->plain;
    bool whole = record_one(&again_asleep, path, &launch, &second);
    request->argv[0] = command;
    if (!whole)
        return STATUS_FAILED;
    twice_compare(first, second);
    return first;
}

static int record(struct request *request) {
    char path[PATH_MAX];
    struct launch launch;
    int status;
    if (program_find(path, request->argv[0]))
        return cannot_run(request->argv[0], errno);
    if (place_is_input("record", request->file, path) ||
        (request->filter && place_is_input("record", request->file, request->filter)))
        return STATUS_FAILED;
    status = request->filter ? filter_open(&request->sleepers, request->filter, path) : STATUS_DONE;
    if (status != STATUS_DONE)
        return status;
    launch_guard();
    if (request->twice)
        return record_two(request, path);
    record_one(request, path, &launch, &status);
    return status;
}

int command_record(int argc, char **argv) {
    struct request request = {.file = "recount.data",
                              .options = {.sample_hz = RF_SAMPLE_HZ_DEFAULT, .limit = RF_LIMIT_DEFAULT}};
    if (argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, &request))
        return STATUS_USAGE;
    int status = record(&request);
    rc_sleepers_free(&request.sleepers);
    return status;
}

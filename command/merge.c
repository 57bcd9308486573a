/* recount merge: many profiles in one file. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/output.h"
#include "command/place.h"
#include "command/summary.h"
#include "compare/load/merge.h"

struct request {
    const char *file;
    char **inputs;
    int n_inputs;
};

static const struct argp_option options[] = {{"output", 'o', "FILE", 0, "Write the merged profile to FILE", 0}, {0}};

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct request *request = state->input;
    switch (key) {
    case 'o':
        request->file = text;
        return 0;
    case ARGP_KEY_ARGS:
        request->inputs = state->argv + state->next;
        request->n_inputs = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no profiles to merge");
        return EINVAL;
    case ARGP_KEY_END:
        if (!request->file)
            argp_error(state, "-o FILE is missing: where to write the merged profile");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = take_option,
    .args_doc = "FILE...",
    .doc = "Writes one profile that holds all processes of several: of runs, of hosts, of merged files.",
};

static int merge_into(FILE *out, const struct request *request, uint64_t *size, struct rc_error *err) {
    struct rc_merge merge;
    int result = rc_merge_begin(&merge, out, err);
    for (int i = 0; i < request->n_inputs && result == 0; i++)
        result = rc_merge_add(&merge, request->inputs[i], err);
    if (result == 0)
        result = rc_merge_end(&merge, err);
    *size = merge.size;
    rc_merge_free(&merge);
    return result;
}

/* The stream has a descriptor of its own, so that the output can still be put in its place after it. */
static int write_merged(const struct request *request, struct output *output, struct rc_error *err) {
    int fd = dup(output->fd);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    uint64_t size = 0;
    if (!out) {
        if (fd >= 0)
            close(fd);
        return rc_fail(err, "cannot write %s: %s", request->file, strerror(errno));
    }
    int result = merge_into(out, request, &size, err);
    if (fclose(out) && result == 0)
        result = rc_fail(err, "cannot write %s: %s", request->file, strerror(errno));
    return result;
}

static bool is_input(const struct request *request, const char *place) {
    for (int i = 0; i < request->n_inputs; i++)
        if (place_is_input("merge", place, request->inputs[i]))
            return true;
    return false;
}

/* What is there becomes NAME.old, in place of what that was. */
static bool replaces_input(const struct request *request, const struct output *output) {
    char old[PATH_MAX];
    int n = snprintf(old, sizeof old, "%s.old", output->path);
    return access(output->path, F_OK) == 0 && n < PATH_MAX && is_input(request, old);
}

static int merge(const struct request *request) {
    struct output output;
    struct rc_error err = {""};
    if (is_input(request, request->file) || output_open(&output, request->file))
        return STATUS_FAILED;
    if (replaces_input(request, &output)) {
        output_discard(&output);
        return STATUS_FAILED;
    }
    if (write_merged(request, &output, &err)) {
        say("merge: %s", err.text);
        output_discard(&output);
        return STATUS_FAILED;
    }
    struct summary summary = summary_of(output.fd);
    if (output_place(&output))
        return STATUS_FAILED;
    summary_print(&summary, request->file);
    return STATUS_DONE;
}

int command_merge(int argc, char **argv) {
    struct request request = {0};
    argp_err_exit_status = STATUS_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &request))
        return STATUS_USAGE;
    return merge(&request);
}

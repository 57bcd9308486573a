/* recount export: the profile in another viewer's format. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/command.h"
#include "command/view.h"
#include "compare/render/export.h"

enum { OPTION_TO = 256 };

struct request {
    struct view_source source;
    const char *output;
    const struct rc_export_format *format;
};

static const struct argp_option options[] = {
    {"to", OPTION_TO, "FORMAT", 0, "The format to write, one of those below", 0},
    {"output", 'o', "FILE", 0, "Write to FILE instead of the standard output", 0},
    {0}};

/* "folded, speedscope", in a buffer of the caller's. */
static const char *format_names(char *to, size_t room) {
    size_t used = 0;
    for (const struct rc_export_format *format = rc_export_formats; format->name && used < room; format++)
        used += (size_t)snprintf(to + used, room - used, "%s%s", used ? ", " : "", format->name);
    return to;
}

static char *list_formats(int key, const char *text, void *input) {
    (void)input;
    char *list = NULL;
    size_t size = 0;
    FILE *out = key == ARGP_KEY_HELP_POST_DOC ? open_memstream(&list, &size) : NULL;
    if (!out)
        return (char *)text;
    fputs("Formats:\n", out);
    for (const struct rc_export_format *format = rc_export_formats; format->name; format++)
        fprintf(out, "  %-12s %s\n", format->name, format->summary);
    fclose(out);
    return list;
}

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct request *request = state->input;
    char names[128];
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &request->source;
        return 0;
    case OPTION_TO:
        request->format = rc_export_named(text);
        if (!request->format)
            argp_error(state, "'%s' is not a format; there are %s", text, format_names(names, sizeof names));
        return 0;
    case 'o':
        request->output = text;
        return 0;
    case ARGP_KEY_END:
        if (!request->format)
            argp_error(state, "--to is missing; there are %s", format_names(names, sizeof names));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = take_option,
    .doc = "Converts the samples of a profile, each with the logical path that the tracer knew.\v ",
    .children = (const struct argp_child[]){{&view_source_options, 0, NULL, 0}, {0}},
    .help_filter = list_formats,
};

/* Half a file helps nobody. A device, a pipe and a link are not ours to take away. */
static void remove_file(const char *path) {
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISREG(status.st_mode))
        unlink(path);
}

static int write_file(const struct view *view, const struct request *request) {
    struct rc_error err;
    FILE *out = fopen(request->output, "we");
    if (!out) {
        say("export: %s cannot be written: %s", request->output, strerror(errno));
        return STATUS_FAILED;
    }
    int result = request->format->write(out, view->report, &err);
    if (fclose(out) && result == 0)
        result = rc_fail(&err, "the output could not be written: %s", strerror(errno));
    if (result == 0)
        return STATUS_DONE;
    remove_file(request->output);
    say("export: %s: %s", request->output, err.text);
    return STATUS_FAILED;
}

static int write_out(const struct view *view, const struct request *request) {
    struct rc_error err;
    if (request->output)
        return write_file(view, request);
    if (request->format->write(stdout, view->report, &err) == 0)
        return STATUS_DONE;
    say("export: %s", err.text);
    return STATUS_FAILED;
}

int command_export(int argc, char **argv) {
    struct request request = {.format = NULL};
    struct view view;
    argp_err_exit_status = STATUS_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &request))
        return STATUS_USAGE;
    if (view_open(&view, "export", &request.source, RC_TREE_NONE))
        return STATUS_FAILED;
    int status = STATUS_FAILED;
    if (view_may_write(&view, "export", &request.source, request.output))
        status = write_out(&view, &request);
    view_close(&view);
    return status;
}

/* recount: looks up the command and runs it. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/config.h"

const char *argp_program_version = "recount " RECOUNT_VERSION;

enum { ROOM_FOR_NAME = 64 };

static char *list_commands(int key, const char *text, void *input) {
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;
    char *list = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&list, &size);
    if (!out)
        return (char *)text;
    fputs("Commands:\n", out);
    for (const struct command *c = commands; c->name; c++)
        fprintf(out, "  %-10s %s\n", c->name, c->summary);
    fputs("\n'recount help COMMAND' opens its manual, 'recount COMMAND --help' lists its options.", out);
    fclose(out);
    return list;
}

/* The first word that is no option is the command; everything behind it is the command's own. */
static error_t take_option(int key, char *word, struct argp_state *state) {
    (void)word;
    int *first = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        *first = state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_state_help(state, stderr, ARGP_HELP_STD_USAGE);
        exit(STATUS_USAGE);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .parser = take_option,
    .args_doc = "COMMAND [ARG...]",
    .doc = "Counts every call, samples every thread, and explains why the two disagree.\v ",
    .help_filter = list_commands,
};

int main(int argc, char **argv) {
    int first = 0;
    argp_err_exit_status = STATUS_USAGE;
    if (argc > 0)
        argv[0] = (char *)"recount";
    if (argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, &first) || !first)
        return STATUS_USAGE;
    const struct command *command = command_find(argv[first]);
    if (!command)
        return command_unknown(argv[first]);
    char name[ROOM_FOR_NAME];
    snprintf(name, sizeof name, "recount %s", command->name);
    argv[first] = name;
    return command->run(argc - first, argv + first);
}

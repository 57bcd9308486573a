/*
 * The commands. A command is one file and one row here; main looks it up, `recount help` lists it, the
 * completions and the manual are checked against it.
 */
#ifndef RECOUNT_COMMAND_COMMAND_H
#define RECOUNT_COMMAND_COMMAND_H

/* Runs with argv[0] = "recount NAME" and returns the exit status. */
typedef int command_run(int argc, char **argv);

struct command {
    const char *name;
    const char *summary;
    command_run *run;
};

/* COMMAND(name, function, summary), in the order of use. */
#define COMMANDS(COMMAND)                                                                                              \
    COMMAND("cc", command_cc, "compile C with the hooks in")                                                           \
    COMMAND("c++", command_cxx, "compile C++ with the hooks in")                                                       \
    COMMAND("record", command_record, "run a command and write its profile")                                           \
    COMMAND("report", command_report, "show counts and samples side by side")                                          \
    COMMAND("explain", command_explain, "say why a function's count is what it is")                                    \
    COMMAND("filter", command_filter, "propose which functions should sleep in a recording")                           \
    COMMAND("check", command_check, "hold a profile against a file of budgets")                                        \
    COMMAND("export", command_export, "convert a profile for another viewer")                                          \
    COMMAND("diff", command_diff, "say what changed between two sets of runs")                                         \
    COMMAND("merge", command_merge, "put several profiles into one file")                                              \
    COMMAND("help", command_help, "explain a command")

#define DECLARE_COMMAND(name, function, summary) command_run function;
COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

/** All commands, in the order of use; ends with a row whose name is NULL. */
extern const struct command commands[];

/** The row of `name`, or NULL. */
const struct command *command_find(const char *name);

/** Says that there is no such command, and which one may have been meant. @return STATUS_USAGE */
int command_unknown(const char *name);

/** Prints "recount: " and the line to stderr, in one write; what cannot be printed, as a newline in a name, as '?'. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

#endif

/* recount help [COMMAND]: the manual page if man and the page are there, else the command's own --help. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/cc.h"
#include "command/command.h"

static int run_main(const char *command) {
    char *argv[] = {(char *)"/proc/self/exe", (char *)(command ? command : "--help"),
                    (char *)(command ? "--help" : NULL), NULL};
    execv(argv[0], argv);
    say("cannot start itself through /proc/self/exe");
    return STATUS_FAILED;
}

/* The compilers hand --help to the compiler. */
static int show_usage(const struct command *command) {
    if (command->run != command_cc && command->run != command_cxx)
        return run_main(command->name);
    cc_usage();
    return STATUS_DONE;
}

/* 0 when man showed the page. */
static int show_page(const char *page) {
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        execlp("man", "man", page, (char *)NULL);
        _exit(1);
    }
    int status = 1;
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return -1;
    return status;
}

int command_help(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : NULL;
    if (argc > 2) {
        say("help explains one command at a time");
        return STATUS_USAGE;
    }
    if (!name || name[0] == '-' || strcmp(name, "help") == 0)
        return run_main(NULL);
    const struct command *command = command_find(name);
    if (!command)
        return command_unknown(name);
    char page[64];
    snprintf(page, sizeof page, "recount-%s", strcmp(name, "c++") == 0 ? "cc" : name);
    if (show_page(page) == 0)
        return STATUS_DONE;
    return show_usage(command);
}

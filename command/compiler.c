#include "command/compiler.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/program.h"

enum kind { UNKNOWN, GCC, CLANG };

static enum kind kind_of_name(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (strstr(name, "clang"))
        return CLANG;
    if (strstr(name, "gcc") || strstr(name, "g++"))
        return GCC;
    return UNKNOWN;
}

/* By the name it is called by, else by the name of the file behind it: cc is a link to one or the other. */
static enum kind kind_of_program(const char *word) {
    char path[PATH_MAX], target[PATH_MAX];
    enum kind kind = kind_of_name(word);
    if (kind == UNKNOWN && program_find(path, word) == 0 && realpath(path, target))
        kind = kind_of_name(target);
    return kind;
}

static void run_version(char **words, int out) {
    char *argv[64];
    int n = 0;
    while (n < 62 && words[n]) {
        argv[n] = words[n];
        n++;
    }
    argv[n] = (char *)"--version";
    argv[n + 1] = NULL;
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execvp(argv[0], argv);
    _exit(127);
}

/* Asks the compiler itself. */
static enum kind kind_of_answer(char **words) {
    int ends[2];
    char text[4096];
    size_t size = 0;
    if (pipe(ends))
        return UNKNOWN;
    pid_t pid = fork();
    if (pid == 0)
        run_version(words, ends[1]);
    close(ends[1]);
    for (ssize_t n; pid > 0 && size < sizeof text - 1 && (n = read(ends[0], text + size, sizeof text - 1 - size)) > 0;)
        size += (size_t)n;
    close(ends[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    text[size] = '\0';
    return strstr(text, "clang version") ? CLANG : GCC;
}

bool compiler_is_clang(char **words) {
    enum kind kind = UNKNOWN;
    for (char **word = words; *word && kind == UNKNOWN; word++)
        if (**word != '-')
            kind = kind_of_program(*word);
    if (kind == UNKNOWN)
        kind = kind_of_answer(words);
    return kind == CLANG;
}

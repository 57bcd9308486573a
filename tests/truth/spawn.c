/*
 * Children by vfork and exec, posix_spawn, fork and exec, system(): of this very program, which does its work and ends,
 * and of one without hooks. Each process writes its own part, and the report adds them up.
 */
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define ROUNDS 3
#define STEPS 100

extern char **environ;
static char *child_arguments[] = {"/proc/self/exe", "child", NULL};

NI static int step(int n) {
    __asm__ volatile("" : "+r"(n));
    return n + 1;
}

NI static void work(int steps) {
    for (int i = 0; i < steps; i++)
        step(i);
    __asm__ volatile("");
}

/* Shares its parent's memory, stack and counts until it is another program. */
NI static pid_t by_vfork(void) {
    pid_t pid = vfork();
    if (pid == 0) {
        execve(child_arguments[0], child_arguments, environ);
        _exit(127);
    }
    work(1);
    return pid;
}

NI static pid_t by_vfork_in_vain(void) {
    pid_t pid = vfork();
    if (pid == 0) {
        execve("/nonexistent", child_arguments, environ);
        _exit(127);
    }
    work(1);
    return pid;
}

NI static pid_t by_spawn(void) {
    pid_t pid = -1;
    if (posix_spawn(&pid, child_arguments[0], NULL, NULL, child_arguments, environ))
        exit(3);
    work(1);
    return pid;
}

NI static void about_to_exec(void) {
    work(STEPS);
    execve(child_arguments[0], child_arguments, environ);
}

NI static pid_t by_fork(void) {
    pid_t pid = fork();
    if (pid == 0) {
        about_to_exec();
        _exit(127);
    }
    work(1);
    return pid;
}

NI static void by_shell(void) {
    if (system("true") != 0)
        exit(3);
    work(1);
}

NI static void ended(pid_t pid, int expected) {
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != expected)
        exit(3);
}

NI static int child(void) {
    work(STEPS);
    return 7;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "child") == 0)
        return child();
    for (int i = 0; i < ROUNDS; i++) {
        ended(by_vfork(), 7);
        ended(by_vfork_in_vain(), 127);
        ended(by_spawn(), 7);
        ended(by_fork(), 7);
        by_shell();
    }
    /* A round: three children of this program, and one that works before it becomes this program. */
    int children = 3 * ROUNDS, before = ROUNDS, small = 5 * ROUNDS;
    printf("{\"functions\":{"
           "\"main\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"[process]\":%d}},"
           "\"child\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}},",
           children + 1, children + 1, children + 1, children, children, children);
    printf("\"work\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"child\":%d,\"about_to_exec\":%d,"
           "\"by_vfork\":%d,\"by_vfork_in_vain\":%d,\"by_spawn\":%d,\"by_fork\":%d,\"by_shell\":%d}},",
           children + before + small, children + before + small, children, before, ROUNDS, ROUNDS, ROUNDS, ROUNDS,
           ROUNDS);
    printf("\"step\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"work\":%d}},", (children + before) * STEPS + small,
           (children + before) * STEPS + small, (children + before) * STEPS + small);
    printf("\"about_to_exec\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"by_fork\":%d}},"
           "\"by_vfork\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}},"
           "\"by_vfork_in_vain\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}},"
           "\"by_spawn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}},"
           "\"by_fork\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}},"
           "\"by_shell\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}},"
           "\"ended\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}}}}\n",
           before, before, before, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS,
           ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, 4 * ROUNDS, 4 * ROUNDS, 4 * ROUNDS);
    return 0;
}

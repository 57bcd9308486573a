#include "command/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const int minded[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
enum { MINDED = sizeof minded / sizeof *minded };

static volatile sig_atomic_t command_pid, told_to_end;
static struct sigaction size_limit_before, pipe_before, before[MINDED];
static bool minding;

void launch_guard(void) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGXFSZ, &ignore, &size_limit_before);
    sigaction(SIGPIPE, &ignore,
              &pipe_before); /* nobody may be reading our messages: the profile is saved all the same */
}

/* Ctrl-C and Ctrl-\ reach the command from the terminal as well. */
static void take_note(int number) {
    (void)number;
    told_to_end = 1;
}

static void hand_on(int number) {
    int error = errno;
    told_to_end = 1;
    kill((pid_t)command_pid, number);
    errno = error;
}

/* After the fork, so that the command starts with what this process was started with. */
static void mind_signals(pid_t pid) {
    command_pid = (sig_atomic_t)pid;
    told_to_end = 0;
    minding = true;
    for (size_t i = 0; i < MINDED; i++) {
        bool terminal = minded[i] == SIGINT || minded[i] == SIGQUIT;
        struct sigaction action = {.sa_handler = terminal ? take_note : hand_on, .sa_flags = SA_RESTART};
        sigaction(minded[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(minded[i], &action, NULL);
    }
}

/* Before another fork. */
static void mind_no_signals(void) {
    for (size_t i = 0; minding && i < MINDED; i++)
        sigaction(minded[i], &before[i], NULL);
    minding = false;
}

static _Noreturn void become(char **argv, int go, int failed) {
    char byte;
    if (read(go, &byte, 1) != 1)
        _exit(127);
    sigaction(SIGXFSZ, &size_limit_before, NULL);
    sigaction(SIGPIPE, &pipe_before, NULL);
    execvp(argv[0], argv);
    int error = errno;
    if (write(failed, &error, sizeof error) != sizeof error)
        _exit(126);
    _exit(127);
}

int launch_prepare(struct launch *launch, char **argv) {
    int go[2], failed[2];
    mind_no_signals();
    if (pipe2(go, O_CLOEXEC))
        return -1;
    if (pipe2(failed, O_CLOEXEC)) {
        close(go[0]);
        close(go[1]);
        return -1;
    }
    launch->pid = fork();
    if (launch->pid == 0) {
        close(go[1]);
        become(argv, go[0], failed[1]);
    }
    close(go[0]);
    close(failed[1]);
    launch->go = go[1];
    launch->failed = failed[0];
    launch->killed = 0;
    return launch->pid < 0 ? -1 : 0;
}

int launch_go(struct launch *launch) {
    int error = 0;
    mind_signals(launch->pid);
    ssize_t sent = write(launch->go, "", 1);
    ssize_t n;
    do
        n = read(launch->failed, &error, sizeof error);
    while (n < 0 && errno == EINTR);
    close(launch->go);
    close(launch->failed);
    if (sent != 1)
        return EPIPE;
    return n == (ssize_t)sizeof error ? error : 0;
}

int launch_wait(struct launch *launch) {
    int status;
    while (waitpid(launch->pid, &status, 0) < 0)
        if (errno != EINTR)
            return 127;
    launch->killed = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return launch->killed ? 128 + launch->killed : WEXITSTATUS(status);
}

bool launch_was_told_to_end(void) {
    return told_to_end;
}

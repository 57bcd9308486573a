#include "command/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/summary.h"

enum { DISMISSED = 0, LOOK_EVERY_MS = 50 };

/* Out of the terminal's reach, and no one's input or output is held open. */
static void step_aside(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    setsid();
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_NAME, "recount-keeper");
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    }
}

static void wait_for_end(int32_t pid, int pidfd) {
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    if (pidfd >= 0) {
        while (poll(&end, 1, -1) < 0 && errno == EINTR)
            continue;
        return;
    }
    while (kill(pid, 0) == 0)
        poll(NULL, 0, LOOK_EVERY_MS);
}

static _Noreturn void keep(int from_launcher, int memory, struct output *output) {
    char place[PATH_MAX];
    int32_t message, pid = 0;
    int pidfd = -1;
    step_aside();
    while (read(from_launcher, &message, sizeof message) == sizeof message) {
        if (message == DISMISSED)
            _exit(0);
        pid = message;
        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    }
    if (pid) {
        wait_for_end(pid, pidfd);
        struct summary summary = summary_of(memory);
        if (output_save(output, memory, summary.size, place) >= 0)
            summary_print(&summary, place);
    } else {
        output_discard(output);
    }
    _exit(0);
}

int keeper_start(struct keeper *keeper, int memory, struct output *output) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return -1;
    keeper->pid = fork();
    if (keeper->pid == 0) {
        close(ends[1]);
        keep(ends[0], memory, output);
    }
    close(ends[0]);
    keeper->fd = ends[1];
    return keeper->pid < 0 ? -1 : 0;
}

static void tell(const struct keeper *keeper, int32_t message) {
    ssize_t n;
    do
        n = write(keeper->fd, &message, sizeof message);
    while (n < 0 && errno == EINTR);
}

void keeper_watch(const struct keeper *keeper, pid_t command) {
    tell(keeper, (int32_t)command);
}

void keeper_dismiss(struct keeper *keeper) {
    tell(keeper, DISMISSED);
    close(keeper->fd);
    while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* kill9-kill FILE MICROSECONDS COMMAND…: runs the command, which runs kill9 on FILE somewhere below; waits until kill9
 * has begun and that long again, kills it with SIGKILL and exits with the command's status as a shell gives it. */
#include "kill9.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what) {
    perror(what);
    return 125;
}

int main(int argc, char **argv) {
    if (argc < 4)
        return 125;
    int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(struct kill9_file)))
        return fail(argv[1]);
    struct kill9_file *file = mmap(NULL, sizeof *file, PROT_READ, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED)
        return fail(argv[1]);
    pid_t command = fork();
    if (!command) {
        execvp(argv[3], argv + 3);
        _exit(fail(argv[3]));
    }
    int status;
    while (!file->pid) {
        if (waitpid(command, &status, WNOHANG) == command)
            return fail("the command ended before the program began");
        usleep(100);
    }
    usleep((useconds_t)atoi(argv[2]));
    kill(file->pid, SIGKILL);
    if (waitpid(command, &status, 0) != command)
        return fail("wait");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

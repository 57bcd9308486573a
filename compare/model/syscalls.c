/* Names of the system calls that threads are found blocked in. */
#include <stddef.h>
#include <sys/syscall.h>

#include "compare/model/build.h"

/* clang-format off */
#define BLOCKING_CALLS(CALL) \
    CALL(read) CALL(write) CALL(readv) CALL(writev) CALL(pread64) CALL(pwrite64) CALL(preadv) CALL(pwritev) \
    CALL(open) CALL(openat) CALL(close) CALL(stat) CALL(fstat) CALL(lstat) CALL(newfstatat) CALL(statx) \
    CALL(getdents64) CALL(lseek) CALL(poll) CALL(ppoll) CALL(select) CALL(pselect6) CALL(epoll_wait) \
    CALL(epoll_pwait) CALL(epoll_pwait2) CALL(futex) CALL(nanosleep) CALL(clock_nanosleep) CALL(pause) \
    CALL(rt_sigsuspend) CALL(rt_sigtimedwait) CALL(fsync) CALL(fdatasync) CALL(sync) CALL(msync) CALL(ftruncate) \
    CALL(fallocate) CALL(rename) CALL(unlink) CALL(mkdir) CALL(flock) CALL(fcntl) CALL(ioctl) CALL(accept) \
    CALL(accept4) CALL(connect) CALL(recvfrom) CALL(recvmsg) CALL(recvmmsg) CALL(sendto) CALL(sendmsg) \
    CALL(sendmmsg) CALL(sendfile) CALL(splice) CALL(copy_file_range) CALL(wait4) CALL(waitid) CALL(semop) \
    CALL(semtimedop) CALL(msgsnd) CALL(msgrcv) CALL(mq_timedsend) CALL(mq_timedreceive) CALL(io_uring_enter) \
    CALL(io_getevents) CALL(mmap) CALL(munmap) CALL(madvise) CALL(mprotect) CALL(brk) CALL(sched_yield) \
    CALL(execve) CALL(clone) CALL(clone3) CALL(fork) CALL(vfork) CALL(exit) CALL(exit_group)
/* clang-format on */

const char *rc_syscall_name(int number) {
    switch (number) {
#define CASE(name)                                                                                                     \
    case SYS_##name:                                                                                                   \
        return #name;
        BLOCKING_CALLS(CASE)
#undef CASE
    default:
        return NULL;
    }
}

/*
 * Ticks of CPU time. perf_event_open's task clock (PERF_COUNT_SW_TASK_CLOCK) expires only while its thread is on a CPU
 * and, with exclude_kernel, signals only when it met user code: a system call of the target never sees the signal, so
 * none returns EINTR because of it. Where perf events are forbidden the sampler's thread signals by hand those whose
 * CPU clock has moved, and may in rare cases hit one that has just begun to wait.
 */
#include "sampler/sampler.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "instrument/runtime.h"

#include "instrument/safe.h"

int rs_tick_arm(uint32_t tid, uint64_t period_ns) {
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof attributes,
        .config = PERF_COUNT_SW_TASK_CLOCK,
        .sample_period = period_ns,
        .disabled = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
        .wakeup_events = 1,
    };
    int fd = (int)syscall(SYS_perf_event_open, &attributes, (pid_t)tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return -1;
    struct f_owner_ex owner = {F_OWNER_TID, (pid_t)tid};
    if (fcntl(fd, F_SETSIG, RS_SIGNAL) < 0 || fcntl(fd, F_SETOWN_EX, &owner) < 0 ||
        fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) < 0 || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void rs_tick_period(int fd, uint64_t period_ns) {
    ioctl(fd, PERF_EVENT_IOC_PERIOD, &period_ns);
}

void rs_tick_mute(int fd, bool mute) {
    ioctl(fd, mute ? PERF_EVENT_IOC_DISABLE : PERF_EVENT_IOC_ENABLE, 0);
}

void rs_tick_send(uint32_t tid) {
    syscall(SYS_tgkill, (pid_t)rt.process->pid, (pid_t)tid, RS_SIGNAL);
}

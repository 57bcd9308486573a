/* The process's own memory: pages of ours, words that may be gone, and what is mapped where. */
#include "instrument/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "instrument/safe.h"

int rt_cancel_off(void) {
    int state = PTHREAD_CANCEL_ENABLE;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    return state;
}

void rt_cancel_restore(int state) {
    pthread_setcancelstate(state, NULL);
}

void *rt_pages(size_t bytes) {
    int saved = errno;
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    errno = saved;
    return pages == MAP_FAILED ? NULL : pages;
}

void rt_pages_free(void *pages, size_t bytes) {
    int saved = errno;
    munmap(pages, bytes);
    errno = saved;
}

bool rt_read_safely(uint64_t address, uint64_t *to, int words) {
    size_t bytes = (size_t)words * sizeof *to;
    struct iovec local = {to, bytes}, remote = {(void *)address, bytes};
    int saved = errno;
    bool whole = process_vm_readv((pid_t)rt.process->pid, &local, 1, &remote, 1, 0) == (ssize_t)bytes;
    errno = saved;
    return whole;
}

static uint64_t parse_hex(const char **text) {
    uint64_t value = 0;
    for (;; (*text)++) {
        char c = **text;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 16;
        if (digit > 15)
            return value;
        value = value << 4 | digit;
    }
}

/* One line of /proc/PID/maps (proc(5)): low-high perms offset device inode path. */
static bool line_holds(const char *line, uint64_t address, struct rt_mapping *mapping) {
    mapping->lo = parse_hex(&line);
    if (*line++ != '-')
        return false;
    mapping->hi = parse_hex(&line);
    mapping->executable = strlen(line) > 3 && line[3] == 'x';
    mapping->main_stack = strstr(line, "[stack]") != NULL;
    return address >= mapping->lo && address < mapping->hi;
}

bool rt_mapping_of(uint64_t address, struct rt_mapping *mapping) {
    char text[1024];
    size_t have = 0;
    bool found = false;
    int cancel = rt_cancel_off(), fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        rt_cancel_restore(cancel);
        return false;
    }
    for (;;) {
        ssize_t got = read(fd, text + have, sizeof text - 1 - have);
        have += got > 0 ? (size_t)got : 0;
        text[have] = 0;
        char *end, *line = text;
        while (!found && (end = memchr(line, '\n', have - (size_t)(line - text)))) {
            *end = 0;
            found = line_holds(line, address, mapping);
            line = end + 1;
        }
        if (found || got <= 0)
            break;
        have -= (size_t)(line - text);
        if (have == sizeof text - 1) /* a path longer than the buffer: what matters has been read */
            have = 0;
        memmove(text, line, have);
    }
    close(fd);
    rt_cancel_restore(cancel);
    return found;
}

/* The mapped file: chunks are handed out by moving its tail, storage stands behind them before they are touched. */
#include "instrument/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "profile/create.h"

#include "instrument/safe.h"

#define RESERVE_LEAST (UINT64_C(256) << 10)
#define RESERVE_MOST (UINT64_C(4) << 20)
#define MAP_LEAST (UINT64_C(256) << 10)

#define HIGH_FD 900 /* out of the way of programs that number their own */

static struct stat opened; /* which file it was: a host may close every descriptor and use the number again */

enum found { FOREIGN, FINISHED, LIVE };

/* An empty file counts as a finished profile: nothing is lost with it. */
static enum found what_is(int fd) {
    struct rf_header header;
    struct stat file;
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode))
        return FOREIGN;
    ssize_t got = pread(fd, &header, sizeof header, 0);
    if (got == 0)
        return FINISHED;
    if (got < (ssize_t)sizeof header.magic || memcmp(header.magic, RF_MAGIC, sizeof header.magic) != 0)
        return FOREIGN;
    bool same =
        got == (ssize_t)sizeof header && header.version == RF_VERSION && header.node_size == sizeof(struct rf_node);
    return same && kill((pid_t)header.root_pid, 0) == 0 ? LIVE : FINISHED;
}

/* A launcher's file is named by its descriptor in /proc and always joined; a file of an earlier run is put aside. */
static int open_or_create(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool launched = strncmp(path, "/proc/", 6) == 0;
    if (launched)
        return fd;
    enum found found = fd >= 0 ? what_is(fd) : FINISHED;
    if (found == LIVE)
        return fd;
    if (found == FOREIGN) {
        rt.why = "there is a file of that name that is no profile";
        close(fd);
        return -1;
    }
    if (fd >= 0) {
        char old[4096];
        size_t length = strlen(path);
        close(fd);
        if (length + 5 > sizeof old)
            return -1;
        memcpy(old, path, length);
        memcpy(old + length, ".old", 5);
        rename(path, old);
    }
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    char command[2048];
    int cmdline = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t size = cmdline >= 0 ? read(cmdline, command, sizeof command) : 0;
    if (cmdline >= 0)
        close(cmdline);
    struct rf_options options = {.sample_hz = RF_SAMPLE_HZ_DEFAULT,
                                 .root_pid = (uint32_t)getpid(),
                                 .command = command,
                                 .command_size = size > 0 ? (size_t)size : 0};
    if (rf_create(fd, &options) < 0) {
        unlink(path);
        close(fd);
        return -1;
    }
    return fd;
}

/* Addresses for the file's whole life are taken at once, so that growing never moves a pointer. */
static bool map_file(int fd, uint64_t limit) {
    struct rlimit addresses;
    if (getrlimit(RLIMIT_AS, &addresses) == 0 && addresses.rlim_cur / 8 < limit)
        limit = (addresses.rlim_cur / 8) & ~(uint64_t)(RF_PAGE - 1); /* the rest is the host's */
    for (uint64_t size = limit; size >= MAP_LEAST; size /= 2) {
        void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
        if (base != MAP_FAILED) {
            rt.base = base;
            rt.mapped = size;
            return true;
        }
    }
    rt.why = "there are not enough addresses to map the profile (ulimit -v)";
    return false;
}

bool rt_arena_open(const char *path) {
    int fd = open_or_create(path);
    if (fd < 0) {
        if (!rt.why)
            rt.why = "the profile cannot be opened";
        return false;
    }
    struct rf_header header;
    if (pread(fd, &header, sizeof header, 0) != (ssize_t)sizeof header ||
        memcmp(header.magic, RF_MAGIC, sizeof header.magic) != 0 || header.version != RF_VERSION ||
        header.node_size != sizeof(struct rf_node) || !map_file(fd, header.limit)) {
        if (!rt.why)
            rt.why = "the profile is not one of this version's";
        close(fd);
        return false;
    }
    int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
    if (high >= 0) {
        close(fd);
        fd = high;
    }
    fstat(fd, &opened);
    rt.fd = fd;
    rt.file = (struct rf_header *)rt.base;
    rt.timestamps = (enum rf_timestamps)header.timestamps;
    rt.asleep = header.asleep != 0;
    return true;
}

/* Storage for [from, from + bytes): posix_fallocate's promise, without its emulation's surprises in libc. */
static bool back_with_storage(uint64_t from, uint64_t bytes) {
    struct stat now;
    struct rlimit files;
    if (fstat(rt.fd, &now) != 0 || now.st_dev != opened.st_dev || now.st_ino != opened.st_ino) {
        rt_fail("the program has closed the profile's descriptor: nothing new from then on");
        return false;
    }
    if (getrlimit(RLIMIT_FSIZE, &files) == 0 && from + bytes > files.rlim_cur)
        return false; /* the kernel would send SIGXFSZ to the target */
    if (fallocate(rt.fd, 0, (off_t)from, (off_t)bytes) == 0)
        return true;
    if (errno != EOPNOTSUPP && errno != ENOSYS)
        return false;
    static const char zeros[RF_PAGE];
    for (uint64_t at = from; at < from + bytes; at += RF_PAGE)
        if (pwrite(rt.fd, zeros, RF_PAGE, (off_t)at) != (ssize_t)RF_PAGE)
            return false;
    return true;
}

static bool reserve(uint64_t end) {
    uint64_t have = __atomic_load_n(&rt.file->reserved, __ATOMIC_ACQUIRE);
    while (have < end) {
        uint64_t step = have / 2 < RESERVE_LEAST ? RESERVE_LEAST : have / 2 > RESERVE_MOST ? RESERVE_MOST : have / 2;
        uint64_t want = (have + step > end ? have + step : end + RESERVE_LEAST) & ~(uint64_t)(RF_PAGE - 1);
        if (want > rt.mapped)
            want = end;
        if (!back_with_storage(have, want - have)) {
            want = end; /* the disk may hold the need, if not the step */
            if (!back_with_storage(have, want - have))
                return false;
        }
        /* Release: who reads the new mark finds storage below it. A loser of the race only reserved twice. */
        if (__atomic_compare_exchange_n(&rt.file->reserved, &have, want, false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
            return true;
    }
    return true;
}

struct rf_chunk *rt_chunk_new(uint32_t kind, uint32_t thread, size_t payload) {
    uint64_t size = (sizeof(struct rf_chunk) + payload + RF_PAGE - 1) & ~(uint64_t)(RF_PAGE - 1);
    uint64_t limit = rt.mapped < rt.file->limit ? rt.mapped : rt.file->limit;
    uint64_t at = __atomic_load_n(&rt.file->tail, __ATOMIC_RELAXED);
    do {
        if (at > limit || size > limit - at)
            return NULL;
    } while (!__atomic_compare_exchange_n(&rt.file->tail, &at, at + size, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    int saved = errno, cancel = rt_cancel_off();
    bool backed = reserve(at + size);
    rt_cancel_restore(cancel);
    errno = saved;
    if (!backed)
        return NULL;
    struct rf_chunk *chunk = (struct rf_chunk *)(rt.base + at);
    chunk->kind = kind;
    chunk->size = size;
    chunk->process = rt.process ? rt.process->ordinal : 0;
    chunk->thread = thread;
    __atomic_store_n(&chunk->magic, RF_CHUNK_MAGIC, __ATOMIC_RELEASE); /* a reader believes the rest from here on */
    return chunk;
}

void *rt_pool_take(struct rt_pool *pool) {
    for (;;) {
        struct rf_chunk *chunk = __atomic_load_n(&pool->chunk, __ATOMIC_ACQUIRE);
        if (chunk) {
            uint64_t room = chunk->size - sizeof *chunk;
            uint64_t used = __atomic_load_n(&chunk->used, __ATOMIC_RELAXED);
            while (used + pool->record <= room)
                if (__atomic_compare_exchange_n(&chunk->used, &used, used + pool->record, true, __ATOMIC_RELAXED,
                                                __ATOMIC_RELAXED))
                    return (char *)rt_payload(chunk) + used;
        }
        struct rf_chunk *fresh = __atomic_exchange_n(&pool->spare, NULL, __ATOMIC_ACQUIRE);
        if (!fresh)
            fresh = rt_chunk_new(pool->kind, pool->thread, (size_t)pool->records_next * pool->record);
        if (!fresh)
            return NULL;
        if (pool->records_next < pool->records_most)
            pool->records_next *= 2;
        if (!__atomic_compare_exchange_n(&pool->chunk, &chunk, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            __atomic_store_n(&pool->spare, fresh, __ATOMIC_RELEASE); /* another thread was first: for the next time */
    }
}

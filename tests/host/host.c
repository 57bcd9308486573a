/*
 * host CASE: things that programs do and a profiler inside them must not change. Each case prints what it found; the
 * script holds what the recorded build says against what the plain one does.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NI __attribute__((noinline))

static volatile int sink;

/* New contexts, and a deep stack: the profile must grow. */
NI static int deep(int n) {
    int below = n ? deep(n - 1) : sink;
    __asm__ volatile("" : "+r"(below));
    return below + 1;
}

/* A daemon closes every descriptor and opens its own under the same numbers. */
static int case_closes(void) {
    usleep(50000);
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    char name[] = "/tmp/recount-host-XXXXXX";
    int files[32], wrong = 0;
    for (int i = 0; i < 32; i++) {
        strcpy(name, "/tmp/recount-host-XXXXXX");
        files[i] = mkstemp(name);
        unlink(name);
        wrong += write(files[i], "hello", 5) != 5;
    }
    usleep(50000);
    deep(20000);
    for (int i = 0; i < 32; i++) {
        struct stat file;
        wrong += fstat(files[i], &file) != 0 || file.st_size != 5;
    }
    printf("%d files are not as they were written\n", wrong);
    return wrong;
}

static sigjmp_buf back;

static void jump_back(int number) {
    (void)number;
    siglongjmp(back, 1);
}

NI static int probe(volatile const int *address) {
    if (sigsetjmp(back, 1))
        return -1;
    return *address;
}

/* Does an address hold memory? The handler jumps out, time after time. */
static int case_jump(void) {
    signal(SIGSEGV, jump_back);
    int bad = 0;
    for (int i = 0; i < 1000; i++)
        bad += probe((const int *)16) == -1;
    printf("%d of 1000 are no memory\n", bad);
    return 0;
}

static int status_of_child;

NI static void fork_here(void) {
    pid_t pid = fork();
    if (pid == 0) {
        deep(10);
        _exit(7);
    }
    waitpid(pid, &status_of_child, 0);
}

static void fork_in_handler(int number) {
    (void)number;
    fork_here();
}

static int case_handler_forks(void) {
    signal(SIGUSR1, fork_in_handler);
    raise(SIGUSR1);
    printf("the child's status is %x\n", (unsigned)status_of_child);
    return 0;
}

static void deep_handler(int number) {
    (void)number;
    deep(2000);
}

/* A handler deeper than all that came before it, at any moment, inside hooks too. */
static int case_deep_handler(void) {
    signal(SIGALRM, deep_handler);
    struct itimerval often = {{0, 700}, {0, 700}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    int sum = 0;
    for (int i = 0; i < 30000; i++)
        sum += deep(i % 40);
    setitimer(ITIMER_REAL, &never, NULL);
    printf("%d\n", sum);
    return 0;
}

static void *last_thread(void *unused) {
    usleep(50000);
    printf("the last thread leaves\n");
    return unused;
}

static int case_main_leaves(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, last_thread, NULL);
    pthread_detach(thread);
    pthread_exit(NULL);
}

/* A sandbox that may write no file: growing one would bring SIGXFSZ. */
static int case_no_files(void) {
    struct rlimit none = {0, 0};
    fflush(stdout);
    setrlimit(RLIMIT_FSIZE, &none);
    deep(20000);
    _Exit(3);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int go, done;

NI static int plain(int x) {
    return x + sink;
}

__attribute__((no_instrument_function)) static void *cancelled(void *unused) {
    while (!go)
        ;
    pthread_mutex_lock(&lock);
    plain(1); /* no cancellation point */
    done = 1;
    pthread_mutex_unlock(&lock);
    pthread_testcancel();
    return unused;
}

static int case_cancel(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, cancelled, NULL);
    pthread_cancel(thread);
    go = 1;
    pthread_join(thread, NULL);
    printf("done %d, the lock is %s\n", done, pthread_mutex_trylock(&lock) ? "held" : "free");
    return 0;
}

static void *waiting(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

/* As many descriptors as the limit allows, beside many threads. */
static int case_descriptors(void) {
    enum { THREADS = 200 };
    pthread_t threads[THREADS];
    struct rlimit few = {512, 512};
    setrlimit(RLIMIT_NOFILE, &few);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, waiting, NULL);
    usleep(100000);
    int opened = 0;
    for (int i = 0; i < 400; i++)
        opened += open("/dev/null", O_RDONLY) >= 0;
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("opened %d of 400\n", opened);
    return 0;
}

static volatile sig_atomic_t urgent;

static void on_urgent(int number) {
    (void)number;
    urgent++;
}

/* The host's own use of the signal that the sampler takes while nobody else does. */
static int case_urgent(void) {
    usleep(30000);
    signal(SIGURG, on_urgent);
    usleep(60000);
    urgent = 0;
    raise(SIGURG);
    raise(SIGURG);
    deep(2000);
    printf("%d urgent signals\n", (int)urgent);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(void);
} cases[] = {{"closes", case_closes},
             {"jump", case_jump},
             {"handler-forks", case_handler_forks},
             {"deep-handler", case_deep_handler},
             {"main-leaves", case_main_leaves},
             {"no-files", case_no_files},
             {"cancel", case_cancel},
             {"descriptors", case_descriptors},
             {"urgent", case_urgent}};

int main(int argc, char **argv) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc == 2 && strcmp(argv[1], cases[i].name) == 0)
            return cases[i].run();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        puts(cases[i].name);
    return 2;
}

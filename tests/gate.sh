#!/bin/sh
# gate.sh BUILD: what the runtime's objects take from outside. Whatever runs in the target's own path may use pure
# functions and async-signal-safe ones (signal-safety(7)) alone; each exception names its file and has its reason here.
set -u
build=$1
failed=0

safe=" memcpy memmove memset memcmp memchr strlen strstr strncmp strcmp strcat strcpy stpcpy strchr strrchr strncpy
 open close read pread pwrite fallocate mmap munmap fcntl ioctl prctl kill unlink rename readlink getpid getppid
 getrlimit clock_gettime syscall process_vm_readv sigaction sigfillset pthread_sigmask __errno_location getauxval
 secure_getenv fstat stat mprotect pthread_setcancelstate _GLOBAL_OFFSET_TABLE_ __start_recount_probe __stop_recount_probe __gxx_personality_v0 "

exceptions() { # OBJECT
    case $1 in
    thread.c.o) echo " pthread_setspecific pthread_key_create pthread_self " ;; # the first 32 keys need no memory in glibc
    code.c.o) echo " _dl_find_object " ;; # lock-free, for signal handlers
    adapter.c.o) echo " dlsym dlopen _dl_find_object " ;;           # once a function; the last one is lock-free
    switch.c.o | reload.c.o | announce.c.o) echo " dlsym " ;;                     # once a function, as any interposer
    behind.c.o) echo " dlsym dladdr dlopen " ;;                      # likewise; dlopen only finds what is loaded
    create.c.o) echo " uname " ;;                                 # a bare system call, once a recording
    begin.c.o) echo " pthread_atfork write strerrordesc_np
 pthread_key_create pthread_setspecific " ;;                    # the constructor
    loop.c.o) echo " pthread_mutex_lock pthread_mutex_unlock pthread_mutex_timedlock pthread_mutex_init pthread_create pthread_self
 pthread_setname_np pthread_attr_init pthread_attr_destroy pthread_attr_setdetachstate pthread_attr_setstacksize
 nanosleep clock_nanosleep " ;;                                    # the sampler's own thread
    modules.c.o) echo " dl_iterate_phdr sched_yield " ;;           # the sampler's own thread, and dlclose's callers
    site.c.o) echo " process_vm_writev " ;; # a bare system call
    unwind.c.o) echo " _Ux86_64_step _Ux86_64_set_caching_policy _Ux86_64_local_addr_space _Ux86_64_init_remote
 _Ux86_64_get_reg _Ux86_64_get_accessors _Ux86_64_create_addr_space _Ux86_64_flush_cache " ;; # the sampler's own thread
    esac
}

objects=$(find "$build/instrument" "$build/sampler" -name '*.o')
[ -n "$objects" ] || {
    echo "gate: no objects below $build"
    exit 1
}
for object in $objects; do
    allowed="$safe$(exceptions "$(basename "$object")")"
    for symbol in $(nm -u "$object" | awk '{ print $NF }'); do
        case $symbol in
        rt | rt_* | rs_* | rf_create | recount_* | __cyg_profile_func_*) continue ;;
        esac
        # shellcheck disable=SC2086
        case " $(echo $allowed) " in
        *" $symbol "*) ;;
        *)
            echo "gate: $(basename "$object") uses $symbol"
            failed=1
            ;;
        esac
    done
done
[ $failed = 0 ] && echo "gate: $(echo "$objects" | wc -l) objects keep to what is safe in a signal handler"
exit $failed

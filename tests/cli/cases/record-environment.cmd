# The runtime comes before what the user preloads.
ldd "$(command -v recount)" | grep -q 'lib[at]san' && { echo "a sanitizer must be loaded before what is preloaded"; exit 77; }
LD_PRELOAD=libm.so.6 recount record env 2>/dev/null | grep -E '^(RECOUNT|LD_PRELOAD)=' |
    sed 's|/proc/[0-9]*/fd/[0-9]*|/proc/PID/fd/N|' | sort

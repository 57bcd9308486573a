# The runtime comes before what the user preloads.
command -v env >/dev/null && LD_PRELOAD=libm.so.6 recount record env 2>/dev/null | grep -E '^(RECOUNT|LD_PRELOAD)=' |
    sed 's|/proc/[0-9]*/fd/[0-9]*|/proc/PID/fd/N|' | sort

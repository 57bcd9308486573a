# The disk fills up while the command runs: the profile is kept elsewhere and its place is named.
unshare -m true 2>/dev/null || { echo "mounting is not permitted"; exit 77; }
mkdir d other
TMPDIR=$PWD/other
export TMPDIR
unshare -m sh -c '
    mount -t tmpfs -o size=2m none d
    recount record -o d/f sh -c "
        memory=\$RECOUNT
        unset RECOUNT LD_PRELOAD
        truncate -s 4M \$memory
        printf \"\\0\\0\\100\\0\\0\\0\\0\\0\" | dd of=\$memory bs=1 seek=32 conv=notrunc 2>/dev/null
        cat /dev/zero >d/filler 2>/dev/null"
    s=$?
    rm d/filler
    ls d
    exit $s'
status=$?
ls other | sed 's/recount-.*/one profile/'
exit $status

# Root may write anywhere but on a read-only mount; both ways of being refused read the same here.
mkdir d
if [ "$(id -u)" = 0 ]; then
    unshare -m true 2>/dev/null || { echo "mounting is not permitted"; exit 77; }
    unshare -m sh -c 'mount -t tmpfs -o ro none d && recount record -o d/f sh -c "echo ran"' 2>err
else
    chmod a-w d
    recount record -o d/f sh -c "echo ran" 2>err
fi
status=$?
sed 's/: Permission denied/: Read-only file system/' err >&2
exit $status

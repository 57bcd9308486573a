# No room for a profile: the command is not run.
unshare -m true 2>/dev/null || { echo "mounting is not permitted"; exit 77; }
mkdir d
unshare -m sh -c 'mount -t tmpfs -o size=64k none d && recount record -o d/f sh -c "echo ran"; s=$?; ls d; exit $s'

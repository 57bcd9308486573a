# A filter that never ends is not read to the end.
ldd "$(command -v recount)" | grep -q 'lib[at]san' && { echo "a sanitizer reserves more memory than the limit"; exit 77; }
ulimit -v 4000000
timeout 60 recount record --filter /dev/zero sh -c 'echo ran'
echo $?
ls

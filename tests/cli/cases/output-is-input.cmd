# What is read is not written over: under its own name, another spelling, a link, a hard link, or as standard output.
RECOUNT_CC=cc recount cc -O1 -x c - -o app <<'C'
int main(void) { return 0; }
C
recount record -o data ./app 2>/dev/null
recount record --twice -o two ./app 2>/dev/null
recount record -o other ./app 2>/dev/null
cp other other.old
echo 'sleep nobody' >rules
ln -s data link
ln data hard
cksum * >before
for to in data ./data "$PWD/data" link hard; do
    recount export -i data --to folded -o "$to"
    echo $?
    recount filter -i data -o "$to"
    echo $?
done
recount export -i link --to folded -o data
echo $?
recount filter -i data >>data
echo $?
recount export -i two --to folded -o two.asleep
echo $?
recount merge -o hard two data
echo $?
recount merge -o other data other.old
echo $?
recount record --filter rules -o rules ./app
echo $?
recount record -o app ./app
echo $?
ls | tr '\n' ' '
cksum $(ls | grep -v before) | cmp - before && echo untouched
# What is none of them is written as ever.
recount filter -i data -o new 2>/dev/null && grep -c '^# Proposed' new
recount filter -i data -o /dev/stdout 2>/dev/null | grep -c '^# Proposed'
mkfifo pipe
grep -c '^# Proposed' pipe &
timeout 10 recount filter -i data -o pipe 2>/dev/null
wait

# A profile whose list of sleeping functions is damaged does the program that joins it no harm.
cat >app.c <<'E'
__attribute__((noinline)) int leaf(int x) { return x + 1; }
int main(int n, char **words) { (void)words; return leaf(n) - 2; }
E
RECOUNT_CC=cc recount cc -O1 app.c -o app
echo 'sleep leaf' >filter
for size in '\0\0\0\0\0\0' '\040\0\0\0\0\0' '\0\0\0\0\0\377'; do
    recount record -f filter -o data ./app 2>/dev/null
    printf "$size" | dd of=data bs=1 seek=4104 conv=notrunc 2>/dev/null
    printf '\0\0\0\0\0\377' | dd of=data bs=1 seek=4112 conv=notrunc 2>/dev/null
    truncate -s 16M data # its writers' reserve was cut off
    RECOUNT=/proc/self/cwd/data ./app
    echo $?
done

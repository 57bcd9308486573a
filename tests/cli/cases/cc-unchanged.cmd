# Nothing is compiled to code and no program is linked: the command line stays as it was.
export RECOUNT_CC="$FAKE_CC"
for words in "-E a.c" "-M a.c" "-MM a.c" "--version" "-v" "-print-libgcc-file-name" "--print-prog-name=ld" \
    "-dumpmachine" "-dumpversion" "-### a.c" "-fsyntax-only a.c" "-shared a.o -o a.so" "-r a.o -o b.o" \
    "-nostdlib a.o -o a" "-nostdlib a.c -o a" "-c a.s" "-c a.S" "-Wl,--version" "--help" "-Q --help=target"; do
    echo "# $words"
    recount cc $words
done
echo "# (no words)"
recount cc

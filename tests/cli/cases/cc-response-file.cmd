# The mode is inside the file; the file itself is handed on.
export RECOUNT_CC="$FAKE_CC"
echo '-c "a b.c" -o x' >compile
echo '-E' >preprocess
echo '@nested -o x' >outer
echo 'a.o -shared' >nested
for words in "@compile" "@preprocess a.c" "@outer" "@missing"; do
    echo "# $words"
    recount cc $words
done

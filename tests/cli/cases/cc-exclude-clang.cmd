# clang has no such option: a clear word instead of a build in which everything is counted.
export RECOUNT_CC=$(dirname "$FAKE_CC")/fake-clang
recount cc --recount-exclude=leaf -c a.c
echo $?
recount cc -c a.c --recount-exclude-file=vendor/
echo $?

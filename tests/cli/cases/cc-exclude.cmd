# Each list goes to gcc as it came, and only where something is compiled.
export RECOUNT_CC=$FAKE_CC
recount cc --recount-exclude=leaf,'operator\,' -O2 -c a.c --recount-exclude-file=vendor/,.h --recount-exclude=g
echo --
recount cc --recount-exclude=leaf -E a.c
echo --
recount cc --recount-exclude=leaf -shared a.o

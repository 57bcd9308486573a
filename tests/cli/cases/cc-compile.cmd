RECOUNT_CC=$FAKE_CC recount cc -O2 -c a.c -o a.o

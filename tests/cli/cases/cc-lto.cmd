RECOUNT_CC=$FAKE_CC recount cc -flto -O2 a.c -o a

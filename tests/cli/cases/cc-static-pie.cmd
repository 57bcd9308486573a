RECOUNT_CC=$FAKE_CC recount cc -static-pie a.c -o a

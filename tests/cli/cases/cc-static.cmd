RECOUNT_CC=$FAKE_CC recount cc -static a.c -o a

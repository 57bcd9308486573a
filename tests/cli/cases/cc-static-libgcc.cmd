RECOUNT_CC=$FAKE_CC recount cc -static-libgcc a.o -o a

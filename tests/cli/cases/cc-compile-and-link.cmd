RECOUNT_CC=$FAKE_CC recount cc a.c b.o -o a -lm

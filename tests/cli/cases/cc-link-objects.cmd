RECOUNT_CC=$FAKE_CC recount cc a.o b.o -o app

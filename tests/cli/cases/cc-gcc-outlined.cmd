RECOUNT_CC=$FAKE_CC recount cc --recount-instrument=outlined -c a.c

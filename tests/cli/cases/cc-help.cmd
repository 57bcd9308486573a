recount cc --recount-help -c nothing.c
RECOUNT_CC=$FAKE_CC recount cc --recount-helpless

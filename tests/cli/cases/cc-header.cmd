# A precompiled header is compiled, with the flag, and not linked.
RECOUNT_CC=$FAKE_CC recount cc -x c-header a.h -o a.h.gch
RECOUNT_CC=$FAKE_CC recount cc a.h

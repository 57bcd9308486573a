# -MD compiles as well.
RECOUNT_CC=$FAKE_CC recount cc -MD -MF a.d -MT a.o -c a.c

# A value is no input: nothing here is compiled or linked.
RECOUNT_CC=$FAKE_CC recount cc -o a.c -include b.c -MF c.c -Xlinker d.o -I e.c

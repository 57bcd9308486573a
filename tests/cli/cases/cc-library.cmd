# A library gets the hooks; the runtime is its program's.
RECOUNT_CC=$FAKE_CC recount cc -shared -fPIC a.c -o a.so

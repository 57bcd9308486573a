RECOUNT_CC=$(dirname "$FAKE_CC")/fake-clang recount cc -c a.c

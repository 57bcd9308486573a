RECOUNT_CC=$(dirname "$FAKE_CC")/fake-clang recount cc --recount-instrument=all -c a.c

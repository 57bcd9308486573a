recount cc --recount-instrument=some -c a.c

# The compiler may be several words, and its own arguments may be quoted.
RECOUNT_CC="$FAKE_CC wrapped 'with blanks'" recount cc -c a.c

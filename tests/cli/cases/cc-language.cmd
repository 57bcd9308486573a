# After -x the archive would be read as C.
RECOUNT_CC=$FAKE_CC recount cc -x c - -o a

RECOUNT_CC=/nonexistent/cc recount cc -c a.c

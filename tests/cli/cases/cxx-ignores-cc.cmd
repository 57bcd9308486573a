RECOUNT_CC=/nonexistent/cc RECOUNT_CXX=$FAKE_CC recount c++ -c a.cc

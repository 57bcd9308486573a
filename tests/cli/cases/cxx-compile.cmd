RECOUNT_CXX=$FAKE_CC recount c++ -std=c++20 -c a.cc

/* A timer preempts the fibers wherever they are. */
#define TIMER
#include "fibers_signal.c"

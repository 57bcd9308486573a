/* Fibers by setjmp and longjmp, on stacks that were entered by makecontext. */
#define ANNOUNCED
#include "fibers_sjlj.c"

/* Fibers by an assembly switch, on stacks that lie side by side in one array. */
#define ADJACENT
#include "fibers_asm.c"

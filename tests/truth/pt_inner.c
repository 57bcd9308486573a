/* As pt_lines.c, with the state further inside the struct that the first argument points to. */
#define INNER
#include "pt_lines.c"

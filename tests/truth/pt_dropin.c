/* Protothreads on recount's own pt.h, which is found by the include path alone. */
#include <pt.h>

#define TURNS 3 /* announced, a wait that is come round to again is no poll */
#include "pt_program.h"

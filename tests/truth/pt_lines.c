/* Protothreads whose state is a line number: nothing tells recount of them. */
#include "pt_lines.h"

#include "pt_program.h"

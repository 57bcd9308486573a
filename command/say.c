#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "command/command.h"
#include "compare/render/printable.h"

enum { LONGEST_LINE = 4096 };

void say(const char *format, ...) {
    char text[LONGEST_LINE];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    char *line = rc_printable(text);
    fprintf(stderr, "recount: %s\n", line ? line : "no memory");
    free(line);
}

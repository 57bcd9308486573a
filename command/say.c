#include <stdarg.h>
#include <stdio.h>

#include "command/command.h"

enum { LONGEST_LINE = 4096 };

void say(const char *format, ...) {
    char text[LONGEST_LINE];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fprintf(stderr, "recount: %s\n", text);
}

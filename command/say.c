#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"

enum { LONGEST_LINE = 4096 };

void say(const char *format, ...) {
    char line[LONGEST_LINE] = "recount: ";
    size_t prefix = strlen(line);
    va_list list;
    va_start(list, format);
    vsnprintf(line + prefix, sizeof line - prefix - 1, format, list);
    va_end(list);
    strcat(line, "\n");
    fputs(line, stderr);
}

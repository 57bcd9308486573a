#include "compare/error.h"

#include <stdarg.h>
#include <stdio.h>

int rc_fail(struct rc_error *err, const char *format, ...) {
    if (!err)
        return -1;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    return -1;
}

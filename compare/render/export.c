#include "compare/render/export.h"

#include <string.h>

const struct rc_export_format rc_export_formats[] = {
    {"folded", "one line a stack with its samples, for flame graphs", rc_export_folded},
    {"speedscope", "sampled profiles, one a thread, for speedscope.app", rc_export_speedscope},
    {NULL, NULL, NULL},
};

const struct rc_export_format *rc_export_named(const char *name) {
    for (const struct rc_export_format *format = rc_export_formats; format->name; format++)
        if (strcmp(format->name, name) == 0)
            return format;
    return NULL;
}

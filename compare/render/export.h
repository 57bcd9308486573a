/* The formats of other viewers. A format is one file and one row of the table in export.c. */
#ifndef RECOUNT_COMPARE_RENDER_EXPORT_H
#define RECOUNT_COMPARE_RENDER_EXPORT_H

#include <stdio.h>

#include "compare/error.h"
#include "compare/model/report.h"

/** Writes the whole report in its format. 0, or -1 with a line in `err`. */
typedef int rc_export_write(FILE *out, const struct rc_report *report, struct rc_error *err);

struct rc_export_format {
    const char *name, *summary;
    rc_export_write *write;
};

rc_export_write rc_export_folded, rc_export_speedscope;

/** All formats; a row without a name ends them. */
extern const struct rc_export_format rc_export_formats[];

/** NULL when there is none of that name. */
const struct rc_export_format *rc_export_named(const char *name);

#endif

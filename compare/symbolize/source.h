/* What DWARF says of an address: source lines, declarations, inlined functions. */
#ifndef RECOUNT_COMPARE_SYMBOLIZE_SOURCE_H
#define RECOUNT_COMPARE_SYMBOLIZE_SOURCE_H

#include "compare/symbolize/intern.h"
#include "compare/symbolize/object.h"
#include "compare/symbolize/symbols.h"

/** The line-table row that covers `address`; the file is in the pool. */
struct rc_line rc_source_line(struct rc_object *object, struct rc_strings *strings, uint64_t address);

/** The line of `address` in the function's own source: where code was inlined, the line it was called from. */
struct rc_line rc_source_body_line(struct rc_object *object, struct rc_strings *strings, uint64_t address);

/** Where the function around `address` is declared; no file when DWARF does not say. */
struct rc_line rc_source_declaration(struct rc_object *object, struct rc_strings *strings, uint64_t address);

#define RC_INLINED_MOST 64 /* no compiler goes that deep */

/** Names of the functions inlined at `address`, innermost first; at most `most` and RC_INLINED_MOST. */
size_t rc_source_inlined(struct rc_object *object, struct rc_strings *strings, uint64_t address, const char **names,
                         size_t most);

#endif

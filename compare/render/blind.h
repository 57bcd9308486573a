/* `recount report --blind` and `recount filter`: what no hook and no sample sees, and the filter for the dearest hooks.
 */
#ifndef RECOUNT_COMPARE_RENDER_BLIND_H
#define RECOUNT_COMPARE_RENDER_BLIND_H

#include "compare/model/blind.h"
#include "compare/render/render.h"

/** @param top  rows of each table; 0: all. 0, or -1: no memory, or the output could not be written. */
int rc_render_blind(const struct rc_paper *paper, const struct rc_report *report, const struct rc_blind *blind,
                    size_t top, struct rc_error *err);

/** As docs/report-json.md describes it. */
int rc_render_blind_json(FILE *out, const struct rc_report *report, const struct rc_blind *blind, struct rc_error *err);

/** The proposed filter as `record --filter` reads it, with its reasons as comments; `file` names the profile. */
int rc_render_filter(FILE *out, const struct rc_report *report, const struct rc_blind *blind, const char *file,
                     struct rc_error *err);

/** "library", "kernel", ...: short for JSON. */
const char *rc_sight_word(enum rc_sight_kind kind);
/** Why a function is kept awake, in a few words; "" where it is not. */
const char *rc_keep_word(enum rc_keep keep);

#endif

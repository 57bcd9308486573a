/* What the parts of the blind spots share. Each returns 0, or -1: no memory. */
#ifndef RECOUNT_COMPARE_MODEL_BLIND_BUILD_H
#define RECOUNT_COMPARE_MODEL_BLIND_BUILD_H

#include "compare/model/blind.h"
#include "compare/model/spread.h"

/** @param looks  the caller's to free, also in the error case: one for each of blind->samples, whose `sample` is the
 *  function in whose hook it was, or RC_NONE */
int rc_blind_see(struct rc_blind *blind, const struct rc_report *report, const struct rc_lookup *lookups,
                 struct rc_look **looks);
/** The share of all samples that `spread` has. */
struct rc_sighted rc_sighted_of(const struct rc_spreads *all, const struct rc_spread *spread);
int rc_blind_unsampled(struct rc_blind *blind, const struct rc_report *report);
enum { RC_PROBE_SAMPLES_ENOUGH = 30 }; /* in hooks, to believe them rather than the calibration */

/** For the functions that are proposed to sleep: finds `saving` and `predicted`. Sorts the looks, and changes what they
 *  say. */
int rc_blind_saving(struct rc_blind *blind, const struct rc_report *report, struct rc_look *looks);
/** Sorts the looks, and changes what they say. */
int rc_blind_probes(struct rc_blind *blind, const struct rc_report *report, struct rc_look *looks,
                    const struct rc_filter_wish *wish);

#endif

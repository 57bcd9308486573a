#include "compare/explain/sightings.h"

#include <stdio.h>

#include "compare/explain/numbers.h"

struct rc_sightings_text rc_text_sightings(const struct rc_function *f) {
    struct rc_sightings_text text = {""};
    const struct rc_seen *seen = &f->seen;
    uint64_t low = (uint64_t)seen->estimated_calls_low;
    bool inferred = low > seen->distinct_calls;
    const char *consequence = !seen->contradicted && low > f->calls
                                  ? ": more than were counted, unless one slice holds most of a call's time"
                              : seen->contradicted ? ": more than were counted, a defect of recount, please report it"
                                                   : "";
    if (!seen->distinct_calls || !f->hooked)
        return text;
    snprintf(text.s, sizeof text.s,
             "The samples saw %s different call%s, so there %s at least %s%s; calls %s, entries %s%s.",
             rc_text_count(seen->distinct_calls).s, rc_plural(seen->distinct_calls), low == 1 ? "was" : "were",
             rc_text_count(low).s, inferred ? " (95%)" : "", rc_text_count(f->calls).s, rc_text_count(f->entries).s,
             consequence);
    return text;
}

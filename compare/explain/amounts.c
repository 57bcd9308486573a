/* Accounts in words. Their numbers are rounded to one unit, and what is unexplained takes up the rounding, so that they
 * add up as they are printed. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/accounts.h"
#include "compare/explain/causes.h"
#include "compare/explain/numbers.h"

struct unit {
    const char *name;
    int64_t step; /* what one unit of the last printed digit is of the amount */
    int decimals;
};

static const struct {
    const char *name, *unit;
} ofs[] = {[RC_OF_ENTRIES] = {"entries", "entries"},
           [RC_OF_CALLS] = {"calls", "calls"},
           [RC_OF_TIME] = {"time", "ns"},
           [RC_OF_SHARE] = {"share", "points"}};

const char *rc_of_name(enum rc_of of) {
    return ofs[of].name;
}

const char *rc_of_unit(enum rc_of of) {
    return ofs[of].unit;
}

static struct unit unit_of(const struct rc_difference *difference, enum rc_of of) {
    static const struct unit times[] = {
        {" s", 10000000, 2}, {" ms", 100000, 1}, {" ms", 10000, 2}, {" us", 100, 1}, {" ns", 1, 0}};
    struct unit count = {"", 1, 0}, point = {" points", RC_POINT / 10, 1};
    if (of != RC_OF_TIME)
        return of == RC_OF_SHARE ? point : count;
    int64_t largest = llabs(difference->one) > llabs(difference->other) ? llabs(difference->one) : difference->other;
    for (size_t i = 0; i + 1 < sizeof times / sizeof *times; i++)
        if (llabs(largest) >= 1000 * times[i].step)
            return times[i];
    return times[sizeof times / sizeof *times - 1];
}

static int64_t steps(int64_t amount, const struct unit *unit) {
    return (llabs(amount) + unit->step / 2) / unit->step * (amount < 0 ? -1 : 1);
}

static struct rc_text number(int64_t steps, const struct unit *unit) {
    struct rc_text text;
    if (unit->decimals == 0)
        snprintf(text.s, sizeof text.s, "%s", rc_text_signed(steps).s);
    else
        snprintf(text.s, sizeof text.s, "%.*f", unit->decimals, (double)steps / pow(10, unit->decimals));
    return text;
}

static void part(char *to, size_t room, size_t *used, const struct rc_account *account, int64_t amount,
                 const struct unit *unit, size_t n_awaits) {
    if (*used >= room)
        return;
    *used += (size_t)snprintf(to + *used, room - *used, "%s%s%s%s %s", *used ? ", " : "",
                              account->estimated && account->row != RC_ROW_UNEXPLAINED ? "~" : "",
                              number(amount, unit).s, unit->name, rc_row_name(account->row));
    if (account->of == RC_OF_ENTRIES && account->row == RC_ASYNC_REENTRY && n_awaits && *used < room)
        *used += (size_t)snprintf(to + *used, room - *used, " at %zu await point%s", n_awaits, rc_plural(n_awaits));
}

static void opening(const struct rc_function *f, enum rc_of of, const struct unit *unit, char *to, size_t room) {
    const struct rc_difference *difference = &f->differences[of];
    struct rc_text one = number(steps(difference->one, unit), unit);
    struct rc_text other = number(steps(difference->other, unit), unit);
    struct rc_text by = number(steps(difference->one, unit) - steps(difference->other, unit), unit);
    if (of == RC_OF_ENTRIES)
        snprintf(to, room, "%s entries less %s calls is %s:", one.s, other.s, by.s);
    else if (of == RC_OF_CALLS)
        snprintf(to, room, "%s calls less %s that the program's own code made is %s:", one.s, other.s, by.s);
    else if (of == RC_OF_TIME)
        snprintf(to, room, "%s%s of all its calls added up less %s%s that samples found it running is %s%s:", one.s,
                 unit->name, other.s, unit->name, by.s, unit->name);
    else
        snprintf(to, room, "%s%% of own running time for the tracer less %s%% for the sampler is %s points:", one.s,
                 other.s, by.s);
}

void rc_account_sentence(const struct rc_function *function, enum rc_of of, char *to, size_t room) {
    const struct rc_difference *difference = &function->differences[of];
    struct unit unit = unit_of(difference, of);
    char start[200], parts[400] = "", chance[80] = "";
    int64_t rest = steps(difference->one, &unit) - steps(difference->other, &unit);
    size_t used = 0;
    *to = '\0';
    if (!difference->known || (of == RC_OF_ENTRIES && difference->one == difference->other && function->n_accounts &&
                               !rc_account_of(function, of, RC_ASYNC_REENTRY)))
        return;
    for (size_t i = 0; i < function->n_accounts; i++) {
        const struct rc_account *account = &function->accounts[i];
        int64_t amount = account->row == RC_ROW_UNEXPLAINED ? rest : steps(account->amount, &unit);
        if (account->of != of || (!amount && account->row != RC_ROW_UNEXPLAINED))
            continue;
        rest -= amount;
        part(parts, sizeof parts, &used, account, amount, &unit, function->n_awaits);
    }
    opening(function, of, &unit, start, sizeof start);
    if (difference->chance)
        snprintf(chance, sizeof chance, " (sampling alone: +-%s%s)",
                 number(steps((int64_t)difference->chance, &unit), &unit).s, unit.name);
    snprintf(to, room, "%s %s%s.", start, parts, chance);
}

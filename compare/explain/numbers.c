#include "compare/explain/numbers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct rc_text rc_text_count(uint64_t count) {
    struct rc_text text = {""};
    char digits[24];
    size_t n = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count), to = 0;
    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            text.s[to++] = ',';
        text.s[to++] = digits[i];
    }
    text.s[to] = '\0';
    return text;
}

struct rc_text rc_text_signed(int64_t count) {
    if (count >= 0)
        return rc_text_count((uint64_t)count);
    struct rc_text text = {"-"}, rest = rc_text_count(0 - (uint64_t)count);
    memcpy(text.s + 1, rest.s, sizeof text.s - 2);
    return text;
}

struct rc_text rc_text_time(uint64_t ns) {
    static const char *const units[] = {"ns", "us", "ms", "s"};
    struct rc_text text = {"0"};
    double value = (double)ns;
    size_t unit = 0;
    if (!ns)
        return text;
    while (value >= 999.5 && unit < 3) {
        value /= 1000;
        unit++;
    }
    int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(text.s, sizeof text.s, "%.*f %s", decimals, value, units[unit]);
    return text;
}

struct rc_text rc_text_percent(double share) {
    struct rc_text text;
    snprintf(text.s, sizeof text.s, "%.1f%%", 100 * share);
    return text;
}

struct rc_text rc_text_too_few(const struct rc_share *share) {
    struct rc_text text = {"too few"};
    if (share->compared && share->detectable < 1)
        snprintf(text.s, sizeof text.s, "too few (sees %.1f)", 100 * share->detectable);
    return text;
}

struct rc_text rc_text_points(int64_t amount) {
    struct rc_text text;
    snprintf(text.s, sizeof text.s, "%.1f points", (double)amount / 1000);
    return text;
}

double rc_ratio(uint64_t part, uint64_t whole) {
    return whole ? (double)part / (double)whole : 0;
}

const char *rc_plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

struct rc_text rc_text_rate(uint64_t count, uint64_t of) {
    uint64_t tenths = (uint64_t)(rc_ratio(count, of) * 10 + 0.5);
    if (!of || count % of == 0)
        return rc_text_count(of ? count / of : count);
    struct rc_text text, whole = rc_text_count(tenths / 10);
    snprintf(text.s, sizeof text.s, "%.28s.%u", whole.s, (unsigned)(tenths % 10));
    return text;
}

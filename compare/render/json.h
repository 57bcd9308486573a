/* What the JSON writers share: cJSON with whole numbers printed exactly and one flag for all failures. */
#ifndef RECOUNT_COMPARE_RENDER_JSON_H
#define RECOUNT_COMPARE_RENDER_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "compare/error.h"
#include "compare/model/report.h"

enum { RC_JSON_SCHEMA = 1, RC_JSON_DIGITS = 24 };

struct rc_json {
    cJSON *root;
    const struct rc_report *report; /* what its functions belong to; may be NULL where there are none */
    bool failed;                    /* some value had no memory */
    size_t rows;                    /* printed so far */
};

/** Members of `object`, or elements of an array where `key` is NULL. `key` is a literal. The container is NULL-safe. */
void rc_json_count(struct rc_json *json, cJSON *object, const char *key, uint64_t value);
void rc_json_signed(struct rc_json *json, cJSON *object, const char *key, int64_t value);
void rc_json_real(struct rc_json *json, cJSON *object, const char *key, double value);
/** NULL becomes null; bytes that are no text become '?'. */
void rc_json_text(struct rc_json *json, cJSON *object, const char *key, const char *value);
void rc_json_bool(struct rc_json *json, cJSON *object, const char *key, bool value);
/**
 * An array of objects with a name, an object where it is told, and a count under `count_key`: the text that the
 * functions here would come to, in a fraction of their time. `deep`: the object is a member of the root, else the root.
 */
void rc_json_tallies(struct rc_json *json, cJSON *object, bool deep, const char *key, const struct rc_tallies *tallies,
                     const char *count_key);
/** The digits of `count`, somewhere in `digits`: printf takes several times as long. */
const char *rc_json_digits(char digits[RC_JSON_DIGITS], uint64_t count);
cJSON *rc_json_object(struct rc_json *json, cJSON *object, const char *key);
cJSON *rc_json_array(struct rc_json *json, cJSON *object, const char *key);

/** The members of an await point. @param whole_ns  the wait that its share is taken of */
void rc_json_await(struct rc_json *json, cJSON *object, const struct rc_await_point *point, uint64_t whole_ns);

/** The members of a share: both sides, the interval and the test. */
void rc_json_share(struct rc_json *json, cJSON *object, const struct rc_share *share);

/** Prints the root and a newline, and frees it. 0, or -1 with a line in `err`. */
int rc_json_print(struct rc_json *json, FILE *out, bool pretty, struct rc_error *err);

/**
 * An object with a long array, whose elements are printed one by one. Prints the members of the root so far, which are
 * some, and goes on with the array `key`. From then on the root is its next element, an object: rc_json_row prints it
 * and begins another one. At the end the root's members are those that stand behind the array. The text is what
 * rc_json_print would make of the whole.
 */
void rc_json_begin_rows(struct rc_json *json, FILE *out, const char *key);
void rc_json_row(struct rc_json *json, FILE *out);
/** Frees the root. 0, or -1 with a line in `err`; what was printed is then of no use. */
int rc_json_end_rows(struct rc_json *json, FILE *out, struct rc_error *err);

#endif

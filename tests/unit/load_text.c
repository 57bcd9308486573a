#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "compare/load/text.h"

static void expect_clean(const char *from, const char *to) {
    char *out = rc_text_copy(from, strlen(from));
    cr_expect_str_eq(out, to);
    free(out);
}

Test(load_text, what_can_be_shown_stays) {
    expect_clean("", "");
    expect_clean("plain ~ text", "plain ~ text");
    expect_clean("na\xc3\xafve \xe4\xb8\xad \xf0\x9f\x98\x80", "na\xc3\xafve \xe4\xb8\xad \xf0\x9f\x98\x80");
}

Test(load_text, what_a_terminal_obeys_goes) {
    expect_clean("a\x1b[2Jb\n\t\x7f", "a?[2Jb???");
    expect_clean("\xc2\x9b"
                 "31m",
                 "??31m"); /* CSI, as UTF-8 */
}

Test(load_text, what_is_not_utf8_goes) {
    expect_clean("\xff\xfe", "??");
    expect_clean("a\xc3", "a?");         /* cut off */
    expect_clean("\xc0\xaf", "??");      /* overlong */
    expect_clean("\xed\xa0\x80", "???"); /* a surrogate */
}

Test(load_text, copy_stops_at_its_field) {
    char *out = rc_text_copy("abcdef", 3);
    cr_expect_str_eq(out, "abc");
    free(out);
}

static void expect_joined(const char *list, size_t size, const char *to) {
    char *out = rc_text_join(list, size);
    cr_expect_str_eq(out, to);
    free(out);
}

Test(load_text, join) {
    expect_joined("a\0bc\0\0zz", 8, "a bc");
    expect_joined("a\0bc", 4, "a bc"); /* not closed */
    expect_joined("\0a", 2, "");
    expect_joined("a\n\0b", 4, "a? b");
    expect_joined("", 0, "");
}

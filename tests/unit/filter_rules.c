/* A filter file's grammar: what each line says, and what is wrong with it. */
#include <criterion/criterion.h>
#include <string.h>

#include "compare/filter/rules.h"

static struct rc_rules parse(const char *text) {
    struct rc_rules rules;
    struct rc_error err = {""};
    cr_assert(rc_rules_parse(&rules, text, strlen(text), "F", &err) == 0, "%s", err.text);
    return rules;
}

static void expect_rule(const struct rc_rules *rules, size_t i, bool wake, const char *name, const char *object,
                        size_t line) {
    cr_assert(i < rules->n, "no rule %zu", i);
    const struct rc_rule *rule = &rules->items[i];
    cr_expect(rule->wake == wake && rule->line == line, "rule %zu is of line %zu", i, rule->line);
    cr_expect_str_eq(rule->name, name);
    cr_expect((object == NULL) == (rule->object == NULL));
    if (object && rule->object)
        cr_expect_str_eq(rule->object, object);
}

Test(filter_rules, each_form) {
    struct rc_rules rules = parse("# nothing\n\n  \t\nsleep leaf\nwake\tleaf_2   # but this\r\n"
                                  "sleep lex_* in libfoo.so.1\nwake f in ./with blanks/b.so \nsleep last");
    cr_expect_eq(rules.n, 5);
    expect_rule(&rules, 0, false, "leaf", NULL, 4);
    expect_rule(&rules, 1, true, "leaf_2", NULL, 5);
    expect_rule(&rules, 2, false, "lex_*", "libfoo.so.1", 6);
    expect_rule(&rules, 3, true, "f", "./with blanks/b.so", 7);
    expect_rule(&rules, 4, false, "last", NULL, 8);
    rc_rules_free(&rules);
}

Test(filter_rules, names_with_signs) {
    struct rc_rules rules =
        parse("sleep operator new\nsleep main::{lambda()#1}::operator()\nsleep operator new in a.so\n"
              "sleep in\nsleep in in in\nsleep begin in x #y\nsleep a#b");
    cr_expect_eq(rules.n, 7);
    expect_rule(&rules, 0, false, "operator new", NULL, 1);
    expect_rule(&rules, 1, false, "main::{lambda()#1}::operator()", NULL, 2);
    expect_rule(&rules, 2, false, "operator new", "a.so", 3);
    expect_rule(&rules, 3, false, "in", NULL, 4);
    expect_rule(&rules, 4, false, "in", "in", 5);
    expect_rule(&rules, 5, false, "begin", "x", 6);
    expect_rule(&rules, 6, false, "a#b", NULL, 7);
    rc_rules_free(&rules);
}

Test(filter_rules, many) {
    char text[6000] = "";
    for (int i = 0; i < 100; i++)
        strcat(text, "sleep some_function_or_other\n");
    struct rc_rules rules = parse(text);
    cr_expect_eq(rules.n, 100);
    expect_rule(&rules, 99, false, "some_function_or_other", NULL, 100);
    rc_rules_free(&rules);
}

static void expect_error(const char *text, size_t size, const char *message) {
    struct rc_rules rules;
    struct rc_error err = {""};
    cr_expect_eq(rc_rules_parse(&rules, text, size, "dir/F", &err), -1);
    cr_expect(strncmp(err.text, message, strlen(message)) == 0, "not '%s' but '%s'", message, err.text);
    rc_rules_free(&rules);
}

Test(filter_rules, faults_are_told_with_their_line) {
    expect_error("sleep a\nslep b\n", 15, "dir/F:2: begins with 'slep'");
    expect_error("sleeping a", 10, "dir/F:1: begins with 'sleeping'");
    expect_error("\n\nsleep", 7, "dir/F:3: names no function behind 'sleep'");
    expect_error("wake # me", 9, "dir/F:1: names no function behind 'wake'");
    expect_error("sleep a in", 10, "dir/F:1: names no object behind 'in'");
    expect_error("sleep a in # b", 14, "dir/F:1: names no object behind 'in'");
    expect_error("sleep a\nsleep \0b\n", 17, "dir/F:2: holds a byte of zero");
}

static bool names(const char *pattern, const char *base, const char *linkage) {
    struct rc_rule rule = {.name = (char *)pattern};
    return rc_rule_names(&rule, base, linkage);
}

Test(filter_rules, patterns) {
    cr_expect(names("leaf", "leaf", "leaf"));
    cr_expect(!names("leaf", "leaf2", "leaf2") && !names("leaf", "a_leaf", "a_leaf"));
    cr_expect(names("le*", "leaf", "leaf") && names("l??f", "leaf", "leaf") && !names("l?f", "leaf", "leaf"));
    cr_expect(names("*", "", ""));
}

Test(filter_rules, names_of_cpp) {
    const char *base = "ns::f(int, char const*)", *linkage = "_ZN2ns1fEiPKc";
    cr_expect(names("ns::f", base, linkage) && names(base, base, linkage) && names(linkage, base, linkage));
    cr_expect(!names("f", base, linkage) && names("*::f", base, linkage) && !names("ns::g", base, linkage));
    cr_expect(names("operator new", "operator new(unsigned long)", "_Znwm"));
    cr_expect(names("S::operator()", "S::operator()(int) const", "_ZNK1SclEi"));
    cr_expect(names("S::operator<<", "S::operator<<(int)", "_ZN1SlsEi"));
    cr_expect(names("S::operator[]", "S::operator[](int)", "_ZN1SixEi") &&
              !names("S::operator[]", "S::operator]", "x"));
    cr_expect(names("f[abi:cxx11]", "f[abi:cxx11]()", "_Z1fB5cxx11v"));
    cr_expect(names("v<int>::g<(E)1>", "void v<int>::g<(E)1>(int)", "x"), "without the type in front");
    cr_expect(names("(anonymous namespace)::h", "(anonymous namespace)::h()", "x"));
    cr_expect(names("f(int)::g", "f(int)::g(char) const", "x") && !names("f", "f(int)::g(char) const", "x"));
    cr_expect(names("f(int)::{lambda(int)#1}::operator()", "f(int)::{lambda(int)#1}::operator()(int) const", "x"));
    cr_expect(names("h<(a)1, g(int)>", "h<(a)1, g(int)>(char)", "x"));
    cr_expect(names("operator\\*", "operator*(V, V)", "_ZmlVV") && !names("operator\\*", "operator+(V, V)", "x"));
}

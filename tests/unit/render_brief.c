/* What is left of a long function name. */
#include <criterion/criterion.h>
#include <string.h>

#include "compare/render/brief.h"

static void becomes(const char *name, size_t width, const char *expected) {
    char text[200];
    cr_assert_lt(strlen(name), sizeof text);
    strcpy(text, name);
    rc_brief(text, width);
    cr_assert_str_eq(text, expected, "'%s' at %zu: '%s', not '%s'", name, width, text, expected);
}

Test(render_brief, leaves_what_fits) {
    becomes("long fold<long>(long, long)", 40, "long fold<long>(long, long)");
    becomes("next_job", 3, "next_job");
    becomes("", 0, "");
}

Test(render_brief, takes_the_type_first_then_arguments_then_templates) {
    const char *name = "bool std::operator!=<long, int>(std::vector<long> const&, int) const";
    becomes(name, 66, "std::operator!=<long, int>(std::vector<long> const&, int) const");
    becomes(name, 50, "std::operator!=<long, int>(...) const");
    becomes(name, 34, "std::operator!=<...>(...) const");
    becomes(name, 24, "std::operator!=<...>");
}

Test(render_brief, knows_names_that_look_like_brackets) {
    becomes("(anonymous namespace)::Matrix::operator()(unsigned long) const", 52,
            "(anonymous namespace)::Matrix::operator()(...) const");
    becomes("(anonymous namespace)::Matrix::operator()(unsigned long) const", 24, "...Matrix::operator()");
    becomes("operator new(unsigned long, void*)", 20, "operator new(...)");
    becomes("std::vector<std::pair<int, long> >::operator[](unsigned long)", 40, "std::vector<...>::operator[](...)");
    becomes("void run<main::{lambda(int)#1}&>(main::{lambda(int)#1}&)", 24, "run<...>(...)");
    becomes("ThreadPool::worker()::{lambda()#1}::operator()() const", 30, "...{lambda()#1}::operator()");
}

Test(render_brief, keeps_indent_file_and_note) {
    becomes("    long fold<long>(long, long)  (callback)", 32, "    fold<long>(...)  (callback)");
    becomes("execute (db_sqlite.c)", 10, "execute (db_sqlite.c)");
}

Test(render_brief, stops_at_brackets_that_do_not_match) {
    becomes("a<b(c", 2, "a<b(c");
    becomes(")x(y)", 2, ")x(y)");
    becomes("void", 2, "void");
    becomes("  ", 0, "  ");
}

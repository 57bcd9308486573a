/* What linkage names say, without any file. */
#include "compare/symbolize/names.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect_names(const char *symbol, const char *base, const char *name, enum rc_clone clone) {
    struct rc_strings strings = {0};
    struct rc_names names;
    cr_assert(rc_names_make(&names, &strings, symbol) == 0);
    cr_expect_str_eq(names.base, base);
    cr_expect_str_eq(names.name, name);
    cr_expect(names.clone == clone, "%s: %d", symbol, names.clone);
    rc_strings_free(&strings);
}

Test(symbolize_names, plain) {
    expect_names("main", "main", "main", RC_CLONE_NONE);
    expect_names("_Z3fooi", "foo(int)", "foo(int)", RC_CLONE_NONE);
    expect_names("_Znonsense", "_Znonsense", "_Znonsense", RC_CLONE_NONE);
    expect_names("memcpy@@GLIBC_2.14", "memcpy", "memcpy", RC_CLONE_NONE);
}

Test(symbolize_names, coroutine_clones) {
    expect_names("_Z3foov.resume", "foo()", "foo() [clone .resume]", RC_CLONE_RESUME);
    expect_names("_Z3foov.destroy", "foo()", "foo() [clone .destroy]", RC_CLONE_DESTROY);
    expect_names("_Z3foov.cleanup", "foo()", "foo() [clone .cleanup]", RC_CLONE_DESTROY);
    expect_names("_Z3fooPZ3foovE13_Z3foov.Frame.actor", "foo()", "foo() [clone .actor]", RC_CLONE_ACTOR);
    expect_names("_Z3fooPZ3foovE13_Z3foov.Frame.destroy", "foo()", "foo() [clone .destroy]", RC_CLONE_DESTROY);
    expect_names("_Z3foov.resume.cold", "foo()", "foo() [clone .resume.cold]", RC_CLONE_RESUME);
}

Test(symbolize_names, optimizations_clones) {
    expect_names("foo.constprop.0", "foo", "foo [clone .constprop.0]", RC_CLONE_NONE);
    expect_names("foo.part.2.isra.0.cold", "foo", "foo [clone .part.2.isra.0.cold]", RC_CLONE_NONE);
    expect_names("_Z3fooi.lto_priv.0", "foo(int)", "foo(int) [clone .lto_priv.0]", RC_CLONE_NONE);
    expect_names("foo.llvm.123456", "foo", "foo [clone .llvm.123456]", RC_CLONE_NONE);
}

/* Dots that are the language's own. */
Test(symbolize_names, no_clones) {
    expect_names("main.main", "main.main", "main.main", RC_CLONE_NONE);
    expect_names("inner.0", "inner.0", "inner.0", RC_CLONE_NONE);
    expect_names(".cold", ".cold", ".cold", RC_CLONE_NONE);
    expect_names("_GLOBAL__sub_I_a.cpp", "_GLOBAL__sub_I_a.cpp", "_GLOBAL__sub_I_a.cpp", RC_CLONE_NONE);
    expect_names("x.Frame.actor", "x.Frame", "x.Frame [clone .actor]", RC_CLONE_ACTOR);
}

Test(symbolize_names, hostile) {
    expect_names("a\033[2Jb", "a?[2Jb", "a?[2Jb", RC_CLONE_NONE);
    expect_names("", "", "", RC_CLONE_NONE);
    expect_names("_Z99999999999999999999x", "_Z99999999999999999999x", "_Z99999999999999999999x", RC_CLONE_NONE);
    expect_names("E99999999999999999999999.Frame.actor", "E99999999999999999999999.Frame",
                 "E99999999999999999999999.Frame [clone .actor]", RC_CLONE_ACTOR);
    size_t size = 1000000;
    char *huge = malloc(size + 1);
    memset(huge, 'n', size);
    memcpy(huge, "_Z", 2);
    huge[size] = 0;
    struct rc_strings strings = {0};
    struct rc_names names;
    cr_assert(rc_names_make(&names, &strings, huge) == 0);
    cr_expect(strlen(names.name) == RC_STRING_MOST && strlen(names.base) == RC_STRING_MOST);
    rc_strings_free(&strings);
    free(huge);
}

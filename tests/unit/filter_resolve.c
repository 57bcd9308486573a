/* Rules against real objects: a program, a library and a plugin that this test compiles, with hooks and without. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare/filter/resolve.h"

static const char program[] = "#include <stdio.h>\n"
                              "__attribute__((noinline)) static int leaf(int x) { return x * 3; }\n"
                              "int other(int x) { return leaf(x) + 1; }\n"
                              "extern int nick(int) __attribute__((alias(\"other\")));\n"
                              "int main(int n, char **v) { (void)v; return other(n); }\n"
                              "#ifdef LIKE_LIBC\n"
                              "void __cyg_profile_func_enter(void *f, void *c) { (void)f; (void)c; }\n"
                              "#endif\n";

struct bench {
    char directory[64], app[96], plain[96];
};

static void compile(const char *to, const char *flags) {
    char line[400];
    snprintf(line, sizeof line, "gcc -x c - -O1 -g %s -o %s", flags, to);
    FILE *compiler = popen(line, "w");
    cr_assert(compiler);
    fputs(program, compiler);
    cr_assert_eq(pclose(compiler), 0);
}

/* One object with hooks, which are its own, and one without. */
static struct bench make(void) {
    struct bench bench = {"/tmp/recount-filter-XXXXXX", "", ""};
    cr_assert(mkdtemp(bench.directory));
    snprintf(bench.app, sizeof bench.app, "%s/app", bench.directory);
    snprintf(bench.plain, sizeof bench.plain, "%s/plain", bench.directory);
    compile(bench.app, "-finstrument-functions -shared -fPIC");
    compile(bench.plain, "-DLIKE_LIBC");
    return bench;
}

static void clear(const struct bench *bench) {
    unlink(bench->app);
    unlink(bench->plain);
    rmdir(bench->directory);
}

static struct rc_sleepers resolve(const struct bench *bench, const char *text) {
    struct rc_rules rules;
    struct rc_sleepers sleepers;
    struct rc_error err = {""};
    const char *objects[] = {bench->app, bench->plain, bench->app, "/nowhere/at.so"};
    cr_assert_eq(rc_rules_parse(&rules, text, strlen(text), "F", &err), 0);
    cr_assert_eq(rc_filter_resolve(&sleepers, &rules, objects, 4, &err), 0);
    rc_rules_free(&rules);
    return sleepers;
}

/* The address that nm tells. */
static uint64_t truth(const char *object, const char *name) {
    char line[200];
    unsigned long address = 0;
    snprintf(line, sizeof line, "nm %s | awk '$3 == \"%s\" { print $1 }'", object, name);
    FILE *nm = popen(line, "r");
    cr_assert(nm && fscanf(nm, "%lx", &address) == 1);
    pclose(nm);
    return address;
}

static bool sleeps(const struct rc_sleepers *sleepers, const char *object, const char *name) {
    struct stat status;
    uint64_t address = truth(object, name);
    cr_assert_eq(stat(object, &status), 0);
    for (size_t i = 0; i < sleepers->n; i++)
        if (sleepers->items[i].address == address && sleepers->items[i].inode == status.st_ino &&
            sleepers->items[i].device == status.st_dev)
            return true;
    return false;
}

static void expect_sorted(const struct rc_sleepers *sleepers) {
    for (size_t i = 1; i < sleepers->n; i++)
        cr_expect(memcmp(&sleepers->items[i], &sleepers->items[i - 1], sizeof *sleepers->items) != 0 &&
                  (sleepers->items[i].inode != sleepers->items[i - 1].inode ||
                   sleepers->items[i].address > sleepers->items[i - 1].address));
}

Test(filter_resolve, one_function_of_the_object_with_hooks) {
    struct bench bench = make();
    struct rc_sleepers sleepers = resolve(&bench, "sleep leaf\nsleep nobody\n");
    cr_expect_eq(sleepers.n, 1);
    cr_expect(sleeps(&sleepers, bench.app, "leaf") && !sleeps(&sleepers, bench.plain, "leaf"));
    cr_expect(sleepers.matched[0] > 0 && sleepers.matched[1] == 0);
    cr_expect(strncmp(sleepers.missing, "/nowhere/at.so: ", 16) == 0);
    rc_sleepers_free(&sleepers);
    clear(&bench);
}

Test(filter_resolve, the_last_rule_decides) {
    struct bench bench = make();
    struct rc_sleepers sleepers = resolve(&bench, "sleep *\nwake leaf\nwake main\nsleep ma?n");
    cr_expect(sleeps(&sleepers, bench.app, "other") && sleeps(&sleepers, bench.app, "main"));
    cr_expect(!sleeps(&sleepers, bench.app, "leaf") && !sleeps(&sleepers, bench.plain, "other"));
    expect_sorted(&sleepers);
    rc_sleepers_free(&sleepers);
    sleepers = resolve(&bench, "wake leaf\nsleep *\n");
    cr_expect(sleeps(&sleepers, bench.app, "leaf"), "an exception is one to the rules above it");
    rc_sleepers_free(&sleepers);
    clear(&bench);
}

Test(filter_resolve, a_function_of_two_names_is_one) {
    struct bench bench = make();
    struct rc_sleepers sleepers = resolve(&bench, "sleep other\nwake nick\n");
    cr_expect_eq(sleepers.n, 0);
    rc_sleepers_free(&sleepers);
    sleepers = resolve(&bench, "wake other\nsleep nick\n");
    cr_expect(sleepers.n == 1 && sleeps(&sleepers, bench.app, "other"));
    rc_sleepers_free(&sleepers);
    clear(&bench);
}

Test(filter_resolve, an_object_by_name_and_by_path) {
    struct bench bench = make();
    char text[200];
    struct rc_sleepers sleepers = resolve(&bench, "sleep leaf in plain\nsleep leaf in lain\nsleep main in app");
    cr_expect(sleepers.n == 2 && sleeps(&sleepers, bench.plain, "leaf") && sleeps(&sleepers, bench.app, "main"));
    cr_expect_eq(sleepers.matched[1], 0);
    rc_sleepers_free(&sleepers);
    snprintf(text, sizeof text, "sleep leaf in %s/./plain", bench.directory);
    sleepers = resolve(&bench, text);
    cr_expect(sleepers.n == 1 && sleeps(&sleepers, bench.plain, "leaf"));
    rc_sleepers_free(&sleepers);
    clear(&bench);
}

#include "command/driver.h"

#include <libiberty/libiberty.h>
#include <stddef.h>
#include <string.h>

static bool starts(const char *word, const char *prefix) {
    return strncmp(word, prefix, strlen(prefix)) == 0;
}

static bool listed(const char *const *list, const char *word) {
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

/* Options whose value is the next word. */
static bool takes_value(const char *word) {
    static const char *const list[] = {"-o",
                                       "-I",
                                       "-D",
                                       "-U",
                                       "-L",
                                       "-l",
                                       "-B",
                                       "-A",
                                       "-F",
                                       "-T",
                                       "-u",
                                       "-z",
                                       "-e",
                                       "-h",
                                       "-MF",
                                       "-MT",
                                       "-MQ",
                                       "-MJ",
                                       "-include",
                                       "-imacros",
                                       "-include-pch",
                                       "-isystem",
                                       "-iquote",
                                       "-idirafter",
                                       "-iprefix",
                                       "-iwithprefix",
                                       "-iwithprefixbefore",
                                       "-isysroot",
                                       "-imultilib",
                                       "-Xlinker",
                                       "-Xassembler",
                                       "-Xpreprocessor",
                                       "-Xclang",
                                       "-Xanalyzer",
                                       "-mllvm",
                                       "-target",
                                       "-arch",
                                       "-aux-info",
                                       "-wrapper",
                                       "-dumpbase",
                                       "-dumpbase-ext",
                                       "-dumpdir",
                                       "-framework",
                                       "-rpath",
                                       "-working-directory",
                                       "-gcc-toolchain",
                                       "--param",
                                       "--sysroot",
                                       "--output",
                                       "--include",
                                       "--include-directory",
                                       "--define-macro",
                                       "--undefine-macro",
                                       "--library-directory",
                                       "--serialize-diagnostics",
                                       NULL};
    return listed(list, word);
}

/* The driver answers a question and does nothing else. */
static bool only_asks(const char *word) {
    static const char *const list[] = {"--version",        "--help",       "--target-help", "-###", "-dumpversion",
                                       "-dumpfullversion", "-dumpmachine", "-dumpspecs",    NULL};
    return listed(list, word) || starts(word, "--help=") || starts(word, "-print-") || starts(word, "--print-");
}

static bool only_reads(const char *word) {
    static const char *const list[] = {
        "-E", "-M", "-MM", "-fsyntax-only", "--analyze", "--preprocess", "--dependencies", "--user-dependencies", NULL};
    return listed(list, word);
}

static bool stops_before_linking(const char *word) {
    static const char *const list[] = {"-c", "-S", "--compile", "--assemble", "-emit-ast", "--precompile", NULL};
    return listed(list, word);
}

static bool links_no_program(const char *word) {
    static const char *const list[] = {"-shared", "--shared",      "-Wl,-shared",       "-Wl,--shared", "-r",
                                       "-Wl,-r",  "--relocatable", "-Wl,--relocatable", "-Wl,-i",       NULL};
    return listed(list, word);
}

static bool is_source(const char *file) {
    static const char *const list[] = {".c", ".i", ".ii", ".cc", ".cp", ".cxx", ".cpp",  ".CPP", ".c++",
                                       ".C", ".m", ".mm", ".M",  ".mi", ".mii", ".cppm", ".ixx", NULL};
    const char *dot = strrchr(file, '.');
    return dot && listed(list, dot);
}

static bool is_header(const char *file) {
    static const char *const list[] = {".h", ".hh", ".H", ".hp", ".hxx", ".hpp", ".HPP", ".h++", ".tcc", NULL};
    const char *dot = strrchr(file, '.');
    return dot && listed(list, dot);
}

static bool is_source_language(const char *language) {
    return !starts(language, "assembler") && !starts(language, "ir") && !starts(language, "f77") &&
           !starts(language, "f95") && strcmp(language, "ada") != 0 && strcmp(language, "go") != 0 &&
           strcmp(language, "d") != 0;
}

static void read_input(struct driver *d, const char *file, const char *language) {
    d->inputs = true;
    if (language) {
        d->sources |= is_source_language(language);
        d->no_link |= strstr(language, "-header") != NULL;
        return;
    }
    d->sources |= is_source(file) || is_header(file);
    d->no_link |= is_header(file);
}

static void read_option(struct driver *d, const char *word) {
    d->no_compile |= only_asks(word) || only_reads(word);
    d->no_link |= stops_before_linking(word);
    d->no_program |= links_no_program(word);
    d->bare |= strcmp(word, "-nostdlib") == 0 || strcmp(word, "-nodefaultlibs") == 0;
    d->is_static |= strcmp(word, "-static") == 0 || strcmp(word, "--static") == 0;
    d->static_pie |= strcmp(word, "-static-pie") == 0;
    d->static_libgcc |= strcmp(word, "-static-libgcc") == 0;
}

/* The language that -x names from here on; "none" goes back to the names. */
static const char *language_named(const char *name) {
    return name && strcmp(name, "none") != 0 ? name : NULL;
}

static void read_words(struct driver *d, char **word) {
    const char *language = NULL;
    for (; *word; word++) {
        if ((strcmp(*word, "-x") == 0 || strcmp(*word, "--language") == 0) && word[1])
            language = language_named(*++word);
        else if (starts(*word, "-x"))
            language = language_named(*word + strlen("-x"));
        else if (takes_value(*word) && word[1])
            word++;
        else if (**word == '-' && (*word)[1])
            read_option(d, *word);
        else
            read_input(d, *word, language);
    }
    d->language = language != NULL;
}

struct driver driver_read(int argc, char **argv) {
    struct driver d = {0};
    char **given = dupargv(argv);
    char **words = given;
    expandargv(&argc, &words);
    read_words(&d, words + 1);
    freeargv(words);
    if (words != given)
        freeargv(given);
    return d;
}

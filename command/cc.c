/* recount cc, recount c++: a compiler driver that adds the hooks and the runtime, and nothing else. */
#include <errno.h>
#include <libiberty/libiberty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/cc.h"
#include "command/command.h"
#include "command/compiler.h"
#include "command/config.h"
#include "command/driver.h"
#include "command/paths.h"

enum { MOST_ADDED = 24 + sizeof((const char *[]){RECOUNT_EXPORT_OPTIONS}) / sizeof(const char *) };

struct request {
    bool all;         /* hook inlined functions, too */
    bool help;        /* nothing is compiled */
    char **compiler;  /* the compiler's words */
    char **arguments; /* the caller's, without our own options */
    size_t n_arguments;
    char **excludes; /* our options for what is left without hooks, as they came */
    size_t n_excludes;
};

struct words {
    char **list;
    size_t count;
};

static void add(struct words *words, const char *word) {
    words->list[words->count++] = (char *)word;
}

static void add_all(struct words *words, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        add(words, list[i]);
}
#define ADD_ALL(words, ...)                                                                                            \
    add_all(words, (const char *const[]){__VA_ARGS__},                                                                 \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const struct {
    const char *word, *value, *text;
} options[] = {
#define ROW(name, word, value, text) [name] = {word, value, text},
    CC_OPTIONS(ROW)
#undef ROW
};

/* Which of ours it is. */
static enum cc_option option_of(const char *word) {
    for (enum cc_option o = 0; o < CC_NO_OPTION; o++) {
        size_t length = strlen(options[o].word);
        if (strncmp(word, options[o].word, length) == 0 && (*options[o].value || !word[length]))
            return o;
    }
    return CC_NO_OPTION;
}

void cc_usage(void) {
    fputs("Usage: recount cc [OPTION...] ARG...\n"
          "  or:  recount c++ [OPTION...] ARG...\n"
          "Runs the compiler ($RECOUNT_CC, else cc; $RECOUNT_CXX, else c++) with ARG..., adding the hooks when it "
          "compiles and\nthe runtime when it links.\n\n",
          stdout);
    for (enum cc_option o = 0; o < CC_NO_OPTION; o++)
        printf("  %s%s\n        %s\n", options[o].word, options[o].value, options[o].text);
}

/* gcc adds one list to the other; what it looks for are parts of names, with commas between them. */
static void add_excludes(struct words *words, const struct request *request) {
    for (size_t i = 0; i < request->n_excludes; i++) {
        const char *word = request->excludes[i];
        bool file = option_of(word) == CC_EXCLUDE_FILE;
        add(words,
            concat(file ? "-finstrument-functions-exclude-file-list=" : "-finstrument-functions-exclude-function-list=",
                   strchr(word, '=') + 1, NULL));
    }
}

/* First, so that the caller's own flags have the last word. */
static void add_compile_options(struct words *words, const struct request *request, const struct paths *paths) {
    bool outlined = !request->all && compiler_is_clang(request->compiler);
    add(words, outlined ? "-finstrument-functions-after-inlining" : "-finstrument-functions");
    add_excludes(words, request);
    /* Behind all other directories: what else lies beside our headers is not meant. */
    ADD_ALL(words, "-idirafter", paths->include);
}

/*
 * Last, so that whatever needs a hook stands before the archive that has it. libgcc_s is named so that it comes before
 * libunwind, which has an exception unwinder of its own, in the program's lookup order.
 */
static void add_runtime(struct words *words, const struct driver *driver, const char *archive) {
    if (driver->language)
        ADD_ALL(words, "-x", "none");
    ADD_ALL(words, RECOUNT_EXPORT_OPTIONS);
    if (driver->is_static) {
        ADD_ALL(words, "-Wl,--push-state,--no-whole-archive", archive, RECOUNT_LINK_LIBRARIES_STATIC);
    } else {
        ADD_ALL(words, "-Wl,--push-state,-Bdynamic,--no-whole-archive,--no-as-needed", archive);
        add(words, driver->static_libgcc ? "-lgcc_eh" : "-lgcc_s");
        ADD_ALL(words, RECOUNT_LINK_LIBRARIES);
    }
    add(words, "-Wl,--pop-state");
}

static bool compiles(const struct driver *driver) {
    bool hooks_undefined = driver->bare && !driver->no_link;
    return driver->sources && !driver->no_compile && !hooks_undefined;
}

static bool links_program(const struct driver *driver) {
    bool links = driver->inputs && !driver->no_compile && !driver->no_link && !driver->no_program && !driver->bare;
    if (links && driver->static_pie)
        say("-static-pie: libunwind's archive is not position independent; this program gets no runtime and will run "
            "unprofiled (use -static or a dynamic link)");
    return links && !driver->static_pie;
}

static int run(const struct request *request, const struct driver *driver, const struct paths *paths) {
    char archive[PATH_MAX + sizeof "/librecount.a"];
    struct words words = {0};
    size_t n_compiler = (size_t)countargv(request->compiler);
    words.list = xcalloc(n_compiler + request->n_arguments + request->n_excludes + MOST_ADDED, sizeof *words.list);
    add_all(&words, (const char *const *)request->compiler, n_compiler);
    if (compiles(driver))
        add_compile_options(&words, request, paths);
    add_all(&words, (const char *const *)request->arguments, request->n_arguments);
    if (links_program(driver)) {
        snprintf(archive, sizeof archive, "%s/librecount.a", paths->lib);
        add_runtime(&words, driver, archive);
    }
    execvp(words.list[0], words.list);
    say("cannot run the compiler '%s': %s; set RECOUNT_CC or RECOUNT_CXX", words.list[0], strerror(errno));
    free(words.list);
    return STATUS_FAILED;
}

/* As gcc reads a list: a comma behind a backslash belongs to the name. */
static bool holds_empty_name(const char *list) {
    size_t length = 0;
    for (const char *c = list;; c++) {
        if (*c && *c != ',') {
            c += *c == '\\' && c[1] == ',';
            length++;
            continue;
        }
        if (!length || !*c)
            return !length;
        length = 0;
    }
}

/* An empty part of a name is in every name. */
static int take_exclude(struct request *request, char *word) {
    request->excludes[request->n_excludes++] = word;
    if (!holds_empty_name(strchr(word, '=') + 1))
        return 0;
    say("%s names nothing between two commas, which would be part of every name", word);
    return -1;
}

/* Takes an option of ours out of the caller's. @return 0, or -1 when its value makes no sense */
static int take_own_option(struct request *request, char *word) {
    enum cc_option option = option_of(word);
    request->help |= option == CC_HELP;
    if (option != CC_INSTRUMENT)
        return option == CC_HELP ? 0 : take_exclude(request, word);
    const char *instrument = options[CC_INSTRUMENT].word, *value = word + strlen(instrument);
    request->all = strcmp(value, "all") == 0;
    if (request->all || strcmp(value, "outlined") == 0)
        return 0;
    say("%s is neither %soutlined nor %sall", word, instrument, instrument);
    return -1;
}

/* clang has nothing that leaves functions out by their names, or by their files. */
static int check_excludes(const struct request *request) {
    if (!request->n_excludes || !compiler_is_clang(request->compiler))
        return 0;
    say("%s: clang cannot leave functions out by name; put them to sleep with 'recount record --filter', or mark them "
        "__attribute__((no_instrument_function))",
        request->excludes[0]);
    return -1;
}

/* Divides the command line into the compiler's words and ours. @return 0, or -1 when one of ours makes no sense */
static int take_words(struct request *request, int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (option_of(argv[i]) == CC_NO_OPTION)
            request->arguments[request->n_arguments++] = argv[i];
        else if (take_own_option(request, argv[i]))
            return -1;
    request->arguments[request->n_arguments] = NULL;
    return 0;
}

static int compile_with(struct request *request, char **argv, const char *variable, const char *fallback) {
    struct paths paths;
    if (request->help) {
        cc_usage();
        return STATUS_DONE;
    }
    if (paths_find(&paths))
        return STATUS_FAILED;
    const char *named = getenv(variable);
    request->compiler = buildargv(named && *named ? named : fallback);
    if (!request->compiler || !request->compiler[0]) {
        say("%s names no compiler", variable);
        return STATUS_USAGE;
    }
    struct driver driver = driver_read(1 + (int)request->n_arguments, argv);
    return check_excludes(request) ? STATUS_USAGE : run(request, &driver, &paths);
}

static int compile(int argc, char **argv, const char *variable, const char *fallback) {
    struct request request = {.arguments = argv + 1, .excludes = xcalloc((size_t)argc, sizeof(char *))};
    int status = take_words(&request, argc, argv) ? STATUS_USAGE : compile_with(&request, argv, variable, fallback);
    freeargv(request.compiler);
    free(request.excludes);
    return status;
}

int command_cc(int argc, char **argv) {
    return compile(argc, argv, "RECOUNT_CC", "cc");
}

int command_cxx(int argc, char **argv) {
    return compile(argc, argv, "RECOUNT_CXX", "c++");
}

/* The options of `recount cc` and `recount c++`: what takes them and what lists them are one table. */
#ifndef RECOUNT_COMMAND_CC_H
#define RECOUNT_COMMAND_CC_H

/* OPTION(name, word, value, what it does); a word ends in = where a value follows. */
#define CC_OPTIONS(OPTION)                                                                                             \
    OPTION(CC_INSTRUMENT, "--recount-instrument=", "outlined|all",                                                     \
           "Hook the functions that exist after inlining (clang's default), or all (gcc's)")                           \
    OPTION(CC_EXCLUDE, "--recount-exclude=", "NAME[,...]",                                                             \
           "No hooks in functions whose names hold one of these (gcc); may be repeated")                               \
    OPTION(CC_EXCLUDE_FILE, "--recount-exclude-file=", "PART[,...]",                                                   \
           "No hooks in functions of files whose paths hold one of these (gcc); may be repeated")                      \
    OPTION(CC_HELP, "--recount-help", "", "Show this; --help is the compiler's own")

#define CC_ENUMERATOR(name, word, value, text) name,
enum cc_option { CC_OPTIONS(CC_ENUMERATOR) CC_NO_OPTION };
#undef CC_ENUMERATOR

/** Prints the usage of both commands to stdout. */
void cc_usage(void);

#endif

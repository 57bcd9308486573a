/* What the commands that read a profile share: the profile with its names, and the paper to show it on. */
#ifndef RECOUNT_COMMAND_VIEW_H
#define RECOUNT_COMMAND_VIEW_H

#include <argp.h>
#include <stdint.h>
#include <sys/types.h>

#include "compare/model/blind.h"
#include "compare/model/model.h"
#include "compare/render/render.h"

#define VIEW_DEFAULT_FILE "recount.data"

/* Which profile, and of it which process; and how it is shown. The options are argp's children: a command names their
 * inputs when it is asked to at ARGP_KEY_INIT. */
struct view_source {
    const char *file;
    uint32_t pid; /* 0: all processes */
    bool awake;   /* of two runs, the one with its hooks awake alone */
};

struct view_form {
    bool json, no_pager;
};

/** -i, --pid and --awake; input: a view_source. Refuses arguments that the command does not take itself. */
extern const struct argp view_source_options;
/** --json and --no-pager; input: a view_form. */
extern const struct argp view_form_options;

struct view {
    struct rc_profile *profile;
    struct rc_symbols **symbols; /* one a process */
    struct rc_profile *asleep;   /* the second of two runs, and its symbols; NULL: a single run */
    struct rc_symbols **asleep_symbols;
    struct rc_report *report;
    char *missing; /* modules without symbols, a line each */
};

/**
 * The second of two runs, which lies beside the first one as FILE.asleep. Its symbols are not open.
 * @param out  the caller's, also after a failure; NULL: none
 * @return 0, or -1 with a line in `err`: it is not there, or is another recording's
 */
int view_load_second(struct rc_profile **out, const struct rc_profile *first, const char *file, struct rc_error *err);

/** Reads the profile and builds its report, with a tree if one is asked for. @return 0, or -1 after having said why. */
int view_open(struct view *view, const char *command, const struct view_source *source, enum rc_tree_kind tree);
void view_close(struct view *view);

/** Whether `output` (NULL: standard output) is none of the files of the recording; if it is one, says so. */
bool view_may_write(const struct view *view, const char *command, const struct view_source *source, const char *output);

/* What a filter is to save unless something else is asked for: most of it, by few functions. */
#define VIEW_FILTER_WISH ((struct rc_filter_wish){.save = 0.9})

/** What the report does not see. `out` is to be freed with rc_blind_free. 0, or -1 with a line in `err`. */
int view_blind(const struct view *view, const struct rc_filter_wish *wish, struct rc_blind **out, struct rc_error *err);

/** Standard output, or a pager when that is a terminal and `page` is set. */
struct screen {
    struct rc_paper paper;
    pid_t pager; /* 0: none */
};

void screen_open(struct screen *screen, bool page);
/** The status of a command that has rendered with `result`, after closing the screen and saying what failed. */
int screen_finish(struct screen *screen, const char *command, int result, const struct rc_error *err);

#endif

/* What the commands that read a profile share: the profile with its names, and the paper to show it on. */
#ifndef RECOUNT_COMMAND_VIEW_H
#define RECOUNT_COMMAND_VIEW_H

#include <stdint.h>
#include <sys/types.h>

#include "compare/model/model.h"
#include "compare/render/render.h"

#define VIEW_DEFAULT_FILE "recount.data"

struct view {
    struct rc_profile *profile;
    struct rc_symbols **symbols; /* one a process */
    struct rc_report *report;
    char *missing; /* modules without symbols, a line each */
};

/** Reads `file` and builds its report, of all processes or of `pid`. @return 0, or -1 after having said why. */
int view_open(struct view *view, const char *command, const char *file, uint32_t pid);
void view_close(struct view *view);

/** Standard output, or a pager when that is a terminal and `page` is set. */
struct screen {
    struct rc_paper paper;
    pid_t pager; /* 0: none */
};

void screen_open(struct screen *screen, bool page);
/** Waits for the pager. A person who leaves it early is not a failure. @return 0, or -1: the output was not written. */
int screen_close(struct screen *screen);

/** A pid from the command line; 0 when `text` is none. */
uint32_t view_pid(const char *text);

#endif

#include "compare/render/table.h"

#include <stdlib.h>
#include <string.h>

#include "compare/render/brief.h"
#include "compare/render/printable.h"

enum { GAP = 2, GAP_NARROW = 1, FLEXIBLE_LEAST = 24, COLUMNS_MOST = 24 };
enum { NOTE_MOST = 32, NAME_LEAST = 9 }; /* the dots among them */

struct layout {
    size_t widths[COLUMNS_MOST]; /* 0: left out */
    size_t least[COLUMNS_MOST];  /* 0: does not give way */
    size_t gap;
};

struct cell {
    char *text;
    enum rc_colour colour;
};

struct rc_table {
    const struct rc_column *columns;
    size_t n_columns, n_cells, room;
    struct cell *cells;
    bool failed;
};

struct rc_table *rc_table_new(const struct rc_column *columns, size_t n) {
    struct rc_table *table = n <= COLUMNS_MOST ? calloc(1, sizeof *table) : NULL;
    if (!table)
        return NULL;
    table->columns = columns;
    table->n_columns = n;
    return table;
}

void rc_table_free(struct rc_table *table) {
    if (!table)
        return;
    for (size_t i = 0; i < table->n_cells; i++)
        free(table->cells[i].text);
    free(table->cells);
    free(table);
}

void rc_table_cell(struct rc_table *table, const char *text, enum rc_colour colour) {
    if (table->n_cells == table->room) {
        size_t room = table->room ? 2 * table->room : 64;
        struct cell *more = reallocarray(table->cells, room, sizeof *more);
        if (!more) {
            table->failed = true;
            return;
        }
        table->cells = more;
        table->room = room;
    }
    char *copy = rc_printable(text);
    table->failed |= !copy;
    if (copy)
        table->cells[table->n_cells++] = (struct cell){copy, colour};
}

const char *rc_colour_on(enum rc_colour which, bool colour) {
    static const char *const codes[] = {"", "\033[1m", "\033[32m", "\033[31m", "\033[2m"};
    return colour ? codes[which] : "";
}

const char *rc_colour_off(bool colour) {
    return colour ? "\033[0m" : "";
}

static bool left_out(const struct rc_table *table, size_t column) {
    if (!(table->columns[column].kind & RC_OPTIONAL))
        return false;
    for (size_t i = column; i < table->n_cells; i += table->n_columns)
        if (strcmp(table->cells[i].text, "-"))
            return false;
    return true;
}

static size_t width_of(const struct rc_table *table, size_t column) {
    size_t widest = rc_printable_width(table->columns[column].title);
    for (size_t i = column; i < table->n_cells; i += table->n_columns) {
        size_t width = rc_printable_width(table->cells[i].text);
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* The columns that a note behind a name takes, the two blanks before it among them: "  (callback)". It stays whole. */
static size_t note_width(const char *text, unsigned kind) {
    const char *note = kind & RC_NAME ? strstr(text + strspn(text, " "), "  ") : NULL;
    size_t width = note ? rc_printable_width(note) : 0;
    return width <= NOTE_MOST ? width : 0;
}

/* As much as a cut name with its note takes. */
static size_t least_of(const struct rc_table *table, size_t column) {
    size_t least = FLEXIBLE_LEAST;
    for (size_t i = column; i < table->n_cells; i += table->n_columns) {
        size_t note = note_width(table->cells[i].text, table->columns[column].kind);
        if (note && note + NAME_LEAST > least)
            least = note + NAME_LEAST;
    }
    return least;
}

static size_t spare_of(const struct layout *layout, size_t column) {
    bool gives = layout->least[column] && layout->widths[column] > layout->least[column];
    return gives ? layout->widths[column] - layout->least[column] : 0;
}

static size_t spare_of_all(const struct rc_table *table, const struct layout *layout) {
    size_t spare = 0;
    for (size_t c = 0; c < table->n_columns; c++)
        spare += spare_of(layout, c);
    return spare;
}

/* The widest give first. */
static void narrow(const struct rc_table *table, struct layout *layout, size_t by) {
    while (by && spare_of_all(table, layout)) {
        size_t widest = 0;
        for (size_t c = 1; c < table->n_columns; c++)
            if (spare_of(layout, c) > spare_of(layout, widest))
                widest = c;
        layout->widths[widest]--;
        by--;
    }
}

/* On narrow paper flexible columns give way, then the gaps, and then the lines are as long as they must be. */
static struct layout lay_out(const struct rc_table *table, size_t indent, size_t paper) {
    struct layout layout = {.gap = GAP};
    size_t sum = indent, shown = 0;
    for (size_t c = 0; c < table->n_columns; c++) {
        if (left_out(table, c))
            continue;
        layout.widths[c] = width_of(table, c);
        layout.least[c] = table->columns[c].kind & RC_FLEXIBLE ? least_of(table, c) : 0;
        sum += layout.widths[c];
        shown++;
    }
    size_t gaps = shown ? shown - 1 : 0;
    if (sum + gaps * GAP > paper + spare_of_all(table, &layout))
        layout.gap = GAP_NARROW;
    sum += gaps * layout.gap;
    if (sum > paper)
        narrow(table, &layout, sum - paper);
    return layout;
}

static const char *skip(const char *text, size_t characters) {
    while (characters && *text) {
        text++;
        while (((unsigned char)*text & 0xc0) == 0x80)
            text++;
        characters--;
    }
    return text;
}

static void put(FILE *out, const char *text, size_t width, unsigned kind, bool last) {
    size_t takes = rc_printable_width(text);
    if (takes > width) { /* the ends of a name tell more than its middle */
        size_t head = (width - 3) / 2, tail = width - 3 - head, note = note_width(text, kind);
        if (note > tail && note + 3 < width) {
            tail = note;
            head = width - 3 - tail;
        }
        fwrite(text, 1, (size_t)(skip(text, head) - text), out);
        fprintf(out, "...%s", skip(text, takes - tail));
        return;
    }
    int pad = (int)(width - takes);
    if (kind & RC_RIGHT)
        fprintf(out, "%*s%s", pad, "", text);
    else
        fprintf(out, "%s%*s", text, last ? 0 : pad, "");
}

static bool last_shown(const struct rc_table *table, const struct layout *layout, size_t column) {
    for (size_t c = column + 1; c < table->n_columns; c++)
        if (layout->widths[c])
            return false;
    return true;
}

static bool same_group(const struct rc_table *table, size_t a, size_t b) {
    return b < table->n_columns && table->columns[a].group && table->columns[b].group &&
           strcmp(table->columns[a].group, table->columns[b].group) == 0;
}

/* The headings over several columns: a rule as wide as they are, with the name in it. */
static void print_groups(const struct rc_table *table, const struct layout *layout, FILE *out, size_t indent) {
    size_t at = 0, blanks = indent;
    bool any = false;
    for (size_t c = 0; c < table->n_columns;) {
        size_t span = 0, next = c;
        do {
            span += layout->widths[next] ? layout->widths[next] + (span ? layout->gap : 0) : 0;
            next++;
        } while (same_group(table, c, next));
        if (span && at)
            blanks += layout->gap;
        if (span && table->columns[c].group) {
            size_t name = rc_printable_width(table->columns[c].group);
            size_t rule = span > name + 2 ? span - name - 2 : 0;
            fprintf(out, "%*s", (int)blanks, "");
            for (size_t i = 0; i < rule / 2; i++)
                fputc('-', out);
            fprintf(out, "%s%s%s", rule ? " " : "", table->columns[c].group, rule ? " " : "");
            for (size_t i = 0; i < rule - rule / 2; i++)
                fputc('-', out);
            blanks = 0;
            any = true;
        } else {
            blanks += span;
        }
        at += span;
        c = next;
    }
    if (any)
        fputc('\n', out);
}

static void print_titles(const struct rc_table *table, const struct layout *layout, FILE *out, size_t indent,
                         bool colour) {
    fprintf(out, "%*s%s", (int)indent, "", rc_colour_on(RC_BOLD, colour));
    for (size_t c = 0, shown = 0; c < table->n_columns; c++) {
        if (!layout->widths[c])
            continue;
        fprintf(out, "%*s", shown++ ? (int)layout->gap : 0, "");
        put(out, table->columns[c].title, layout->widths[c], table->columns[c].kind, last_shown(table, layout, c));
    }
    fprintf(out, "%s\n", rc_colour_off(colour));
}

static void print_row(const struct rc_table *table, const struct layout *layout, FILE *out, const struct cell *cells,
                      bool colour) {
    for (size_t c = 0, shown = 0; c < table->n_columns; c++) {
        if (!layout->widths[c])
            continue;
        fprintf(out, "%*s%s", shown++ ? (int)layout->gap : 0, "", rc_colour_on(cells[c].colour, colour));
        if (table->columns[c].kind & RC_NAME)
            rc_brief(cells[c].text, layout->widths[c]);
        put(out, cells[c].text, layout->widths[c], table->columns[c].kind, last_shown(table, layout, c));
        if (cells[c].colour != RC_PLAIN)
            fputs(rc_colour_off(colour), out);
    }
    fputc('\n', out);
}

int rc_table_print(const struct rc_table *table, FILE *out, size_t indent, size_t width, bool colour) {
    if (table->failed)
        return -1;
    struct layout layout = lay_out(table, indent, width);
    print_groups(table, &layout, out, indent);
    print_titles(table, &layout, out, indent, colour);
    for (size_t i = 0; i + table->n_columns <= table->n_cells; i += table->n_columns) {
        fprintf(out, "%*s", (int)indent, "");
        print_row(table, &layout, out, &table->cells[i], colour);
    }
    return 0;
}

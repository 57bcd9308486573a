/*
 * interleave [-n ROUNDS] -r REFERENCE <SPEC: runs several commands in turn, A B C A B C …, so that what the machine
 * does meanwhile falls on all of them alike, and prints a table of what a call costs in each.
 *
 * A line of SPEC has fields with a tab between them: name, calls, base, goal, shell command. `calls` is how many calls
 * the command makes. `base` names the line whose time is subtracted, "-" for none; it makes the same calls. `goal` is
 * the most that the cost may be times the reference's, "-" for none.
 *
 * Time is user and system CPU of the command and all that it waited for. Costs and ratios are taken within a round, and
 * the table has the median of the rounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES 32
#define ROUNDS 101

struct line {
    char *name, *base, *command;
    double calls, goal; /* goal 0: none */
    int base_line;      /* -1: none */
    double seconds[ROUNDS];
};

static struct line lines[LINES];
static int count, rounds = 7, reference = -1;

static void fail(const char *what, const char *where) {
    fprintf(stderr, "interleave: %s: %s\n", what, where);
    exit(1);
}

static int find(const char *name) {
    for (int i = 0; i < count; i++)
        if (!strcmp(lines[i].name, name))
            return i;
    fail("no such line", name);
    return -1;
}

static char *field(char **rest) {
    char *text = strsep(rest, "\t");
    if (!text)
        fail("a line needs five fields", count ? lines[count - 1].name : "the first");
    return text;
}

static void read_spec(void) {
    char *text = NULL;
    size_t room = 0;
    while (getline(&text, &room, stdin) > 0) {
        if (count == LINES)
            fail("too many lines", text);
        struct line *line = &lines[count];
        text[strcspn(text, "\n")] = 0;
        char *rest = strdup(text);
        line->name = field(&rest);
        line->calls = atof(field(&rest));
        line->base = field(&rest);
        line->goal = atof(field(&rest));
        line->command = field(&rest);
        if (line->calls < 1)
            fail("how many calls?", line->name);
        count++;
        line->base_line = strcmp(line->base, "-") ? find(line->base) : -1;
    }
    free(text);
}

static double run(const struct line *line) {
    pid_t child = fork();
    if (!child) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        execl("/bin/sh", "sh", "-c", line->command, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child)
        fail(line->name, strerror(errno));
    if (status)
        fail("the command failed", line->command);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Nanoseconds that a call costs over the base, in one round. */
static double cost(int i, int round) {
    int base = lines[i].base_line;
    double over = lines[i].seconds[round] - (base < 0 ? 0 : lines[base].seconds[round]);
    return over * 1e9 / lines[i].calls;
}

static double cost_ratio(int i, int round) {
    return cost(i, round) / cost(reference, round);
}

/* The whole run's time a call, base and all. */
static double run_ratio(int i, int round) {
    return lines[i].seconds[round] / lines[i].calls / (lines[reference].seconds[round] / lines[reference].calls);
}

static double seconds(int i, int round) {
    return lines[i].seconds[round];
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct spread {
    double least, median;
};

static struct spread over_rounds(double of(int, int), int i) {
    double values[ROUNDS];
    for (int round = 0; round < rounds; round++)
        values[round] = of(i, round);
    qsort(values, (size_t)rounds, sizeof *values, ascending);
    return (struct spread){values[0], (values[rounds / 2] + values[(rounds - 1) / 2]) / 2};
}

static void print_line(int i) {
    struct line *line = &lines[i];
    printf("| %s | %.0f | %.3f |", line->name, line->calls, over_rounds(seconds, i).median);
    if (line->base_line < 0) {
        printf(" | | | %.2f | |\n", over_rounds(run_ratio, i).median);
        return;
    }
    struct spread ns = over_rounds(cost, i);
    double ratio = over_rounds(cost_ratio, i).median;
    printf(" %.2f | %.2f | %.2f | %.2f |", ns.median, ns.least, ratio, over_rounds(run_ratio, i).median);
    if (line->goal > 0)
        printf(" at most %.1f: %s |\n", line->goal, ratio <= line->goal ? "reached" : "**missed**");
    else
        printf(" |\n");
}

int main(int argc, char **argv) {
    const char *name = NULL;
    for (int option; (option = getopt(argc, argv, "n:r:")) != -1;) {
        if (option == 'n')
            rounds = atoi(optarg);
        else if (option == 'r')
            name = optarg;
        else
            return 2;
    }
    if (!name || rounds < 1 || rounds > ROUNDS)
        fail("usage", "interleave [-n ROUNDS] -r REFERENCE <SPEC");
    read_spec();
    reference = find(name);
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < count; i++)
            lines[i].seconds[round] = run(&lines[i]);
    printf("| build | calls | CPU s | ns a call | least | x %s | whole run x %s | goal |\n", name, name);
    printf("|---|--:|--:|--:|--:|--:|--:|---|\n");
    for (int i = 0; i < count; i++)
        print_line(i);
    return 0;
}

/* From a budget file's text to its rules. */
#include "compare/explain/budget.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MOST = 16 };

static const struct {
    const char *word;
    enum rc_budget_of of;
    enum rc_unit unit;
} quantities[] = {
#define ROW(enumerator, word, unit) {word, enumerator, unit},
    RC_QUANTITIES(ROW)
#undef ROW
};

static const struct {
    const char *word;
    enum rc_comparison comparison;
} comparisons[] = {{"<=", RC_AT_MOST}, {"<", RC_LESS}, {">=", RC_AT_LEAST}, {">", RC_MORE}, {"==", RC_EQUAL}};

static const struct {
    const char *word;
    enum rc_unit unit;
    double factor;
} units[] = {{"ns", RC_UNIT_TIME, 1},  {"us", RC_UNIT_TIME, 1e3},  {"ms", RC_UNIT_TIME, 1e6},
             {"s", RC_UNIT_TIME, 1e9}, {"%", RC_UNIT_SHARE, 0.01}, {"", RC_UNIT_COUNT, 1}};

/* The words of one line, of which `at` is the next. */
struct words {
    char *word[WORDS_MOST + 1]; /* ends with NULL */
    size_t n, at;
    unsigned line;
    struct rc_error *err;
};

/* Splits in place, at blanks that are not between quotes; '#' before a word begins a comment. */
static int split(struct words *words, char *text) {
    while (*text) {
        while (*text == ' ' || *text == '\t' || *text == '\r')
            text++;
        if (!*text || *text == '#')
            break;
        if (words->n == WORDS_MOST)
            return rc_fail(words->err, "%u: more than %d words", words->line, WORDS_MOST);
        bool quoted = *text == '"';
        char end = quoted ? '"' : ' ';
        text += quoted;
        words->word[words->n++] = text;
        while (*text && *text != end && (quoted || (*text != '\t' && *text != '\r')))
            text++;
        if (quoted && !*text)
            return rc_fail(words->err, "%u: a quote has no end", words->line);
        char *end_of_word = text;
        text += *text != 0;
        *end_of_word = 0;
    }
    return 0;
}

static const char *peek(const struct words *words) {
    return words->word[words->at] ? words->word[words->at] : "the end of the line";
}

static bool take(struct words *words, const char *word) {
    if (!words->word[words->at] || strcmp(words->word[words->at], word))
        return false;
    words->at++;
    return true;
}

static int expect(struct words *words, const char *word) {
    return take(words, word) ? 0
                             : rc_fail(words->err, "%u: '%s' is expected, not '%s'", words->line, word, peek(words));
}

static int take_name(struct words *words, char **to) {
    const char *word = words->word[words->at];
    if (!word || !*word)
        return rc_fail(words->err, "%u: a function's name is expected, not '%s'", words->line, peek(words));
    words->at++;
    *to = strdup(word);
    return *to ? 0 : rc_fail(words->err, "no memory");
}

/* "50 ms", "50ms", "10%" or "3". */
static int take_number(struct words *words, enum rc_unit unit, double *to) {
    static const char *const example[] = {[RC_UNIT_COUNT] = "3", [RC_UNIT_TIME] = "50 ms", [RC_UNIT_SHARE] = "10%"};
    const char *word = words->word[words->at];
    char *end = NULL;
    double number = word ? strtod(word, &end) : 0;
    if (!word || end == word || !isfinite(number) || number < 0 || *word < '0' || *word > '9')
        return rc_fail(words->err, "%u: a number is expected, as %s, not '%s'", words->line, example[unit],
                       peek(words));
    words->at++;
    if (!*end && words->word[words->at] && unit != RC_UNIT_COUNT)
        end = words->word[words->at++];
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].unit == unit && strcmp(units[i].word, end) == 0) {
            *to = number * units[i].factor;
            return 0;
        }
    return rc_fail(words->err, "%u: '%s' has no such unit; write it as %s", words->line, word, example[unit]);
}

static int take_comparison(struct words *words, enum rc_comparison *to) {
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
        if (take(words, comparisons[i].word)) {
            *to = comparisons[i].comparison;
            return 0;
        }
    return rc_fail(words->err, "%u: <=, <, >=, > or == is expected, not '%s'", words->line, peek(words));
}

/* QUANTITY of NAME [per call | per NAME] COMPARISON NUMBER */
static int take_quantity(struct words *words, struct rc_budget_rule *rule) {
    size_t q = 0;
    while (q < sizeof quantities / sizeof *quantities && !take(words, quantities[q].word))
        q++;
    if (q == sizeof quantities / sizeof *quantities)
        return rc_fail(words->err, "%u: '%s' is nothing to set a budget for; recount-check(1) lists what is",
                       words->line, peek(words));
    rule->of = quantities[q].of;
    rule->unit = quantities[q].unit;
    if (expect(words, "of") || take_name(words, &rule->function))
        return -1;
    if (take(words, "per")) {
        if (rule->of == RC_BUDGET_INFLATION || rule->of == RC_BUDGET_SHARE)
            return rc_fail(words->err, "%u: '%s' is a ratio already, and is not 'per' anything", words->line,
                           quantities[q].word);
        rule->per = take(words, "call") ? strdup("") : NULL;
        if (!rule->per && take_name(words, &rule->per))
            return -1;
    }
    return take_comparison(words, &rule->comparison) || take_number(words, rule->unit, &rule->limit) ? -1 : 0;
}

/* no stall [above TIME] [in NAME] */
static int take_stall(struct words *words, struct rc_budget_rule *rule) {
    rule->of = RC_BUDGET_NO_STALL;
    rule->unit = RC_UNIT_TIME;
    rule->limit = (double)RF_STALL_LEAST_NS;
    if (take(words, "above") && take_number(words, RC_UNIT_TIME, &rule->limit))
        return -1;
    if (rule->limit < (double)RF_STALL_LEAST_NS)
        return rc_fail(words->err, "%u: stalls shorter than %d ms are not recorded", words->line,
                       (int)(RF_STALL_LEAST_NS / 1000000));
    return take(words, "in") ? take_name(words, &rule->function) : 0;
}

/* no stall ... | no blocking call in a task | no blocking call in NAME | no calls of NAME | no losses */
static int take_prohibition(struct words *words, struct rc_budget_rule *rule) {
    if (take(words, "stall"))
        return take_stall(words, rule);
    if (take(words, "blocking")) {
        rule->of = RC_BUDGET_NO_BLOCKING;
        if (expect(words, "call") || expect(words, "in"))
            return -1;
        if (words->n > words->at + 1) /* else it is a function of that name */
            return expect(words, "a") || expect(words, "task") ? -1 : 0;
        return take_name(words, &rule->function);
    }
    if (take(words, "calls")) {
        rule->of = RC_BUDGET_NO_CALLS;
        return expect(words, "of") || take_name(words, &rule->function) ? -1 : 0;
    }
    rule->of = RC_BUDGET_NO_LOSSES;
    return expect(words, "losses");
}

static int take_rule(struct words *words, struct rc_budget_rule *rule) {
    if (take(words, "no") ? take_prohibition(words, rule) : take_quantity(words, rule))
        return -1;
    return words->at == words->n
               ? 0
               : rc_fail(words->err, "%u: '%s' comes behind the end of the budget", words->line, peek(words));
}

/* Without the comment: where the last word ended. */
static char *text_of(const char *line, const char *last_word_end) {
    while (*line == ' ' || *line == '\t')
        line++;
    return strndup(line, (size_t)(last_word_end - line));
}

static int add_line(struct rc_budget *budget, const char *line, char *copy, unsigned number, struct rc_error *err) {
    struct words words = {.line = number, .err = err};
    if (split(&words, copy))
        return -1;
    if (!words.n)
        return 0;
    const char *last = words.word[words.n - 1];
    const char *end = line + (last - copy) + strlen(last);
    struct rc_budget_rule *more = reallocarray(budget->rules, budget->n + 1, sizeof *more);
    if (!more)
        return rc_fail(err, "no memory");
    budget->rules = more;
    struct rc_budget_rule *rule = &budget->rules[budget->n++];
    *rule = (struct rc_budget_rule){.line = number, .text = text_of(line, end + (*end == '"'))};
    return rule->text ? take_rule(&words, rule) : rc_fail(err, "no memory");
}

int rc_budget_parse(struct rc_budget **out, const char *text, size_t size, struct rc_error *err) {
    struct rc_budget *budget = calloc(1, sizeof *budget);
    int result = 0;
    unsigned number = 1;
    *out = NULL;
    if (!budget)
        return rc_fail(err, "no memory");
    if (memchr(text, 0, size))
        result = rc_fail(err, "1: this is no text");
    for (size_t at = 0; at < size && result == 0; number++) {
        const char *newline = memchr(text + at, '\n', size - at);
        size_t length = newline ? (size_t)(newline - (text + at)) : size - at;
        char *line = strndup(text + at, length), *copy = line ? strdup(line) : NULL;
        result = copy ? add_line(budget, line, copy, number, err) : rc_fail(err, "no memory");
        free(line);
        free(copy);
        at += length + 1;
    }
    if (result == 0 && !budget->n)
        result = rc_fail(err, "1: there is no budget in it");
    if (result)
        rc_budget_free(budget);
    else
        *out = budget;
    return result;
}

void rc_budget_free(struct rc_budget *budget) {
    if (!budget)
        return;
    for (size_t i = 0; i < budget->n; i++) {
        free(budget->rules[i].text);
        free(budget->rules[i].function);
        free(budget->rules[i].per);
    }
    free(budget->rules);
    free(budget);
}

bool rc_budget_needs_tree(const struct rc_budget *budget) {
    for (size_t i = 0; i < budget->n; i++)
        if (budget->rules[i].per && *budget->rules[i].per)
            return true;
    return false;
}

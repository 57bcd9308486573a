#include "sheet.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "score.h"

static const struct part {
    enum statement statement;
    const char *key;
    bool list;
} parts[] = {
    {REFRESH_CHARACTER, "character", false},
    {SELECT_ACCOUNT, "account", false},
    {SELECT_GUILD, "guild", false},
    {SELECT_RACE, "race", false},
    {SELECT_CLASS, "class", false},
    {SELECT_ZONE, "zone", false},
    {REFRESH_STATS, "stats", false},
    {SELECT_RANK, "rank", false},
    {SELECT_ITEMS, "items", true},
    {SELECT_EQUIPMENT, "equipment", true},
    {SELECT_SKILLS, "skills", true},
    {SELECT_SPELLS, "spells", true},
    {SELECT_QUESTS, "quests", true},
    {SELECT_ACHIEVEMENTS, "achievements", true},
    {SELECT_REPUTATION, "reputation", true},
    {SELECT_FRIENDS, "friends", true},
    {SELECT_MAIL, "mail", true},
    {SELECT_TITLES, "titles", true},
    {SELECT_MOUNTS, "mounts", true},
    {SELECT_CURRENCIES, "currencies", true},
};

static cJSON *row_json(const struct db_result *result, size_t row) {
    cJSON *object = cJSON_CreateObject();
    for (size_t c = 0; c < result->columns; c++) {
        const char *text = result->cells[row * result->columns + c];
        if (!text)
            cJSON_AddNullToObject(object, result->column[c].name);
        else if (result->column[c].numeric)
            cJSON_AddRawToObject(object, result->column[c].name, text);
        else
            cJSON_AddStringToObject(object, result->column[c].name, text);
    }
    return object;
}

static cJSON *rows_json(const struct db_result *result) {
    cJSON *list = cJSON_CreateArray();
    for (size_t row = 0; row < result->rows; row++)
        cJSON_AddItemToArray(list, row_json(result, row));
    return list;
}

static int64_t load_worth(const struct db_result *items, int64_t capacity) {
    struct item *item = calloc(items->rows + 1, sizeof *item);
    if (!item)
        return -1;
    for (size_t i = 0; i < items->rows; i++)
        item[i] = (struct item){db_number(items, i, "worth"), db_number(items, i, "weight")};
    int64_t worth = best_load(item, items->rows, capacity);
    free(item);
    return worth;
}

static int64_t weapon_damage(const struct db_result *equipment) {
    struct dice *dice = calloc(equipment->rows + 1, sizeof *dice);
    if (!dice)
        return -1;
    for (size_t i = 0; i < equipment->rows; i++)
        dice[i] = (struct dice){db_number(equipment, i, "dice"), db_number(equipment, i, "sides")};
    int64_t damage = median_damage(dice, equipment->rows);
    free(dice);
    return damage;
}

static cJSON *score_json(const struct db_result *results) {
    const struct db_result *character = &results[REFRESH_CHARACTER], *skills = &results[SELECT_SKILLS];
    cJSON *score = cJSON_CreateObject();
    int mastery = 0;
    for (size_t i = 0; i < skills->rows; i++)
        mastery += level_of(db_number(skills, i, "experience"));
    cJSON_AddNumberToObject(score, "level", level_of(db_number(character, 0, "experience")));
    cJSON_AddNumberToObject(score, "mastery", mastery);
    cJSON_AddNumberToObject(score, "best_load",
                            (double)load_worth(&results[SELECT_ITEMS], db_number(character, 0, "capacity")));
    cJSON_AddNumberToObject(score, "median_damage", (double)weapon_damage(&results[SELECT_EQUIPMENT]));
    return score;
}

char *sheet_json(const struct db_result results[STATEMENTS]) {
    cJSON *sheet = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct db_result *result = &results[parts[i].statement];
        if (parts[i].list)
            cJSON_AddItemToObject(sheet, parts[i].key, rows_json(result));
        else if (result->rows > 0)
            cJSON_AddItemToObject(sheet, parts[i].key, row_json(result, 0));
        else
            cJSON_AddNullToObject(sheet, parts[i].key);
    }
    cJSON_AddItemToObject(sheet, "score", score_json(results));
    char *text = cJSON_PrintUnformatted(sheet);
    cJSON_Delete(sheet);
    return text;
}

#include "sql.h"

#include <stddef.h>

static const struct {
    const char *text;
    int parameters;
} statements[] = {
#define SQL_ROW(name, parameters, text) {text, parameters},
    SQL_STATEMENTS(SQL_ROW)
#undef SQL_ROW
};

const char *sql_text(enum statement statement) {
    return statements[statement].text;
}

int sql_parameters(enum statement statement) {
    return statements[statement].parameters;
}

/* clang-format off */
const char *const sql_schema[] = {
    "CREATE TABLE IF NOT EXISTS numbers (n BIGINT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS accounts (id BIGINT PRIMARY KEY, name TEXT, region TEXT, created BIGINT)",
    "CREATE TABLE IF NOT EXISTS guilds (id BIGINT PRIMARY KEY, name TEXT, motto TEXT, founded BIGINT)",
    "CREATE TABLE IF NOT EXISTS races (id BIGINT PRIMARY KEY, name TEXT, lifespan BIGINT)",
    "CREATE TABLE IF NOT EXISTS classes (id BIGINT PRIMARY KEY, name TEXT, hit_die BIGINT)",
    "CREATE TABLE IF NOT EXISTS zones (id BIGINT PRIMARY KEY, name TEXT, danger BIGINT)",
    "CREATE TABLE IF NOT EXISTS characters (id BIGINT PRIMARY KEY, name TEXT, account_id BIGINT, guild_id BIGINT,"
    "  race_id BIGINT, class_id BIGINT, zone_id BIGINT, experience BIGINT, gold BIGINT, capacity BIGINT,"
    "  last_seen BIGINT)",
    "CREATE TABLE IF NOT EXISTS stats (character_id BIGINT PRIMARY KEY, strength BIGINT, dexterity BIGINT,"
    "  wisdom BIGINT, stamina BIGINT)",
    "CREATE TABLE IF NOT EXISTS items (character_id BIGINT, slot BIGINT, name TEXT, worth BIGINT, weight BIGINT,"
    "  PRIMARY KEY (character_id, slot))",
    "CREATE TABLE IF NOT EXISTS equipment (character_id BIGINT, place BIGINT, name TEXT, dice BIGINT, sides BIGINT,"
    "  PRIMARY KEY (character_id, place))",
    "CREATE TABLE IF NOT EXISTS skills (character_id BIGINT, skill BIGINT, name TEXT, experience BIGINT,"
    "  PRIMARY KEY (character_id, skill))",
    "CREATE TABLE IF NOT EXISTS spells (character_id BIGINT, spell BIGINT, name TEXT, mana BIGINT,"
    "  PRIMARY KEY (character_id, spell))",
    "CREATE TABLE IF NOT EXISTS quests (character_id BIGINT, quest BIGINT, title TEXT, progress BIGINT,"
    "  PRIMARY KEY (character_id, quest))",
    "CREATE TABLE IF NOT EXISTS achievements (character_id BIGINT, achievement BIGINT, title TEXT, points BIGINT,"
    "  PRIMARY KEY (character_id, achievement))",
    "CREATE TABLE IF NOT EXISTS reputation (character_id BIGINT, faction TEXT, standing BIGINT,"
    "  PRIMARY KEY (character_id, faction))",
    "CREATE TABLE IF NOT EXISTS friends (character_id BIGINT, friend_id BIGINT, PRIMARY KEY (character_id, friend_id))",
    "CREATE TABLE IF NOT EXISTS mail (character_id BIGINT, letter BIGINT, subject TEXT, sent BIGINT,"
    "  PRIMARY KEY (character_id, letter))",
    "CREATE TABLE IF NOT EXISTS titles (character_id BIGINT, title TEXT, PRIMARY KEY (character_id, title))",
    "CREATE TABLE IF NOT EXISTS mounts (character_id BIGINT, mount BIGINT, name TEXT, speed BIGINT,"
    "  PRIMARY KEY (character_id, mount))",
    "CREATE TABLE IF NOT EXISTS currencies (character_id BIGINT, currency TEXT, amount BIGINT,"
    "  PRIMARY KEY (character_id, currency))",
    "CREATE TABLE IF NOT EXISTS audit (character_id BIGINT, at BIGINT, event TEXT)",
    "CREATE TABLE IF NOT EXISTS visits (character_id BIGINT, day BIGINT, views BIGINT,"
    "  PRIMARY KEY (character_id, day))",

    "INSERT INTO numbers WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 100)"
    "  SELECT n FROM count WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO accounts SELECT n, 'account-' || n, 'eu-west', 1600000000 + n * 86400 FROM numbers"
    "  WHERE n <= 40 ON CONFLICT DO NOTHING",
    "INSERT INTO guilds SELECT n, 'Guild ' || n, 'We met at \"The ' || n || ' Crowns\"', 1500000000 + n * 3600"
    "  FROM numbers WHERE n <= 10 ON CONFLICT DO NOTHING",
    "INSERT INTO races VALUES (1, 'Dwarf', 350), (2, 'Elf', 700), (3, 'Human', 80), (4, 'Gnome', 400)"
    "  ON CONFLICT DO NOTHING",
    "INSERT INTO classes VALUES (1, 'Bard', 8), (2, 'Cleric', 8), (3, 'Fighter', 10), (4, 'Wizard', 6)"
    "  ON CONFLICT DO NOTHING",
    "INSERT INTO zones SELECT n, 'Zone ' || n, n % 7 FROM numbers WHERE n <= 25 ON CONFLICT DO NOTHING",
    "INSERT INTO characters SELECT n, 'Character ' || n, 1 + n % 40, 1 + n % 10, 1 + n % 4, 1 + n % 3, 1 + n % 25,"
    "  n * 7919, n * 101 % 5000, 3000 + n % 50 * 20, 0 FROM numbers WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO stats SELECT n, 8 + n * 3 % 11, 8 + n * 5 % 11, 8 + n * 7 % 11, 8 + n * 9 % 11 FROM numbers"
    "  WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO items SELECT c.n, i.n, 'Item ' || ((c.n * 31 + i.n * 17) % 200), 1 + (c.n * 37 + i.n * 101) % 500,"
    "  20 + (c.n * 131 + i.n * 293) % 780 FROM numbers c, numbers i WHERE i.n <= 20 ON CONFLICT DO NOTHING",
    "INSERT INTO equipment SELECT c.n, i.n, 'Weapon ' || ((c.n + i.n * 11) % 60), 1 + (c.n + i.n) % 3,"
    "  4 + 2 * ((c.n + i.n) % 5) FROM numbers c, numbers i WHERE i.n <= 6 ON CONFLICT DO NOTHING",
    "INSERT INTO skills SELECT c.n, i.n, 'Skill ' || i.n, c.n * i.n * 613 % 200000 FROM numbers c, numbers i"
    "  WHERE i.n <= 12 ON CONFLICT DO NOTHING",
    "INSERT INTO spells SELECT c.n, i.n, 'Spell ' || ((c.n * 3 + i.n) % 80), 5 + i.n * 5 FROM numbers c, numbers i"
    "  WHERE i.n <= 8 ON CONFLICT DO NOTHING",
    "INSERT INTO quests SELECT c.n, i.n, 'Quest ' || ((c.n * 7 + i.n) % 90), c.n * i.n % 101 FROM numbers c, numbers i"
    "  WHERE i.n <= 8 ON CONFLICT DO NOTHING",
    "INSERT INTO achievements SELECT c.n, i.n, 'Achievement ' || i.n, 5 * (1 + i.n % 4) FROM numbers c, numbers i"
    "  WHERE i.n <= 10 ON CONFLICT DO NOTHING",
    "INSERT INTO reputation SELECT c.n, 'Faction ' || i.n, (c.n * 71 + i.n * 997) % 42000 FROM numbers c, numbers i"
    "  WHERE i.n <= 6 ON CONFLICT DO NOTHING",
    "INSERT INTO friends SELECT c.n, 1 + (c.n + i.n * 13) % 100 FROM numbers c, numbers i WHERE i.n <= 5"
    "  ON CONFLICT DO NOTHING",
    "INSERT INTO mail SELECT c.n, i.n, 'Letter ' || i.n || ' to character ' || c.n, 1700000000 + i.n * 60"
    "  FROM numbers c, numbers i WHERE i.n <= 4 ON CONFLICT DO NOTHING",
    "INSERT INTO titles SELECT c.n, 'Title ' || ((c.n * i.n) % 30) FROM numbers c, numbers i WHERE i.n <= 3"
    "  ON CONFLICT DO NOTHING",
    "INSERT INTO mounts SELECT c.n, i.n, 'Mount ' || ((c.n + i.n) % 12), 60 + 20 * i.n FROM numbers c, numbers i"
    "  WHERE i.n <= 3 ON CONFLICT DO NOTHING",
    "INSERT INTO currencies SELECT c.n, 'Currency ' || i.n, c.n * i.n * 37 % 1000 FROM numbers c, numbers i"
    "  WHERE i.n <= 4 ON CONFLICT DO NOTHING",
    NULL,
};
/* clang-format on */

/*
 * Every statement of the program, in the SQL that SQLite and PostgreSQL share.
 * Parameters: $1 is the character's id, $2 the present time in seconds since the epoch.
 */
#ifndef CHARACTER_API_SQL_H
#define CHARACTER_API_SQL_H

/* X(name, number of parameters, text) */
#define SQL_STATEMENTS(X)                                                                                              \
    X(BEGIN_READ, 0, "BEGIN")                                                                                          \
    X(BEGIN_WRITE, 0, "BEGIN")                                                                                         \
    X(COMMIT, 0, "COMMIT")                                                                                             \
    X(ROLLBACK, 0, "ROLLBACK")                                                                                         \
    X(SELECT_CHARACTER, 1, "SELECT id, name, experience, gold, capacity FROM characters WHERE id = $1")                \
    X(SELECT_ACCOUNT, 1,                                                                                               \
      "SELECT a.name, a.region, a.created FROM accounts a JOIN characters c ON c.account_id = a.id WHERE c.id = $1")   \
    X(SELECT_GUILD, 1,                                                                                                 \
      "SELECT g.name, g.motto, g.founded FROM guilds g JOIN characters c ON c.guild_id = g.id WHERE c.id = $1")        \
    X(SELECT_RACE, 1, "SELECT r.name, r.lifespan FROM races r JOIN characters c ON c.race_id = r.id WHERE c.id = $1")  \
    X(SELECT_CLASS, 1,                                                                                                 \
      "SELECT k.name, k.hit_die FROM classes k JOIN characters c ON c.class_id = k.id WHERE c.id = $1")                \
    X(SELECT_ZONE, 1, "SELECT z.name, z.danger FROM zones z JOIN characters c ON c.zone_id = z.id WHERE c.id = $1")    \
    X(SELECT_STATS, 1, "SELECT strength, dexterity, wisdom, stamina FROM stats WHERE character_id = $1")               \
    X(SELECT_ITEMS, 1, "SELECT slot, name, worth, weight FROM items WHERE character_id = $1 ORDER BY slot")            \
    X(SELECT_EQUIPMENT, 1, "SELECT place, name, dice, sides FROM equipment WHERE character_id = $1 ORDER BY place")    \
    X(SELECT_SKILLS, 1, "SELECT skill, name, experience FROM skills WHERE character_id = $1 ORDER BY skill")           \
    X(SELECT_SPELLS, 1, "SELECT spell, name, mana FROM spells WHERE character_id = $1 ORDER BY spell")                 \
    X(SELECT_QUESTS, 1, "SELECT quest, title, progress FROM quests WHERE character_id = $1 ORDER BY quest")            \
    X(SELECT_ACHIEVEMENTS, 1,                                                                                          \
      "SELECT achievement, title, points FROM achievements WHERE character_id = $1 ORDER BY achievement")              \
    X(SELECT_REPUTATION, 1, "SELECT faction, standing FROM reputation WHERE character_id = $1 ORDER BY faction")       \
    X(SELECT_FRIENDS, 1,                                                                                               \
      "SELECT c.id, c.name FROM friends f JOIN characters c ON c.id = f.friend_id "                                    \
      "WHERE f.character_id = $1 ORDER BY c.id")                                                                       \
    X(SELECT_MAIL, 1, "SELECT letter, subject, sent FROM mail WHERE character_id = $1 ORDER BY letter")                \
    X(SELECT_TITLES, 1, "SELECT title FROM titles WHERE character_id = $1 ORDER BY title")                             \
    X(SELECT_MOUNTS, 1, "SELECT mount, name, speed FROM mounts WHERE character_id = $1 ORDER BY mount")                \
    X(SELECT_CURRENCIES, 1, "SELECT currency, amount FROM currencies WHERE character_id = $1 ORDER BY currency")       \
    X(SELECT_RANK, 1,                                                                                                  \
      "SELECT 1 + COUNT(*) AS place FROM characters "                                                                  \
      "WHERE experience > (SELECT experience FROM characters WHERE id = $1)")                                          \
    X(UPDATE_LAST_SEEN, 2, "UPDATE characters SET last_seen = $2 WHERE id = $1")                                       \
    X(INSERT_AUDIT, 2, "INSERT INTO audit (character_id, at, event) VALUES ($1, $2, 'viewed')")                        \
    X(UPSERT_VISITS, 2,                                                                                                \
      "INSERT INTO visits (character_id, day, views) VALUES ($1, CAST($2 AS BIGINT) / 86400, 1) "                      \
      "ON CONFLICT (character_id, day) DO UPDATE SET views = visits.views + 1")                                        \
    X(REFRESH_CHARACTER, 1, "SELECT id, name, experience, gold, capacity, last_seen FROM characters WHERE id = $1")    \
    X(REFRESH_STATS, 1, "SELECT strength, dexterity, wisdom, stamina FROM stats WHERE character_id = $1")

enum statement {
#define SQL_NAME(name, parameters, text) name,
    SQL_STATEMENTS(SQL_NAME)
#undef SQL_NAME
        STATEMENTS
};

#define SQL_MOST_PARAMETERS 2

/** The statement's text. */
const char *sql_text(enum statement statement);

/** How many of $1, $2 the statement takes. */
int sql_parameters(enum statement statement);

/** Statements that make tables and 100 characters, up to a NULL; they may be run again where these are already. */
extern const char *const sql_schema[];

#endif

-- Deterministic work for most of SQLite: no clock, no random values, one thread.
.bail on
.mode list
PRAGMA journal_mode = DELETE;
PRAGMA page_size = 4096;
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, born INTEGER, height REAL, note BLOB);
CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, people INTEGER CHECK (people >= 0));
CREATE TABLE lives (person INTEGER REFERENCES person ON DELETE CASCADE, city INTEGER REFERENCES city, since INTEGER,
    PRIMARY KEY (person, city)) WITHOUT ROWID;
CREATE INDEX born_index ON person (born, height DESC);
CREATE TABLE journal (what TEXT, id INTEGER);
CREATE TRIGGER moved AFTER INSERT ON lives BEGIN
    UPDATE city SET people = people + 1 WHERE id = new.city;
    INSERT INTO journal VALUES ('moved', new.person);
END;
CREATE VIEW citizen AS SELECT p.name AS person, c.name AS city, since FROM lives
    JOIN person p ON p.id = lives.person JOIN city c ON c.id = lives.city;

BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO person SELECT i, printf('person %05d', i * 7919 % 5003), 1900 + i * 31 % 120, 150 + i * 17 % 500 / 10.0,
        CASE WHEN i % 10 = 0 THEN zeroblob(i % 300) END FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
    INSERT INTO city SELECT i, 'city ' || char(65 + i % 26) || i, 0 FROM n;
INSERT INTO lives SELECT id, 1 + id * 13 % 60, born + 20 FROM person;
COMMIT;

-- a transaction that is rolled back, savepoints, an upsert, a conflict
BEGIN;
DELETE FROM person WHERE id % 3 = 0;
SELECT 'inside', count(*) FROM person;
ROLLBACK;
SAVEPOINT outer_one;
UPDATE person SET height = height + 1 WHERE id < 100;
SAVEPOINT inner_one;
UPDATE person SET name = name || '!' WHERE id < 50;
ROLLBACK TO inner_one;
RELEASE outer_one;
INSERT INTO city VALUES (1, 'again', 5) ON CONFLICT (id) DO UPDATE SET people = people + excluded.people;
INSERT OR IGNORE INTO city VALUES (2, 'ignored', 1);
SELECT 'after', count(*), sum(people), round(sum(height), 2) FROM person, (SELECT sum(people) AS people FROM city);

-- joins, aggregates, compound selects, subqueries
SELECT city, count(*), min(since), max(since) FROM citizen GROUP BY city HAVING count(*) > 70 ORDER BY 2 DESC, 1 LIMIT 12;
SELECT count(*) FROM person a JOIN person b ON a.born = b.born AND a.id < b.id WHERE a.height > 195;
SELECT c.name, p.name FROM city c LEFT JOIN lives l ON l.city = c.id AND l.since > 2035
    LEFT JOIN person p ON p.id = l.person ORDER BY c.id, p.id LIMIT 15;
SELECT born / 10 * 10 AS decade, count(*), round(avg(height), 3), group_concat(DISTINCT born % 3) FROM person GROUP BY 1;
SELECT name FROM person WHERE id IN (SELECT person FROM lives WHERE city = 7) EXCEPT
    SELECT name FROM person WHERE born < 1990 ORDER BY 1 LIMIT 10;
SELECT count(*) FROM person p WHERE EXISTS (SELECT 1 FROM lives l WHERE l.person = p.id AND l.city BETWEEN 10 AND 20)
    AND name LIKE '%1_' AND name NOT GLOB '*99*';

-- windows
SELECT id, born, rank() OVER w, ntile(4) OVER w, lag(id, 1, -1) OVER w,
    round(avg(height) OVER (ORDER BY id ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING), 3)
    FROM person WHERE id <= 40 WINDOW w AS (PARTITION BY born % 5 ORDER BY height DESC, id) ORDER BY id;
SELECT sum(s) FROM (SELECT sum(height) OVER (PARTITION BY born ORDER BY id) AS s FROM person);

-- recursive queries: a fractal and a graph
WITH RECURSIVE
    x(cx) AS (VALUES (-2.0) UNION ALL SELECT cx + 0.1 FROM x WHERE cx < 1.0),
    y(cy) AS (VALUES (-1.0) UNION ALL SELECT cy + 0.2 FROM y WHERE cy < 1.0),
    m(iter, cx, cy, re, im) AS (SELECT 0, cx, cy, 0.0, 0.0 FROM x, y UNION ALL
        SELECT iter + 1, cx, cy, re * re - im * im + cx, 2.0 * re * im + cy FROM m WHERE re * re + im * im < 4.0 AND iter < 20),
    m2(iter, cx, cy) AS (SELECT max(iter), cx, cy FROM m GROUP BY cx, cy)
SELECT group_concat(substr(' .+*#', 1 + min(iter / 5, 4), 1), '') FROM m2 GROUP BY cy;
WITH RECURSIVE path(node, steps) AS (SELECT 1, 0 UNION SELECT (node * 3 + 1) % 997, steps + 1 FROM path WHERE steps < 300)
    SELECT count(DISTINCT node), max(steps) FROM path;

-- functions: text, dates of fixed moments, json
SELECT sum(length(replace(upper(name), 'PERSON', 'x'))), sum(instr(name, '7')), hex(substr(quote(max(name)), 1, 8)),
    sum(unicode(trim(name, 'per'))) FROM person;
SELECT date('2024-02-28', '+2 days'), strftime('%j %W', '1999-12-31'), julianday('2000-01-01'), datetime(86400, 'unixepoch');
SELECT json_group_object(name, json_array(id, people)) FROM (SELECT * FROM city ORDER BY id LIMIT 5);
SELECT sum(json_extract(doc, '$.a[1].b')) FROM (SELECT json_object('a', json_array(1, json_object('b', id)), 'n', name) AS doc
    FROM person);
SELECT count(*), sum(value) FROM json_each((SELECT json_group_array(id) FROM person));

-- full text, r-tree
CREATE VIRTUAL TABLE IF NOT EXISTS page USING fts5(title, body);
INSERT INTO page SELECT name, 'this is text number ' || id || ' about ' || born || CASE id % 7 WHEN 0 THEN ' lazy dogs' ELSE '' END
    FROM person WHERE id <= 2000;
SELECT count(*) FROM page WHERE page MATCH 'lazy AND dogs';
SELECT title, round(bm25(page), 4) FROM page WHERE page MATCH 'body:19* NOT lazy' ORDER BY rank, title LIMIT 5;
SELECT snippet(page, 1, '[', ']', '..', 4) FROM page WHERE page MATCH 'dogs' ORDER BY rowid LIMIT 3;
INSERT INTO page(page) VALUES ('optimize');
CREATE VIRTUAL TABLE box USING rtree(id, x0, x1, y0, y1);
INSERT INTO box SELECT id, id % 71, id % 71 + 3, id % 53, id % 53 + 2 FROM person WHERE id <= 2000;
SELECT count(*), sum(id) FROM box WHERE x0 < 20 AND x1 > 10 AND y0 < 30 AND y1 > 25;

-- maintenance: deletion with cascade, vacuum, analysis, a log instead of a journal, integrity
PRAGMA foreign_keys = ON;
DELETE FROM person WHERE born < 1920;
ALTER TABLE person ADD COLUMN extra TEXT DEFAULT 'none';
ALTER TABLE person RENAME COLUMN extra TO more;
ANALYZE;
REINDEX;
VACUUM;
PRAGMA journal_mode = WAL;
UPDATE person SET more = printf('%x', id * 2654435761 % 4294967296) WHERE id % 2;
PRAGMA wal_checkpoint(TRUNCATE);
PRAGMA integrity_check;
EXPLAIN QUERY PLAN SELECT * FROM citizen WHERE city = 'city H7' ORDER BY since;
SELECT count(*), max(more), (SELECT count(*) FROM lives), (SELECT count(*) FROM journal) FROM person;
.dump city

-- errors, which the shell reports and goes on, and an exit status that must come through
.bail off
INSERT INTO person VALUES (2, 'twice', 0, 0, NULL, NULL);
SELECT * FROM missing_table;
SELEC 1;
UPDATE city SET people = -1 WHERE id = 3;
SELECT 'still here';
.exit 7

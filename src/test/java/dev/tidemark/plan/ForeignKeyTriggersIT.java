package dev.tidemark.plan;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Tick;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The substitute answers as a real foreign key does: same rows, same SQLSTATE, message, detail, names. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER},
        promise = "triggers answer like the foreign key they stand for")
class ForeignKeyTriggersIT {
    private static final Map<String, String> PARENT = Map.of("p", "t");

    private static final String PLAIN =
            """
            CREATE TABLE p(id bigint, t timestamptz, v int, PRIMARY KEY (id, t));
            CREATE TABLE c(n int PRIMARY KEY, pid int DEFAULT 9, pt timestamptz DEFAULT '2026-01-09', w int);
            CREATE INDEX ON c(pid, pt)""";

    private static final String[] LIFE = {
        "INSERT INTO p SELECT i, '2026-01-01'::timestamptz + (i - 1) * interval '1 day', 0 FROM generate_series(1, 9) i",
        "INSERT INTO p SELECT i, '2026-01-01', 0 FROM generate_series(11, 16) i",
        "INSERT INTO c VALUES (1, 1, '2026-01-01', 0), (2, 2, '2026-01-02', 0), (3, 3, '2026-01-03', 0), (4, 11, '2026-01-01', 0),"
                + " (5, 12, '2026-01-01', 0), (6, NULL, NULL, 0)",
        "INSERT INTO c VALUES (10, 4, '2026-01-04', 0), (11, 4, '2026-01-05', 0), (12, 99, '2026-01-05', 0)",
        "INSERT INTO c VALUES (10, NULL, '2026-01-05', 0)",
        "INSERT INTO c VALUES (11, 77, NULL, 0)",
        "INSERT INTO c VALUES (1, 98, '2026-01-05', 0) ON CONFLICT (n) DO NOTHING",
        "INSERT INTO c VALUES (1, 98, '2026-01-05', 0) ON CONFLICT (n) DO UPDATE SET w = 1",
        "INSERT INTO c VALUES (1, 98, '2026-01-05', 0) ON CONFLICT (n) DO UPDATE SET pid = excluded.pid",
        "INSERT INTO c VALUES (20, 98, '2026-01-05', 0) ON CONFLICT (n) DO UPDATE SET pid = excluded.pid",
        "COPY c FROM PROGRAM 'printf \"30\\t5\\t2026-01-05 00:00:00+05:45\\t0\\n31\\t6\\t2026-01-05 00:00:00+05:45\\t0\\n\"'",
        "COPY c FROM PROGRAM 'printf \"30\\t5\\t2026-01-05 00:00:00+05:45\\t0\\n31\\t6\\t2026-01-06 00:00:00+05:45\\t0\\n\"'",
        "WITH x AS (INSERT INTO p VALUES (21, '2026-01-01', 0)) INSERT INTO c VALUES (40, 21, '2026-01-01', 0)",
        "WITH x AS (INSERT INTO c VALUES (41, 22, '2026-01-01', 0)) INSERT INTO p VALUES (22, '2026-01-01', 0)",
        "MERGE INTO c USING (VALUES (2), (50)) s(n) ON c.n = s.n WHEN MATCHED THEN UPDATE SET w = 5"
                + " WHEN NOT MATCHED THEN INSERT VALUES (s.n, 55, '2026-01-01', 0)",
        "UPDATE c SET w = w + 1",
        "UPDATE c SET pid = 5 WHERE n = 1",
        "UPDATE c SET pid = 5, pt = '2026-01-05' WHERE n = 1",
        "UPDATE c SET pid = NULL WHERE n = 1",
        "UPDATE c SET pid = 1, pt = '2026-01-01' WHERE n = 1",
        "UPDATE p SET v = v + 1",
        "UPDATE p SET id = id WHERE id = 1",
        "UPDATE p SET id = 1001 WHERE id = 1",
        "UPDATE p SET id = 4004 WHERE id = 4",
        "UPDATE p SET id = id + 1 WHERE id IN (12)",
        "UPDATE p SET id = 31 - id WHERE id IN (15, 16)",
        "UPDATE p SET t = t + interval '1 hour' WHERE id = 3",
        "DELETE FROM p WHERE id = 2",
        "DELETE FROM p WHERE id IN (5, 6, 13)",
        "WITH x AS (DELETE FROM c WHERE pid = 21) DELETE FROM p WHERE id = 21",
        "WITH x AS (DELETE FROM p WHERE id = 22 RETURNING *) DELETE FROM c WHERE pid IN (SELECT id FROM x)",
        "WITH x AS (DELETE FROM p WHERE id = 11 RETURNING *) INSERT INTO p SELECT id + 100, t, v FROM x",
        "DELETE FROM p WHERE id = 9",
        "DELETE FROM p WHERE id > 100",
        "DELETE FROM p",
        "TRUNCATE c",
        "INSERT INTO p VALUES (1, '2026-01-01', 1)",
        "INSERT INTO c VALUES (1, 1, '2026-01-01', 1)",
        "TRUNCATE p",
        "TRUNCATE p, c"
    };

    @Test
    @Tick("1.14")
    void every_action_and_match_of_a_composite_key(Database database) throws Exception {
        try (SideBySide sides = new SideBySide(database)) {
            for (String delete : List.of(
                    "NO ACTION",
                    "RESTRICT",
                    "CASCADE",
                    "SET NULL",
                    "SET DEFAULT",
                    "SET NULL (pid)",
                    "SET DEFAULT (pid)")) {
                for (String update : List.of("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")) {
                    for (String match : List.of("SIMPLE", "FULL")) {
                        String actions = "MATCH %s ON DELETE %s ON UPDATE %s".formatted(match, delete, update);
                        sides.build(
                                actions,
                                PLAIN,
                                "ALTER TABLE c ADD CONSTRAINT c_p_fk FOREIGN KEY (pid, pt) REFERENCES p " + actions,
                                PARENT);
                        sides.compare(LIFE);
                    }
                }
            }
            assertThat(sides.differences()).as(sides.toString()).isEmpty();
            assertThat(sides.violations()).as(sides.toString()).isGreaterThan(700);
        }
    }

    @Test
    void deferrable_keys_wait_until_they_are_asked(Database database) throws Exception {
        try (SideBySide sides = new SideBySide(database)) {
            for (String deferrable : List.of("DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED", "MATCH FULL DEFERRABLE")) {
                for (String actions : List.of(
                        "", "ON UPDATE CASCADE", "ON DELETE CASCADE", "ON DELETE RESTRICT ON UPDATE SET NULL")) {
                    String full = deferrable.startsWith("MATCH FULL")
                            ? "MATCH FULL " + actions + " DEFERRABLE"
                            : actions + " " + deferrable;
                    sides.build(
                            full,
                            PLAIN,
                            "ALTER TABLE c ADD CONSTRAINT c_p_fk FOREIGN KEY (pid, pt) REFERENCES p " + full,
                            PARENT);
                    sides.compareInTurn(
                            "INSERT INTO p VALUES (1, '2026-01-01', 0), (2, '2026-01-02', 0)",
                            "INSERT INTO c VALUES (1, 1, '2026-01-01', 0)",
                            "INSERT INTO c VALUES (2, 5, '2026-01-01', 0)",
                            "SET CONSTRAINTS ALL IMMEDIATE",
                            "DELETE FROM c WHERE n = 2",
                            "SET CONSTRAINTS ALL IMMEDIATE",
                            "SET CONSTRAINTS @.c_p_fk DEFERRED",
                            "INSERT INTO c VALUES (4, NULL, '2026-01-01', 0)",
                            "DELETE FROM c WHERE n = 4",
                            "INSERT INTO c VALUES (3, 5, '2026-01-01', 0)",
                            "INSERT INTO p VALUES (5, '2026-01-01', 0)",
                            "SET CONSTRAINTS @.c_p_fk IMMEDIATE",
                            // By its name the key is not found on the parent's chunks.
                            "SET CONSTRAINTS ALL DEFERRED",
                            "DELETE FROM p WHERE id = 1",
                            "SET CONSTRAINTS ALL IMMEDIATE",
                            "INSERT INTO p VALUES (1, '2026-01-01', 1)",
                            "SET CONSTRAINTS ALL IMMEDIATE",
                            "SET CONSTRAINTS @.c_p_fk DEFERRED",
                            "UPDATE c SET pid = 77 WHERE n = 1",
                            "UPDATE c SET pid = 2, pt = '2026-01-02' WHERE n = 1",
                            "SET CONSTRAINTS @.c_p_fk IMMEDIATE",
                            "UPDATE p SET id = 22 WHERE id = 2",
                            "UPDATE p SET v = 7",
                            "SET CONSTRAINTS ALL IMMEDIATE",
                            "DELETE FROM c",
                            "SET CONSTRAINTS ALL IMMEDIATE");
                }
            }
            assertThat(sides.differences()).as(sides.toString()).isEmpty();
        }
    }

    @Test
    void a_table_that_references_itself(Database database) throws Exception {
        try (SideBySide sides = new SideBySide(database)) {
            for (String actions : List.of(
                    "ON DELETE NO ACTION",
                    "ON DELETE CASCADE",
                    "ON DELETE SET NULL",
                    "ON DELETE RESTRICT",
                    "DEFERRABLE INITIALLY DEFERRED",
                    "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
                    "ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED")) {
                sides.build(
                        "self " + actions,
                        "CREATE TABLE p(id int, t timestamptz, up int, upt timestamptz, PRIMARY KEY (id, t)); CREATE TABLE c(x int)",
                        "ALTER TABLE p ADD CONSTRAINT p_up FOREIGN KEY (up, upt) REFERENCES p " + actions,
                        PARENT);
                sides.compareInTurn(
                        "INSERT INTO p VALUES (1, '2026-01-01', NULL, NULL), (2, '2026-01-02', 1, '2026-01-01'),"
                                + " (3, '2026-01-03', 3, '2026-01-03'), (4, '2026-01-04', 5, '2026-01-05'), (5, '2026-01-05', 2, '2026-01-02')",
                        "INSERT INTO p VALUES (6, '2026-01-01', 7, '2026-01-01')",
                        "DELETE FROM p WHERE id = 6",
                        "SET CONSTRAINTS ALL IMMEDIATE",
                        "UPDATE p SET id = 33 WHERE id = 3",
                        "SET CONSTRAINTS ALL IMMEDIATE",
                        "UPDATE p SET id = 33, up = 33 WHERE id = 3",
                        "DELETE FROM p WHERE id = 33",
                        "DELETE FROM p WHERE id IN (4, 5)",
                        "DELETE FROM p WHERE id = 1",
                        "DELETE FROM p",
                        "SET CONSTRAINTS ALL IMMEDIATE");
            }
            assertThat(sides.differences()).as(sides.toString()).isEmpty();
        }
    }

    @Test
    void names_and_types_that_nobody_expects(Database database) throws Exception {
        try (SideBySide sides = new SideBySide(database)) {
            sides.build(
                    "hostile names",
                    """
                    CREATE TABLE p("$tidemark$" text, "t %s ""q""\" timestamptz, "o'x\\" int, PRIMARY KEY ("t %s ""q""\", "$tidemark$"));
                    CREATE TABLE c(n int PRIMARY KEY, "total" varchar(20) COLLATE "C", "lo $tidemark1$%I" timestamptz)""",
                    """
                    ALTER TABLE c ADD CONSTRAINT "c's ""fk"" % $tidemark$ äöü with a very long name over 63 byt"
                      FOREIGN KEY ("total", "lo $tidemark1$%I") REFERENCES p("$tidemark$", "t %s ""q""\") ON UPDATE CASCADE""",
                    Map.of("p", "t %s \"q\""));
            sides.compare(
                    "INSERT INTO p VALUES ('a', '2026-01-01', 1), ('b', '2026-01-02', 1)",
                    "INSERT INTO c VALUES (1, 'a', '2026-01-01'), (2, 'b', '2026-01-02')",
                    "INSERT INTO c VALUES (3, 'a', '2026-01-02')",
                    "UPDATE c SET \"total\" = 'z' WHERE n = 1",
                    "DELETE FROM p WHERE \"$tidemark$\" = 'a'",
                    "UPDATE p SET \"$tidemark$\" = 'aa' WHERE \"$tidemark$\" = 'a'",
                    "TRUNCATE p");
            sides.build(
                    "a child's integer that the parent's type cannot hold",
                    """
                    CREATE TABLE p(id int, t timestamptz, PRIMARY KEY (t, id));
                    CREATE TABLE c(n int PRIMARY KEY, pid bigint, pt timestamptz)""",
                    "ALTER TABLE c ADD CONSTRAINT c_p_fk FOREIGN KEY (pid, pt) REFERENCES p (id, t)",
                    PARENT);
            sides.compare(
                    "INSERT INTO p VALUES (1, '2026-01-01')",
                    "INSERT INTO c VALUES (1, 1, '2026-01-01')",
                    "INSERT INTO c VALUES (2, 9000000000, '2026-01-01'), (3, 1, '2026-01-01')");
            assertThat(sides.differences()).as(sides.toString()).isEmpty();
        }
    }

    @Test
    @Tick("1.15")
    void children_of_every_layout(Database database) throws Exception {
        String parent = "CREATE TABLE p(id bigint, t timestamptz, v int, PRIMARY KEY (id, t)); ";
        String child = "CREATE TABLE c(n int, pid int, pt timestamptz, ct timestamptz, w int, PRIMARY KEY (n, ct))";
        String[] statements = {
            "INSERT INTO p SELECT i, '2026-01-01'::timestamptz + i * interval '1 day', 0 FROM generate_series(1, 9) i",
            "INSERT INTO c SELECT i, i, '2026-01-01'::timestamptz + i * interval '1 day', '2026-02-01'::timestamptz + i * interval '1 day', 0"
                    + " FROM generate_series(1, 6) i",
            "INSERT INTO c SELECT i, i, '2026-01-01'::timestamptz + i * interval '1 day', '2026-02-01'::timestamptz + i * interval '1 day', 0"
                    + " FROM generate_series(7, 12) i",
            "INSERT INTO c VALUES (2, 2, '2026-01-03', '2026-02-03', 1) ON CONFLICT (n, ct) DO UPDATE SET w = 9",
            "INSERT INTO c VALUES (2, 2, '2026-01-03', '2026-02-03', 1) ON CONFLICT (n, ct) DO UPDATE SET pid = 55",
            "UPDATE c SET w = 3",
            "UPDATE c SET pid = 77 WHERE n = 3",
            "UPDATE c SET pid = 4, pt = '2026-01-05' WHERE n = 3",
            "DELETE FROM p WHERE id = 5",
            "DELETE FROM p WHERE id = 9",
            "DELETE FROM p WHERE t >= '2026-01-06' AND t < '2026-01-08'",
            "DELETE FROM c WHERE n < 3",
            "DELETE FROM p WHERE id < 3",
            "DELETE FROM p"
        };
        try (SideBySide sides = new SideBySide(database)) {
            for (String delete : List.of("NO ACTION", "CASCADE", "SET NULL")) {
                String key =
                        "ALTER TABLE c ADD CONSTRAINT c_p_fk FOREIGN KEY (pid, pt) REFERENCES p ON DELETE " + delete;
                sides.build("child hypertable, " + delete, parent + child, key, Map.of("p", "t", "c", "ct"));
                sides.compare(statements);
                sides.build(
                        "child partitioned, " + delete,
                        parent + child + " PARTITION BY RANGE (ct); CREATE TABLE c1 PARTITION OF c DEFAULT",
                        key,
                        PARENT);
                sides.comparePartitioned(statements);
            }
            assertThat(sides.differences()).as(sides.toString()).isEmpty();
        }
    }

    @Test
    void rows_that_drop_chunks_left_dangling_can_be_updated_but_not_multiplied(Database database) throws Exception {
        try (SideBySide sides = new SideBySide(database)) {
            ForeignKey key = sides.build(
                    "dangling",
                    PLAIN,
                    "ALTER TABLE c ADD CONSTRAINT c_p_fk FOREIGN KEY (pid, pt) REFERENCES p",
                    PARENT);
            sides.onBoth(
                    "INSERT INTO p SELECT i, '2026-01-01'::timestamptz + i * interval '1 day' FROM generate_series(1, 9) i");
            sides.onBoth(
                    "INSERT INTO c SELECT i, i, '2026-01-01'::timestamptz + i * interval '1 day' FROM generate_series(1, 9) i");
            assertThat(sides.answer(sides.substitute(PARENT).orphans(key).text()))
                    .isEqualTo("0");

            sides.execute("SELECT drop_chunks('tg.p', older_than => '2026-01-05 00:00+00'::timestamptz)");

            assertThat(sides.answer(sides.substitute(PARENT).orphans(key).text()))
                    .isEqualTo("4");
            assertThat(sides.substituted("UPDATE c SET w = 1")).isEqualTo("ok");
            assertThat(sides.substituted("UPDATE c SET pid = pid, pt = pt")).isEqualTo("ok");
            assertThat(sides.substituted("UPDATE c SET pid = 1, pt = '2026-01-02' WHERE n = 7"))
                    .isEqualTo("23503");
            assertThat(sides.substituted("UPDATE c SET pid = least(pid, 1), pt = '2026-01-02' WHERE n IN (1, 7)"))
                    .isEqualTo("23503");
            assertThat(sides.substituted(
                            "INSERT INTO c VALUES (1, 1, '2026-01-02', 1) ON CONFLICT (n) DO UPDATE SET w = 5"))
                    .isEqualTo("ok");
            assertThat(sides.substituted("UPDATE c SET pid = 8, pt = '2026-01-09' WHERE n = 1"))
                    .isEqualTo("ok");
        }
    }

    @Test
    void the_application_needs_no_rights_on_the_other_table_and_cannot_borrow_any(Database database) throws Exception {
        try (SideBySide sides = new SideBySide(database)) {
            sides.ownedBy("fk_it_parent", "fk_it_child");
            sides.build(
                    "privileges",
                    PLAIN,
                    "ALTER TABLE c ADD CONSTRAINT c_p_fk FOREIGN KEY (pid, pt) REFERENCES p ON DELETE CASCADE",
                    PARENT);
            sides.onBoth(
                    """
                    GRANT USAGE, CREATE ON SCHEMA @ TO fk_it_app;
                    GRANT USAGE ON SCHEMA tidemark TO fk_it_app;
                    GRANT INSERT ON @.c TO fk_it_app;
                    GRANT INSERT, DELETE, SELECT ON @.p TO fk_it_app;
                    INSERT INTO @.p VALUES (1, '2026-01-01', 1)""");
            String function = sides.answer("SELECT oid::regproc FROM pg_proc WHERE proname LIKE 'c\\_p\\_fk%\\_p'");
            sides.execute("SET LOCAL ROLE fk_it_app");

            sides.compareAnswers(
                    "INSERT INTO c VALUES (1, 1, '2026-01-01', 0)",
                    "INSERT INTO c VALUES (2, 2, '2026-01-01', 0)",
                    "INSERT INTO p VALUES (3, '2026-03-03', 0)",
                    "DELETE FROM p WHERE id = 1");
            assertThat(sides.differences()).isEmpty();
            sides.execute("CREATE TABLE tg.evil (LIKE tg.p)");
            assertThat(sides.attempt(
                            "tg",
                            "CREATE TRIGGER x AFTER DELETE ON evil FOR EACH ROW EXECUTE FUNCTION " + function + "()"))
                    .startsWith("42501");
        }
    }

    @Test
    void nothing_fires_for_a_replica_and_nothing_is_left(Database database) throws Exception {
        try (SideBySide sides = new SideBySide(database)) {
            ForeignKey key = sides.build(
                    "replica",
                    PLAIN,
                    "ALTER TABLE c ADD CONSTRAINT c_p_fk FOREIGN KEY (pid, pt) REFERENCES p ON DELETE CASCADE",
                    PARENT);
            sides.execute("SET LOCAL session_replication_role = replica");
            sides.compare("INSERT INTO c VALUES (5, 5, '2026-01-01', 0)");
            sides.execute("SET LOCAL session_replication_role = origin");

            for (Sql sql : sides.substitute(PARENT).drop(key)) {
                sides.execute(sql.text());
            }

            assertThat(sides.answer(
                            "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'c\\_p\\_fk%'"))
                    .isEqualTo("0");
            assertThat(sides.answer("SELECT count(*) FROM pg_proc WHERE proname LIKE 'c\\_p\\_fk%'"))
                    .isEqualTo("0");
            assertThat(sides.answer("SELECT count(*) FROM tidemark.substitute")).isEqualTo("0");
            assertThat(sides.differences()).isEmpty();
        }
    }
}

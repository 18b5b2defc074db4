package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table itself is altered while its rows are copied. What the new table cannot know stops the run, and the application never notices. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "a table that is altered while it is copied loses nothing")
class CopyAlteredIT {
    static final String PARTITIONS =
            """
            CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01 00:00Z') TO ('2026-01-02 00:00Z');
            CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-01-02 00:00Z') TO ('2026-01-03 00:00Z');
            CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2026-01-03 00:00Z') TO ('2026-01-04 00:00Z');
            INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '43 seconds', 'x' FROM generate_series(0, 5999) AS n;
            CREATE TABLE events_4 (LIKE events INCLUDING ALL);
            INSERT INTO events_4 SELECT n, '2026-01-04 00:00Z'::timestamptz + n * interval '43 seconds', 'attached' FROM generate_series(0, 99) AS n""";

    /** At each of these steps the run is somewhere else. */
    private static final String ATTACH =
            "ALTER TABLE events ATTACH PARTITION events_4 FOR VALUES FROM ('2026-01-04 00:00Z') TO ('2026-01-05 00:00Z')";

    @ParameterizedTest
    @CsvSource({
        "ADD COLUMN extra int DEFAULT 7, copy",
        "ADD COLUMN extra int DEFAULT 7, indexes",
        "ADD COLUMN extra int DEFAULT 7, judge",
        "ADD COLUMN extra int DEFAULT 7, cutover",
        "DROP COLUMN body, copy",
        "DROP COLUMN body, indexes",
        "DROP COLUMN body, prove",
        "DROP COLUMN body, cutover",
        "ALTER COLUMN code TYPE bigint, copy",
        "ALTER COLUMN code TYPE bigint, prove",
        "ALTER COLUMN code TYPE bigint, cutover",
        "RENAME COLUMN body TO body_, indexes",
        "RENAME COLUMN body TO body_, cutover"
    })
    void a_column_that_changes_stops_the_run(String change, String step, Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        step,
                        () -> database.execute(
                                "ALTER TABLE events " + change + "; UPDATE events SET parent = 3 WHERE id = 1"));

        assertThatThrownBy(scenario::convert).hasMessageContaining(change.replaceFirst(".*COLUMN (\\w+).*", "$1"));

        stopped(database, scenario);
    }

    /** What belongs to the table besides its columns would be missing afterwards. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE INDEX events_later ON events (parent)",
                "DROP INDEX events_first",
                "ALTER TABLE events ADD CONSTRAINT later CHECK (code < 1000000)",
                "ALTER TABLE events ALTER COLUMN body SET DEFAULT 'later'",
                "ALTER TABLE events ALTER COLUMN parent SET NOT NULL",
                "CREATE TRIGGER later BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
                "CREATE POLICY later ON events USING (true)",
                "ALTER TABLE events ENABLE ROW LEVEL SECURITY",
                "GRANT SELECT ON events TO PUBLIC",
                "GRANT SELECT (body) ON events TO PUBLIC",
                "COMMENT ON TABLE events IS 'later'",
                "COMMENT ON COLUMN events.body IS 'later'",
                "ALTER TABLE events DROP CONSTRAINT events_parent_fkey",
                "CREATE STATISTICS later ON code, parent FROM events",
                "ALTER INDEX events_first RENAME TO later",
                "ALTER TABLE events CLUSTER ON events_pkey",
                "ALTER TABLE events RENAME CONSTRAINT events_code_key TO later",
                "ALTER TABLE events SET (fillfactor = 80)",
                "ALTER TABLE events FORCE ROW LEVEL SECURITY",
                "ALTER TABLE events REPLICA IDENTITY FULL",
                "ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL",
                "CREATE SEQUENCE later OWNED BY events.code",
                "CREATE VIEW later AS SELECT id, body FROM events",
                "CREATE OR REPLACE VIEW first AS SELECT id, at, code FROM events",
                "CREATE FUNCTION later(e events) RETURNS bigint LANGUAGE sql AS 'SELECT e.id'",
                "ALTER TABLE events DISABLE TRIGGER USER",
                "ALTER TABLE events DISABLE TRIGGER USER; ALTER TABLE events ENABLE TRIGGER USER",
                "ALTER TABLE events RENAME TO elsewhere"
            })
    void a_definition_that_changes_stops_the_run(String change, Database database) throws Exception {
        database.execute(CopyChangesIT.START
                + "; CREATE INDEX events_first ON events (body); CREATE VIEW first AS SELECT id, at FROM events");
        CopyScenario scenario = CopyScenario.ofEvents(database).before("prove", () -> database.execute(change));

        if (change.contains("elsewhere")) {
            assertThatThrownBy(scenario::convert).hasMessageContaining("events");
            return;
        }
        assertThatThrownBy(scenario::convert).hasMessageContainingAll("TM410", "since the copy was begun");

        stopped(database, scenario);
    }

    /** What a conversion cannot follow at all has to go before it can be begun again. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CREATE MATERIALIZED VIEW later AS SELECT count(*) FROM events | DROP MATERIALIZED VIEW later | materialized view public.later",
                "CREATE PUBLICATION later FOR TABLE events | DROP PUBLICATION later | publication later has come",
                "CREATE PUBLICATION later FOR TABLES IN SCHEMA public | DROP PUBLICATION later | publication later has come",
                "CREATE PUBLICATION later FOR ALL TABLES | DROP PUBLICATION later | publication later has come",
                "CREATE TABLE later () INHERITS (events) | DROP TABLE later | inheritance by public.later has come",
                "CREATE TABLE above (id bigint NOT NULL); ALTER TABLE events INHERIT above | ALTER TABLE events NO INHERIT above | inheritance from public.above has come"
            })
    void what_ties_the_table_to_others_stops_the_run(String change, String undo, String named, Database database)
            throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database).before("cutover", () -> database.execute(change));

        assertThatThrownBy(scenario::convert).hasMessageContainingAll("TM410", named);

        database.execute(undo);
        scenario.convert();
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
    }

    @ParameterizedTest
    @CsvSource({
        "ALTER TABLE events RENAME TO elsewhere, ALTER TABLE elsewhere RENAME TO events, catch-up",
        "ALTER TABLE events RENAME TO elsewhere, ALTER TABLE elsewhere RENAME TO events, judge",
        "ALTER TABLE events RENAME TO elsewhere, ALTER TABLE elsewhere RENAME TO events, cutover",
        "CREATE SCHEMA elsewhere; ALTER TABLE events SET SCHEMA elsewhere, ALTER TABLE elsewhere.events SET SCHEMA public, cutover"
    })
    void a_table_that_is_renamed_is_named_and_the_run_goes_on_when_it_is_back(
            String change, String undo, String step, Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database).before(step, () -> database.execute(change));

        assertThatThrownBy(scenario::convert).hasMessageContainingAll("TM410", "has been renamed to", "elsewhere");

        database.execute(undo + "; UPDATE events SET code = -code WHERE id < 100");
        scenario.convert();
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
    }

    /** A TRUNCATE fires one trigger a partition, and none of the table's. */
    @ParameterizedTest
    @ValueSource(strings = {"copy", "indexes", "catch-up", "prove", "judge", "cutover"})
    void a_partition_that_is_emptied_is_emptied_in_the_copy(String step, Database database) throws Exception {
        database.execute(PARTITIONS);
        CopyScenario scenario =
                CopyScenario.ofEvents(database).before(step, () -> database.execute("TRUNCATE events_2"));

        scenario.convert();

        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
        assertThat(database.number(
                        "SELECT count(*) FROM events WHERE at >= '2026-01-02 00:00Z' AND at < '2026-01-03 00:00Z'"))
                .isZero();
    }

    @Test
    void an_applier_that_empties_the_table_is_followed(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "cutover",
                        () -> database.execute(
                                "SET session_replication_role = replica; TRUNCATE events; INSERT INTO events (id, at, code) VALUES (1, '2026-01-01', 1)"));

        scenario.convert();

        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(1);
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
    }

    /** One that was made meanwhile has been seen, or is seen for the first time when it is empty again. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "DROP TRIGGER tidemark_capture_truncate ON events_5; DELETE FROM tidemark.object WHERE purpose LIKE '%events_5%'; "
            })
    void a_new_partition_that_is_emptied_is_emptied_in_the_copy(String unseen, Database database) throws Exception {
        database.execute(PARTITIONS);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "catch-up",
                        () -> database.execute(
                                """
                                CREATE TABLE events_5 PARTITION OF events FOR VALUES FROM ('2026-01-05 00:00Z') TO ('2026-01-06 00:00Z');
                                INSERT INTO events SELECT n, '2026-01-05 00:00Z'::timestamptz + n * interval '43 seconds', 'new' FROM generate_series(0, 99) AS n"""))
                .before("cutover", () -> database.execute(unseen + "TRUNCATE events_5"));

        scenario.convert();

        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(6000);
    }

    /** What was written meanwhile is not in the log. */
    @Test
    void a_partition_whose_triggers_were_switched_off_stops_the_run(Database database) throws Exception {
        database.execute(PARTITIONS);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "cutover",
                        () -> database.execute(
                                "ALTER TABLE events_2 DISABLE TRIGGER USER; DELETE FROM events WHERE id = 3000; ALTER TABLE events_2 ENABLE TRIGGER USER"));

        assertThatThrownBy(scenario::convert)
                .hasMessageContainingAll("TM410", "events_2", "have not been recorded all the time");
    }

    private static void stopped(Database database, CopyScenario scenario) throws Exception {
        Rows rows = Rows.of(database, "events");
        assertThat(rows.count()).isEqualTo(5499);
        database.execute(
                "INSERT INTO events (id, at, code, parent) VALUES (-1, '2026-01-02', -1, 1); DELETE FROM events WHERE id = -1");
        scenario.abort();
        assertThat(scenario.state()).isEqualTo("UNDONE");
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(
                        database.column(
                                "SELECT relname FROM pg_class WHERE relname = 'events_new'"
                                        + " UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = 'events'::regclass AND tgname LIKE 'tidemark%'"))
                .isEmpty();
        scenario.convert();
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    /** Before its rows are listed to be copied. */
    @Test
    void a_partition_that_is_attached_in_time_is_copied(Database database) throws Exception {
        database.execute(PARTITIONS);
        CopyScenario.ofEvents(database)
                .before("copy", () -> database.execute(ATTACH))
                .convert();
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(6100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"copy", "indexes", "prove", "judge", "cutover"})
    void a_partition_that_is_made_is_copied(String step, Database database) throws Exception {
        database.execute(PARTITIONS);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        step,
                        () -> database.execute(
                                """
                                CREATE TABLE events_5 PARTITION OF events FOR VALUES FROM ('2026-01-05 00:00Z') TO ('2026-01-06 00:00Z');
                                INSERT INTO events SELECT n, '2026-01-05 00:00Z'::timestamptz + n * interval '43 seconds', 'new' FROM generate_series(0, 99) AS n"""));

        scenario.convert();

        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(6100);
    }

    /** Its rows come, or go, without a trigger that fires. */
    @ParameterizedTest
    @CsvSource({
        "attach, indexes",
        "attach, prove",
        "attach, judge",
        "attach, cutover",
        "detach, copy",
        "detach, indexes",
        "detach, prove",
        "detach, judge",
        "detach, cutover",
        "drop, copy",
        "drop, indexes",
        "drop, prove",
        "drop, judge",
        "drop, cutover"
    })
    void a_partition_with_rows_that_comes_or_goes_stops_the_run(String change, String step, Database database)
            throws Exception {
        database.execute(PARTITIONS);
        String partition = change.equals("attach") ? "events_4" : "events_1";
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        step,
                        () -> database.execute(
                                switch (change) {
                                    case "attach" -> ATTACH;
                                    case "detach" -> "ALTER TABLE events DETACH PARTITION events_1";
                                    default -> "DROP TABLE events_1";
                                }));

        assertThatThrownBy(scenario::convert)
                .hasMessageContainingAll(
                        "TM410", partition, change.equals("attach") ? "attached" : "detached or dropped");

        Rows rows = Rows.of(database, "events");
        scenario.abort();
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        scenario.convert();
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    /** A chunk that is dropped after the cutover: the retired table would bring its rows back. */
    @Test
    void rows_of_dropped_chunks_are_named_and_can_be_deleted_for_the_way_back(Database database) throws Exception {
        database.execute(CopyChangesIT.START);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        scenario.convert();
        database.rows("SELECT drop_chunks('events', '2026-01-02 00:00Z'::timestamptz)");
        Rows rows = Rows.of(database, "events");

        assertThatThrownBy(scenario::goBack)
                .hasMessageContainingAll(
                        "TM500", "is in the copy only", "dropped since the cutover", "delete them there");
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        database.execute("DELETE FROM events_old WHERE at < '2026-01-02 00:00Z'");
        scenario.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }
}

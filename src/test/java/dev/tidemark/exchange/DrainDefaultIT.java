package dev.tidemark.exchange;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.Finding;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.Refused;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rows of a DEFAULT partition get partitions of their own, and go back. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "rows of a DEFAULT partition get proper partitions in one window, and there is a way back")
class DrainDefaultIT {
    /** Days of which the first three have partitions; nine more lie in DEFAULT, which has things of its own. */
    static final String START =
            """
            CREATE TABLE stations (id integer PRIMARY KEY, name text);
            INSERT INTO stations SELECT g, 'station ' || g FROM generate_series(0, 9) AS g;
            CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, station integer NOT NULL REFERENCES stations, body text DEFAULT 'none',
                size integer GENERATED ALWAYS AS (length(body)) STORED, gone text, PRIMARY KEY (id, at), CHECK (station >= 0)) PARTITION BY RANGE (at);
            CREATE INDEX events_at ON events (at);
            CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-03-01 00:00+00') TO ('2026-03-02 00:00+00');
            CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-03-02 00:00+00') TO ('2026-03-03 00:00+00');
            ALTER TABLE events DROP COLUMN gone;
            CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2026-03-03 00:00+00') TO ('2026-03-04 00:00+00');
            CREATE TABLE events_default PARTITION OF events DEFAULT;
            CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
            CREATE TRIGGER everywhere BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION noted();
            CREATE TRIGGER here BEFORE INSERT ON events_default FOR EACH ROW EXECUTE FUNCTION noted();
            CREATE INDEX of_its_own ON events_default (station) WHERE station > 3;
            COMMENT ON TABLE events_default IS 'what is left';
            COMMENT ON INDEX of_its_own IS 'its own';
            COMMENT ON COLUMN events_default.body IS 'text';
            GRANT SELECT ON events_default TO PUBLIC;
            ALTER TABLE events_default SET (fillfactor = 90);
            CREATE STATISTICS events_default_both ON station, at FROM events_default;
            INSERT INTO events (at, station, body)
            SELECT timestamptz '2026-03-01 00:00+00' + g * interval '50 seconds', g % 10, repeat('x', 200) FROM generate_series(0, 19999) AS g;
            ANALYZE events;""";

    private static ExchangeScenario drain(Database database) {
        return new ExchangeScenario(database, Goal.DRAINED, "events");
    }

    @Test
    void rows_get_partitions_of_their_own_and_go_back(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database);
        String definition = scenario.definition();
        Rows rows = Rows.of(database, "events");

        Outcome there = scenario.apply();

        assertThat(there.proofs()).singleElement().asString().contains("14816 rows");
        assertThat(scenario.partitions())
                .hasSize(13)
                .contains(
                        "events_default DEFAULT",
                        "events_y2026m03d04 2026-03-04 TO 2026-03-05",
                        "events_y2026m03d12 2026-03-12 TO 2026-03-13");
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(database.number("SELECT count(*) FROM events_default")).isZero();
        assertThat(database.number("SELECT count(*) FROM pg_constraint WHERE conname LIKE 'tidemark%'"))
                .isZero();
        assertThat(ofDefault(scenario.definition())).isEqualTo(ofDefault(definition));

        scenario.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(scenario.definition()).isEqualTo(definition);
        assertThat(
                        database.number(
                                "SELECT count(*) FROM pg_class WHERE relnamespace = 'tidemark'::regnamespace AND relname ~ '^(capture|way_back|pieces)_'"))
                .isZero();
    }

    /** What is said of the DEFAULT partition. */
    private static List<String> ofDefault(String definition) {
        return definition
                .lines()
                .filter(line -> line.contains("events_default") || line.contains("of_its_own"))
                .filter(line -> !line.contains("_old") && !line.contains("tidemark"))
                .toList();
    }

    /** A new day, a moved row, a deleted one, and everything that is written after the window. */
    @Test
    void what_is_written_meanwhile_and_since_is_kept(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database)
                .before(
                        "indexes",
                        () -> database.execute(
                                """
                        INSERT INTO events (at, station, body) SELECT timestamptz '2026-05-01 00:00+00' + g * interval '1 hour', 1, 'late' FROM generate_series(0, 99) AS g;
                        UPDATE events SET at = at + interval '70 days' WHERE id BETWEEN 6000 AND 6100;
                        UPDATE events SET at = '2026-03-01 00:00+00' WHERE id BETWEEN 7000 AND 7100;
                        DELETE FROM events WHERE id BETWEEN 8000 AND 8100"""))
                .before(
                        "cutover",
                        () -> database.execute(
                                "INSERT INTO events (at, station, body) VALUES ('1999-12-31 12:00+00', 1, 'old'); UPDATE events SET body = 'y' WHERE id = 9000"));

        scenario.apply();

        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(20_000 + 100 - 101 + 1);
        assertThat(database.number("SELECT count(*) FROM events_default")).isZero();
        assertThat(scenario.partitions()).contains("events_y1999m12d31 1999-12-31 TO 2000-01-01");

        database.execute(
                """
                INSERT INTO events (at, station, body) VALUES ('2030-01-01 12:00+00', 2, 'in DEFAULT');
                UPDATE events SET body = 'z' WHERE id BETWEEN 10000 AND 10100;
                UPDATE events SET at = at + interval '1 day' WHERE id BETWEEN 10200 AND 10300;
                DELETE FROM events WHERE id BETWEEN 10400 AND 10500""");
        String others = "SELECT * FROM events WHERE id <> 11000";
        Rows rows = Rows.of(database, others);
        scenario.beforeBack("cutover", () -> database.execute("UPDATE events SET body = 'last' WHERE id = 11000"));

        scenario.goBack();

        assertThat(Rows.of(database, others)).isEqualTo(rows);
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(19_900);
        assertThat(database.number(
                        "SELECT count(*) FROM events WHERE body = 'last' AND tableoid = 'events_default'::regclass"))
                .isEqualTo(1);
        assertThat(scenario.partitions()).hasSize(4);
    }

    @Test
    void a_truncate_is_followed_in_both_directions(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database)
                .workers(1)
                .before(
                        "indexes",
                        () -> database.execute(
                                "TRUNCATE events; INSERT INTO events (at, station, body) SELECT '2026-04-01 00:00+00', 1, 'after' FROM generate_series(1, 10)"));

        scenario.apply();

        assertThat(scenario.partitions()).contains("events_y2026m04d01 2026-04-01 TO 2026-04-02");
        assertThat(database.number("SELECT count(*) FROM events_y2026m04d01")).isEqualTo(10);

        database.execute(
                "TRUNCATE events; INSERT INTO events (at, station, body) SELECT '2026-04-01 00:00+00', 1, 'again' FROM generate_series(1, 7)");
        scenario.goBack();

        assertThat(database.number("SELECT count(*) FROM events_default WHERE body = 'again'"))
                .isEqualTo(7);
    }

    @Test
    void foreign_keys_to_the_table_come_back(Database database) throws Exception {
        database.execute(START);
        database.execute(
                """
                CREATE TABLE notes (event bigint, at timestamptz, note text, FOREIGN KEY (event, at) REFERENCES events);
                INSERT INTO notes SELECT id, at, 'n' FROM events WHERE id % 100 = 0""");
        ExchangeScenario scenario = drain(database);
        String definition = scenario.definition();

        scenario.apply();
        assertThatThrownBy(() -> database.execute("DELETE FROM events WHERE id = 19900"))
                .hasMessageContaining("notes_event_at_fkey");
        assertThat(database.number(
                        "SELECT count(*) FROM pg_constraint WHERE conname = 'notes_event_at_fkey' AND convalidated"))
                .isEqualTo(1);

        scenario.goBack();
        assertThatThrownBy(() -> database.execute("DELETE FROM events WHERE id = 19900"))
                .hasMessageContaining("notes_event_at_fkey");
        assertThat(scenario.definition()).isEqualTo(definition);
    }

    /** What would read too many rows in the window is validated beside the application. */
    @Test
    void foreign_keys_of_many_rows_rest(Database database) throws Exception {
        database.execute(START.replace("'50 seconds'", "'3300 milliseconds'").replace("19999", "299999"));
        database.execute("COMMENT ON CONSTRAINT events_station_fkey ON events IS 'where'");
        ExchangeScenario scenario = drain(database).maxPause(Duration.ofMillis(600));
        String definition = scenario.definition();
        String foreignKeys =
                "SELECT conrelid::regclass || ' ' || conname || ' ' || convalidated || ' ' || (conparentid <> 0) || coalesce(' ' || obj_description(oid, 'pg_constraint'), '') FROM pg_constraint WHERE contype = 'f' AND confrelid = 'stations'::regclass ORDER BY 1";

        scenario.before("validate-foreign-keys", () -> {
            assertThat(database.column(foreignKeys)).contains("events_y2026m03d05 events_station_fkey false false");
            assertThatThrownBy(() ->
                            database.execute("INSERT INTO events (at, station) VALUES ('2026-03-05 00:00+00', 77)"))
                    .hasMessageContaining("events_station_fkey");
        });
        scenario.apply();

        assertThat(database.column(foreignKeys))
                .hasSize(14)
                .contains(
                        "events events_station_fkey true false where",
                        "events_1 events_station_fkey true true",
                        "events_y2026m03d05 events_station_fkey true true");

        scenario.goBack();

        assertThat(scenario.definition()).isEqualTo(definition);
    }

    /** The retired partition lags behind: it must not keep a row from being deleted that only it references. */
    @Test
    void a_referenced_row_can_be_deleted_while_the_retired_partition_lags_behind(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database);
        scenario.apply();

        database.execute("DELETE FROM events WHERE station = 9");
        database.execute("DELETE FROM stations WHERE id = 9");
        scenario.goBack();

        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(18_000);
        assertThatThrownBy(() -> database.execute("INSERT INTO events (at, station) VALUES ('2026-03-08 00:00+00', 9)"))
                .hasMessageContaining("events_station_fkey");
    }

    @Test
    void days_of_berlin_have_23_hours_once_a_year(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE "Über ""Tage"" 'x'" (id integer NOT NULL, "Wann?" timestamptz NOT NULL, "$tidemark$" text, PRIMARY KEY (id, "Wann?")) PARTITION BY RANGE ("Wann?");
                CREATE TABLE "d 1" PARTITION OF "Über ""Tage"" 'x'" FOR VALUES FROM ('2026-03-26 00:00 Europe/Berlin') TO ('2026-03-27 00:00 Europe/Berlin');
                CREATE TABLE "d'2" PARTITION OF "Über ""Tage"" 'x'" FOR VALUES FROM ('2026-03-27 00:00 Europe/Berlin') TO ('2026-03-28 00:00 Europe/Berlin');
                CREATE TABLE "de""fault" PARTITION OF "Über ""Tage"" 'x'" DEFAULT;
                CREATE INDEX "an ""index\""" ON "Über ""Tage"" 'x'" ("Wann?");
                INSERT INTO "Über ""Tage"" 'x'" SELECT g, timestamptz '2026-03-26 00:00 Europe/Berlin' + g * interval '10 minutes', 'x' FROM generate_series(0, 1000) AS g""");
        ExchangeScenario scenario = new ExchangeScenario(database, Goal.DRAINED, "Über \"Tage\" 'x'")
                .zone("Europe/Berlin")
                .pattern("{table} {yyyy}\"{MM}'{dd}");
        String definition = scenario.definition();

        scenario.apply();

        assertThat(scenario.partitions())
                .contains(
                        "Über \"Tage\" x 2026\"03 28 2026-03-27 23:00:00+00 TO 2026-03-28 23:00:00+00",
                        "Über \"Tage\" x 2026\"03 29 2026-03-28 23:00:00+00 TO 2026-03-29 22:00:00+00",
                        "Über \"Tage\" x 2026\"03 30 2026-03-29 22:00:00+00 TO 2026-03-30 22:00:00+00");
        assertThat(database.number("SELECT count(*) FROM \"de\"\"fault\"")).isZero();

        scenario.goBack();

        assertThat(scenario.definition()).isEqualTo(definition);
        assertThat(database.number("SELECT count(*) FROM \"de\"\"fault\"")).isEqualTo(1001 - 288);
    }

    @Test
    void integers_count_time_or_something_else(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE millis (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
                CREATE TABLE millis_1 PARTITION OF millis FOR VALUES FROM (1767225600000) TO (1767312000000);
                CREATE TABLE millis_default PARTITION OF millis DEFAULT;
                INSERT INTO millis SELECT 1767225600000 + g * 3600000::bigint FROM generate_series(0, 99) AS g;
                CREATE TABLE numbers (id integer PRIMARY KEY) PARTITION BY RANGE (id);
                CREATE TABLE numbers_1 PARTITION OF numbers FOR VALUES FROM (500) TO (1500);
                CREATE TABLE numbers_2 PARTITION OF numbers FOR VALUES FROM (1500) TO (2500);
                CREATE TABLE numbers_default PARTITION OF numbers DEFAULT;
                INSERT INTO numbers SELECT g FROM generate_series(-700, 5000) AS g;""");
        ExchangeScenario millis = new ExchangeScenario(database, Goal.DRAINED, "millis").epoch(Epoch.MS);
        ExchangeScenario numbers = new ExchangeScenario(database, Goal.DRAINED, "numbers");

        millis.apply();
        numbers.apply();

        assertThat(millis.partitions())
                .containsExactly(
                        "millis_1 1767225600000 TO 1767312000000",
                        "millis_default DEFAULT",
                        "millis_y2026m01d02 1767312000000 TO 1767398400000",
                        "millis_y2026m01d03 1767398400000 TO 1767484800000",
                        "millis_y2026m01d04 1767484800000 TO 1767571200000",
                        "millis_y2026m01d05 1767571200000 TO 1767657600000");
        assertThat(numbers.partitions())
                .containsExactly(
                        "numbers_1 500 TO 1500",
                        "numbers_2 1500 TO 2500",
                        "numbers_default DEFAULT",
                        "numbers_p2500 2500 TO 3500",
                        "numbers_p3500 3500 TO 4500",
                        "numbers_p4500 4500 TO 5500",
                        "numbers_pm1500 -1500 TO -500",
                        "numbers_pm500 -500 TO 500");
        millis.goBack();
        numbers.goBack();
        assertThat(database.number(
                        "SELECT (SELECT count(*) FROM millis_default) + (SELECT count(*) FROM numbers_default)"))
                .isEqualTo(76 + 3701);
    }

    /** Its range is free only in part. */
    @Test
    void pieces_end_where_partitions_are(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id integer NOT NULL, at timestamp NOT NULL, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
                CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-03-01') TO ('2026-03-02');
                CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-03-02') TO ('2026-03-03');
                CREATE TABLE middle PARTITION OF events FOR VALUES FROM ('2026-03-04 06:00') TO ('2026-03-04 18:00');
                CREATE TABLE events_default PARTITION OF events DEFAULT;
                INSERT INTO events SELECT g, timestamp '2026-03-01' + g * interval '1 hour' FROM generate_series(0, 120) AS g""");
        ExchangeScenario scenario = drain(database);

        scenario.apply();

        assertThat(scenario.partitions())
                .containsExactly(
                        "events_1 2026-03-01 00:00:00 TO 2026-03-02 00:00:00",
                        "events_2 2026-03-02 00:00:00 TO 2026-03-03 00:00:00",
                        "events_default DEFAULT",
                        "events_y2026m03d03 2026-03-03 00:00:00 TO 2026-03-04 00:00:00",
                        "events_y2026m03d04 2026-03-04 00:00:00 TO 2026-03-04 06:00:00",
                        "events_y2026m03d04_2 2026-03-04 18:00:00 TO 2026-03-05 00:00:00",
                        "events_y2026m03d05 2026-03-05 00:00:00 TO 2026-03-06 00:00:00",
                        "events_y2026m03d06 2026-03-06 00:00:00 TO 2026-03-07 00:00:00",
                        "middle 2026-03-04 06:00:00 TO 2026-03-04 18:00:00");
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(121);
    }

    /** Somebody makes a partition meanwhile: of a range without rows, or of one whose rows he moves. */
    @Test
    void partitions_that_come_meanwhile_stay(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database)
                .before(
                        "cutover",
                        () -> database.execute(
                                """
                        CREATE TABLE premade PARTITION OF events FOR VALUES FROM ('2026-06-01 00:00+00') TO ('2026-06-02 00:00+00');
                        BEGIN;
                        CREATE TEMPORARY TABLE moving AS SELECT * FROM events_default WHERE at >= '2026-03-08 00:00+00' AND at < '2026-03-09 00:00+00';
                        DELETE FROM events_default WHERE at >= '2026-03-08 00:00+00' AND at < '2026-03-09 00:00+00';
                        CREATE TABLE moved PARTITION OF events FOR VALUES FROM ('2026-03-08 00:00+00') TO ('2026-03-09 00:00+00');
                        INSERT INTO events (id, at, station, body) OVERRIDING SYSTEM VALUE SELECT id, at, station, body FROM moving;
                        COMMIT"""));
        Rows rows = Rows.of(database, "events");

        scenario.apply();

        assertThat(scenario.partitions())
                .contains("moved 2026-03-08 TO 2026-03-09", "premade 2026-06-01 TO 2026-06-02")
                .noneMatch(p -> p.startsWith("events_y2026m03d08"))
                .hasSize(14);
        assertThat(Rows.of(database, "events")).isEqualTo(rows);

        scenario.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(scenario.partitions()).hasSize(6).contains("moved 2026-03-08 TO 2026-03-09");
    }

    @Test
    void what_can_be_nowhere_else_stays_in_default(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id integer, at timestamptz) PARTITION BY RANGE (at);
                CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-03-01 00:00+00') TO ('2026-03-02 00:00+00');
                CREATE TABLE events_default PARTITION OF events DEFAULT;
                INSERT INTO events VALUES (1, NULL), (2, 'infinity'), (3, '-infinity'), (4, '2026-03-05 00:00+00'), (4, '2026-03-05 00:00+00')""");
        ExchangeScenario scenario = drain(database);

        assertThat(scenario.plan().findings()).extracting(Finding::code).contains("TM349", "TM305");
        scenario.apply();

        assertThat(database.column("SELECT id FROM events_default ORDER BY id")).containsExactly("1", "2", "3");
        assertThat(scenario.partitions()).hasSize(3).contains("events_y2026m03d05 2026-03-05 TO 2026-03-06");
        database.execute("INSERT INTO events VALUES (5, '2026-03-05 12:00+00'), (6, '2027-03-05 12:00+00')");

        scenario.goBack();

        assertThat(database.column("SELECT id FROM events_default ORDER BY id"))
                .containsExactly("1", "2", "3", "4", "4", "5", "6");
    }

    @Test
    void an_empty_default_is_left_as_it_is(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database);
        scenario.apply();
        scenario.finish();
        String definition = scenario.definition();

        Outcome again = scenario.apply();

        assertThat(again.result()).isEqualTo(Outcome.Result.NOTHING_TO_DO);
        // What had nothing to do takes nothing back, least of all what another change did.
        ExchangeScenario split = new ExchangeScenario(database, Goal.SPLIT, "events");
        assertThat(split.apply().result()).isEqualTo(Outcome.Result.NOTHING_TO_DO);
        assertThat(split.takeBack().result()).isEqualTo(Outcome.Result.NOTHING_TO_UNDO);
        assertThat(scenario.plan().findings())
                .extracting(Finding::toString)
                .anyMatch(f -> f.contains("\"events_default\" holds no row"));
        assertThat(scenario.definition()).isEqualTo(definition);
    }

    @Test
    void it_is_proved_again_finalized_and_done_again(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database);
        scenario.apply();
        database.execute("UPDATE events SET body = 'since' WHERE id = 12000");

        assertThat(scenario.verify()).singleElement().asString().contains("14815 rows");
        // Behind the triggers.
        database.execute(
                "ALTER TABLE events_y2026m03d10 DISABLE TRIGGER ALL; UPDATE events SET body = 'lost' WHERE id = 15700; ALTER TABLE events_y2026m03d10 ENABLE TRIGGER ALL");
        assertThatThrownBy(scenario::verify)
                .isInstanceOf(Refused.class)
                .hasMessageContaining("row (15700")
                .hasMessageContaining("body");
        database.execute("UPDATE events SET body = 'found' WHERE id = 15700");
        assertThat(scenario.verify()).hasSize(1);
        assertThat(database.number(
                        "SELECT count(*) FROM pg_views WHERE schemaname = 'tidemark' AND viewname LIKE 'pieces%'"))
                .isZero();

        assertThatThrownBy(() -> new ExchangeScenario(database, Goal.SPLIT, "events").apply())
                .hasMessageContaining("Finalize");
        scenario.finish();

        assertThat(database.number("SELECT count(*) FROM pg_class WHERE relname LIKE 'events_default%old%'"))
                .isZero();
        assertThat(database.number("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'tidemark%'"))
                .isZero();
        database.execute("INSERT INTO events (at, station) VALUES ('2026-07-01 00:00+00', 1)");
        assertThat(scenario.apply().result()).isEqualTo(Outcome.Result.DONE);
        assertThat(scenario.partitions()).contains("events_y2026m07d01 2026-07-01 TO 2026-07-02");
    }

    @Test
    void a_row_that_was_altered_behind_the_triggers_is_found(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database)
                .before(
                        "prove",
                        () -> database.execute("UPDATE events_default_new SET body = 'wrong' WHERE id = 15000"));

        assertThatThrownBy(scenario::apply).hasMessageContaining("row (15000").hasMessageContaining("body");
        assertThat(database.number("SELECT count(*) FROM events_default")).isEqualTo(14_816);
    }

    /** What the table has got since has to be the partition's too. */
    @Test
    void the_partition_that_comes_back_fits_the_table_of_that_day(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database);
        scenario.apply();
        database.execute(
                "CREATE INDEX since ON events (station, at); ALTER TABLE events ADD COLUMN more integer; UPDATE events SET more = 1 WHERE id = 12000");

        assertThatThrownBy(scenario::goBack).hasMessageContaining("TM502").hasMessageContaining("column more of");
        database.execute("ALTER TABLE events_default_old ADD COLUMN more integer");
        scenario.goBack();

        assertThat(database.number("SELECT more FROM events_default WHERE id = 12000"))
                .isEqualTo(1);
        assertThat(
                        database.number(
                                "SELECT count(*) FROM pg_inherits AS i JOIN pg_index AS x ON x.indexrelid = i.inhrelid WHERE i.inhparent = 'since'::regclass AND x.indrelid = 'events_default'::regclass"))
                .isEqualTo(1);
    }

    /** An index that comes during the copy would be missing in the new partitions, or be built in the window. */
    @Test
    void an_alteration_meanwhile_stops_it(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario =
                drain(database).before("catch-up", () -> database.execute("CREATE INDEX meanwhile ON events (body)"));

        assertThatThrownBy(scenario::apply).hasMessageContaining("TM410").hasMessageContaining("index");
        database.execute("DROP INDEX meanwhile");

        assertThat(scenario.apply().result()).isEqualTo(Outcome.Result.DONE);
    }

    /** Rows of the new partitions are younger than its snapshot, and those of the old one are no longer in the table. */
    @Test
    void the_window_waits_for_a_snapshot_from_before(Database database) throws Exception {
        database.execute(START);
        String count =
                "SELECT count(*) || ' ' || count(*) FILTER (WHERE body = 'late') || ' ' || count(*) FILTER (WHERE body = 'later') FROM events";
        List<String> seen = new ArrayList<>();
        try (Connection reader = database.connect()) {
            reader.setAutoCommit(false);
            reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            ExchangeScenario scenario = drain(database)
                    .before("cutover", () -> {
                        database.execute("UPDATE events SET body = 'late' WHERE id BETWEEN 15000 AND 15100");
                        reader.createStatement().execute("SELECT count(*) FROM pg_class");
                        database.execute("UPDATE events SET body = 'later' WHERE id BETWEEN 15200 AND 15300");
                    })
                    .whenPostponed(() -> {
                        seen.add(value(reader, count));
                        reader.commit();
                    });

            scenario.apply();
            if (seen.isEmpty()) {
                seen.add(value(reader, count));
            }

            assertThat(seen).containsExactly("20000 101 0");
            assertThat(scenario.postponed()).singleElement().asString().contains("has worked with an old snapshot");
        }
        assertThat(database.value(count)).isEqualTo("20000 101 101");
    }

    private static String value(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void what_stands_against_it_is_named(Database database) throws Exception {
        database.execute(START);
        database.execute("CREATE VIEW leftovers AS SELECT * FROM events_default; CREATE TABLE plain (at timestamptz)");

        assertThat(codes(drain(database))).containsExactly("TM348");
        assertThat(codes(new ExchangeScenario(database, Goal.DRAINED, "plain"))).containsExactly("TM340");
        assertThat(codes(drain(database).zone("Berlin"))).contains("TM170");
        assertThat(codes(drain(database).epoch(Epoch.S))).contains("TM105");
        assertThat(codes(drain(database).interval("5 hours"))).contains("TM104");
    }

    private static List<String> codes(ExchangeScenario scenario) throws Exception {
        return scenario.plan().blockers().stream().map(Finding::code).toList();
    }
}

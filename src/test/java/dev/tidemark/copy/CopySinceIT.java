package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.VerifyRequest;
import dev.tidemark.run.Outcome;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Refused;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only later rows are copied; the rest stays where it is, is seen, and is not lost. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "copySince: the rest stays, is seen, and is not lost")
class CopySinceIT {
    /** Ninety days, ten rows a day. */
    private static final String ROWS =
            "INSERT INTO events SELECT n, now() - n * interval '144 minutes', 'b' || n FROM generate_series(0, 899) AS n";

    private static final String EVENTS =
            "CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, body text); " + ROWS;

    private static final String ALL = "SELECT count(*) || ' rows, ' || sum(hashtextextended(e::text, 0)) FROM %s AS e";

    @Test
    void the_rest_stays_and_is_seen(Database database) throws Exception {
        database.execute(EVENTS + "; CREATE INDEX ON events (at); GRANT SELECT ON events TO pg_monitor");
        long inserted = 5_000;
        CopyScenario scenario = CopyScenario.ofEvents(database)
                // The log has them, and so has the copy that was begun before.
                .before(
                        "catch-up",
                        () -> database.execute(
                                """
                        UPDATE events SET at = at - interval '30 days', body = 'to the old' WHERE id IN (3, 4);
                        UPDATE events SET at = now(), body = 'to the new' WHERE id IN (800, 801);
                        UPDATE events SET body = 'old and changed' WHERE id = 700;
                        DELETE FROM events WHERE id IN (701, 5);
                        INSERT INTO events VALUES (%s, now() - interval '40 days', 'old and new')"""
                                        .formatted(inserted)))
                .before(
                        "cutover",
                        () -> database.execute(
                                """
                        UPDATE events SET at = at - interval '30 days', body = 'to the old, late' WHERE id = 6;
                        UPDATE events SET at = now(), body = 'to the new, late' WHERE id = 802;
                        UPDATE events SET body = 'changed late' WHERE id IN (8, 703)"""));

        apply(database, scenario, since("15 days"));
        String before = database.value(ALL.formatted("events_old"));

        assertThat(database.value(ALL.formatted("events_all"))).isEqualTo(before);
        assertThat(database.number("SELECT count(*) FROM events WHERE at < " + boundary(database)))
                .isZero();
        assertThat(database.number("SELECT count(*) FROM events")).isBetween(150L, 165L);
        assertThat(database.column("SELECT body FROM events WHERE id IN (3, 4, 6, 8, 700, 800, 801, 802) ORDER BY id"))
                .containsExactly("changed late", "to the new", "to the new", "to the new, late");
        assertThat(database.value("SELECT has_table_privilege('pg_monitor', 'events_all', 'SELECT')"))
                .isEqualTo("t");

        database.execute("INSERT INTO events VALUES (9000, now() - interval '50 days', 'old, after the cutover'),"
                + " (9001, '-infinity', 'the beginning of time'), (9002, now(), 'new')");
        database.execute("UPDATE events SET at = at - interval '20 days' WHERE id = 10");
        assertThat(database.number("SELECT count(*) FROM events_before")).isEqualTo(3);
        assertThat(database.number("SELECT count(*) FROM events_all"))
                .isEqualTo(database.number("SELECT count(*) + 3 FROM events_old"));
        try (Connection connection = database.connect()) {
            assertThat(scenario.on(connection).verify(CopyScenario.EVENTS))
                    .singleElement()
                    .asString()
                    .startsWith("holds");
        }
        String all = database.value(ALL.formatted("events_all"));

        goBack(database, scenario);

        assertThat(database.value(ALL.formatted("events"))).isEqualTo(all);
        assertThat(database.value("SELECT to_regclass('events_all')")).isNull();
        assertThat(database.value("SELECT to_regclass('events_before')")).isNull();
        assertThat(database.number("SELECT count(*) FROM tidemark.object WHERE kind = 'rest'"))
                .isZero();
    }

    /** Plain tables by place, partitions, hypertables by time; every type of time; proved by time and by key. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "timestamp without time zone | now() AT TIME ZONE 'America/New_York' | | interval '1 day' |",
                "date | (now() AT TIME ZONE 'America/New_York')::date | | 1 | ",
                "bigint | extract(epoch from now())::bigint * 1000 | MS | 86400000::bigint |",
                "integer | extract(epoch from now())::integer | S | 86400 |",
                "timestamp with time zone | now() | | interval '1 day' | PARTITION BY RANGE (at)"
            })
    void whatever_the_source_and_the_type(String row, Database database) throws Exception {
        String[] what = row.split("\\|", -1);
        String type = what[0].strip();
        String now = what[1].strip();
        Optional<Epoch> epoch =
                Optional.of(what[2].strip()).filter(e -> !e.isEmpty()).map(Epoch::valueOf);
        String day = what[3].strip();
        String source = what.length > 4 ? what[4].strip() : "";
        database.execute("CREATE TABLE events (id bigint, at " + type + " NOT NULL, body text, PRIMARY KEY (id"
                + (source.isEmpty() ? ")) " : ", at)) ") + (source.startsWith("PART") ? source : ""));
        if (source.startsWith("PART")) {
            database.execute(
                    "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now() - interval '3 days'));"
                            + " CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (date_trunc('day', now() - interval '3 days')) TO (MAXVALUE)");
        }
        database.execute("INSERT INTO events SELECT n, " + now + " - n * " + day
                + ", 'b' || n FROM generate_series(0, 59) AS n");
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "catch-up",
                        () -> database.execute(
                                "UPDATE events SET at = at - 30 * " + day + " WHERE id = 3; UPDATE events SET at = "
                                        + now + " WHERE id = 50; DELETE FROM events WHERE id IN (5, 51)"));

        apply(database, scenario, since("10 days", epoch, "1 day", "America/New_York"));

        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(10);
        assertThat(database.number("SELECT count(*) FROM events_old")).isEqualTo(58);
        assertThat(database.value(ALL.formatted("events_all"))).isEqualTo(database.value(ALL.formatted("events_old")));
        database.execute("INSERT INTO events VALUES (100, " + now + " - 100 * " + day + ", 'old')");
        String all = database.value(ALL.formatted("events_all"));

        goBack(database, scenario);

        assertThat(database.value(ALL.formatted("events"))).isEqualTo(all);
    }

    /** A TRUNCATE of the new table means its rows, not those that it never had. */
    @Test
    void a_truncate_after_the_cutover_leaves_the_rest(Database database) throws Exception {
        database.execute(EVENTS);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario, since("15 days"));
        long rest = database.number("SELECT count(*) FROM events_old WHERE at < " + boundary(database));
        database.execute(
                "TRUNCATE events; INSERT INTO events VALUES (7, now(), 'since then'), (9000, '2020-01-01', 'old')");

        goBack(database, scenario);

        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(rest + 2);
        assertThat(database.column("SELECT body FROM events WHERE id IN (7, 9000) ORDER BY id"))
                .containsExactly("since then", "old");
    }

    @Test
    void what_was_left_is_not_dropped_by_accident(Database database) throws Exception {
        database.execute(EVENTS);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario, since("15 days"));
        long rest = database.number("SELECT count(*) FROM events_old WHERE at < " + boundary(database));
        try (Connection connection = database.connect()) {
            Tidemark tidemark = scenario.on(connection);
            assertThatThrownBy(() -> tidemark.finalizeConversion(finish(false)))
                    .isInstanceOf(Refused.class)
                    .hasMessageContainingAll(
                            "TM404",
                            rest + " rows",
                            "\"public\".\"events_old\"",
                            "\"public\".\"events_all\"",
                            "dropRest");
            assertThat(database.number("SELECT count(*) FROM events_old")).isEqualTo(900);

            tidemark.finalizeConversion(finish(true));
        }
        assertThat(database.value("SELECT concat(to_regclass('events_old'), to_regclass('events_all'))"))
                .isEmpty();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(900 - rest);
    }

    /** Somebody has moved the rest elsewhere. */
    @Test
    void nothing_left_is_nothing_to_lose(Database database) throws Exception {
        database.execute(EVENTS);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario, since("15 days"));
        database.execute("DELETE FROM events_old WHERE at < " + boundary(database));
        try (Connection connection = database.connect()) {
            scenario.on(connection).finalizeConversion(finish(false));
        }
        assertThat(database.value("SELECT concat(to_regclass('events_old'), to_regclass('events_all'))"))
                .isEmpty();
    }

    @Test
    void the_plan_says_what_stays(Database database) throws Exception {
        database.execute(EVENTS + "; CREATE TABLE events_all (); CREATE TABLE events_before ()");
        try (Connection connection = database.connect()) {
            Plan plan = Tidemark.on(connection).plan(since("15 days"));

            assertThat(plan.isGo()).isTrue();
            assertThat(plan.findings())
                    .filteredOn(f -> f.code().equals("TM311"))
                    .singleElement()
                    .satisfies(f -> assertThat(f.what())
                            .containsPattern(
                                    "^7[45]\\d rows of \"public\".\"events\", before \\d{4}-\\d\\d-\\d\\d 00:00:00 \\(Europe/Berlin\\), are not copied \\(counted in 0\\.\\d+ s\\)")
                            .contains("\"events_all2\" shows them", "\"events_before2\"", "UPDATE and DELETE"));
        }
    }

    /** A session is terminated while it copies; whoever goes on has the boundary of the beginning. */
    @Test
    void a_run_that_was_broken_off_keeps_its_boundary(Database database) throws Exception {
        database.execute(EVENTS.replace("899", "59999").replace("144 minutes", "130 seconds"));
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .workers(1)
                .before(
                        "copy",
                        () -> Gate.close(database, "copy", () -> assertThat(
                                        database.number(
                                                "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"))
                                .isPositive()));
        assertThatThrownBy(() -> apply(database, scenario, since("15 days")));
        String since = boundary(database);
        database.execute("DROP SCHEMA gate CASCADE; UPDATE events SET at = at - interval '30 days' WHERE id < 3");

        assertThat(apply(database, scenario, since("15 days")).result()).isEqualTo(Outcome.Result.DONE);

        assertThat(boundary(database)).isEqualTo(since);
        assertThat(database.value(ALL.formatted("events_all"))).isEqualTo(database.value(ALL.formatted("events_old")));
        assertThat(database.number("SELECT count(*) FROM events"))
                .isEqualTo(database.number("SELECT count(*) FROM events_old WHERE at >= " + since));
    }

    /** Proved and repaired is what was copied; by time and by key. */
    @ParameterizedTest
    @ValueSource(strings = {"", "; CREATE INDEX ON events (at)"})
    void a_repair_leaves_the_rest_alone(String index, Database database) throws Exception {
        database.execute(EVENTS + index);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario, since("15 days"));
        String rest = ALL.formatted("events_old") + " WHERE at < " + boundary(database);
        String before = database.value(rest);
        database.execute(
                "UPDATE events_old SET body = 'damaged' WHERE id = 7; DELETE FROM events_old WHERE id = 8; INSERT INTO events_old VALUES (-1, now() - interval '5 days', 'stray')");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = scenario.on(connection);
            assertThatThrownBy(() -> tidemark.verify(CopyScenario.EVENTS)).hasMessageContaining("BROKEN");
            assertThat(database.psql(tidemark.proofScript(CopyScenario.EVENTS)).exitCode())
                    .isEqualTo(3);

            tidemark.verify(new VerifyRequest(CopyScenario.EVENTS, true, Options.DEFAULTS.tuning()));

            assertThat(database.psql(tidemark.proofScript(CopyScenario.EVENTS))
                            .succeeded()
                            .stdout())
                    .startsWith("holds: ");
        }
        assertThat(database.value(rest)).isEqualTo(before);
        assertThat(database.value(ALL.formatted("events") + " WHERE at >= " + boundary(database)))
                .isEqualTo(database.value(ALL.formatted("events_old") + " WHERE at >= " + boundary(database)));
    }

    /** Its rows are older than all that is copied, so nobody had to record them. */
    @Test
    void an_old_partition_that_comes_meanwhile_is_nothing_new(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
                CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
                CREATE TABLE events_0 (LIKE events INCLUDING ALL);
                INSERT INTO events_0 SELECT -n, '2019-06-01', 'old' FROM generate_series(1, 10) AS n;"""
                        + ROWS);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        "catch-up",
                        () -> database.execute(
                                "ALTER TABLE events ATTACH PARTITION events_0 FOR VALUES FROM ('2019-01-01') TO ('2020-01-01')"));

        apply(database, scenario, since("15 days"));

        assertThat(database.number("SELECT count(*) FROM events_all")).isEqualTo(910);
    }

    /** The view goes with the way back, so what needs it is named before anything changes. */
    @Test
    void what_reads_the_view_is_named(Database database) throws Exception {
        database.execute(EVENTS);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        apply(database, scenario, since("15 days"));
        database.execute("CREATE VIEW report AS SELECT count(*) FROM events_all");

        assertThatThrownBy(() -> goBack(database, scenario)).hasMessageContainingAll("TM502", "report", "events_all");

        assertThat(scenario.state()).isEqualTo("DONE");
        database.execute("DROP VIEW report");
        goBack(database, scenario);
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(900);
    }

    /** What a foreign key references may have been left behind. */
    @Test
    void a_foreign_key_goes_and_comes_back(Database database) throws Exception {
        database.execute(
                EVENTS.replace(
                                "id bigint PRIMARY KEY, at timestamptz NOT NULL,",
                                "id bigint, at timestamptz, PRIMARY KEY (id, at),")
                        + "; CREATE TABLE notes (event bigint, at timestamptz, FOREIGN KEY (event, at) REFERENCES events); INSERT INTO notes SELECT id, at FROM events");
        CopyScenario scenario = CopyScenario.ofEvents(database);
        try (Connection connection = database.connect()) {
            assertThat(scenario.on(connection).plan(since("15 days")).findings())
                    .anyMatch(f -> f.blocking() && f.code().equals("TM313"));
        }
        apply(database, scenario, since("15 days", ForeignKeyChoice.DROP));
        String keys =
                "SELECT count(*) FROM pg_constraint WHERE conrelid = 'notes'::regclass AND contype = 'f' AND convalidated";
        assertThat(database.number(
                        "SELECT count(*) FROM pg_constraint WHERE conrelid = 'notes'::regclass AND contype = 'f'"))
                .isZero();

        goBack(database, scenario);

        assertThat(database.number(keys)).isEqualTo(1);
    }

    private static FinalizeRequest finish(boolean dropRest) {
        return new FinalizeRequest(CopyScenario.EVENTS, "events", Duration.ZERO, dropRest, Duration.ofSeconds(2));
    }

    private static String boundary(Database database) {
        return database.value("SELECT purpose::jsonb ->> 'since' FROM tidemark.object WHERE kind = 'rest'");
    }

    private static Outcome apply(Database database, CopyScenario scenario, ConversionRequest request)
            throws SQLException {
        try (Connection connection = database.connect()) {
            return scenario.on(connection).apply(request);
        }
    }

    private static void goBack(Database database, CopyScenario scenario) throws SQLException {
        try (Connection connection = database.connect()) {
            scenario.on(connection).undo(List.of(CopyScenario.EVENTS), Tuning.of(Duration.ofSeconds(4)));
        }
    }

    private static ConversionRequest since(String length, ForeignKeyChoice foreignKeys) {
        ConversionRequest request = since(length);
        Options o = request.options();
        return new ConversionRequest(
                request.goal(),
                request.tables(),
                new Options(
                        o.strategy(),
                        o.maxPause(),
                        foreignKeys,
                        o.keys(),
                        o.includeDetached(),
                        o.dropExpired(),
                        o.policies(),
                        o.verification()));
    }

    private static ConversionRequest since(String length) {
        return since(length, Optional.empty(), "1 day", "Europe/Berlin");
    }

    private static ConversionRequest since(String length, Optional<Epoch> epoch, String width, String zone) {
        return new ConversionRequest(
                Goal.PARTITIONS,
                List.of(new ConversionTarget(
                        CopyScenario.EVENTS,
                        "at",
                        epoch,
                        Optional.of(Interval.parse(width)),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.of(new Partitioning(
                                zone, 3, Optional.empty(), false, Optional.of(Interval.parse(length)), false)))),
                Options.DEFAULTS);
    }
}

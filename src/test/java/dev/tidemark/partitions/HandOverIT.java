package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.PARTMAN;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ManagedBy;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.RetentionMode;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Upkeep;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Partitions that stay as they are change who looks after them: pg_partman, Tidemark, or nobody. */
@PostgresTest(
        needs = {PARTMAN, SUPERUSER},
        promise = "from and to pg_partman by catalog work only")
class HandOverIT {
    private static final String START =
            """
            CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            DO $$
            DECLARE
                today CONSTANT timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
            BEGIN
                FOR d IN -5..2 LOOP
                    EXECUTE format('CREATE TABLE events_p%s PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
                        to_char((today + d * interval '24 hours') AT TIME ZONE 'UTC', FORMAT), today + d * interval '24 hours', today + (d + 1) * interval '24 hours');
                END LOOP;
                INSERT INTO events SELECT n, today - n * interval '1 hour' FROM generate_series(1, 100) AS n;
            END $$;
            """;

    private static final String STORAGE =
            "SELECT i.inhrelid::regclass || ' ' || pg_relation_filenode(i.inhrelid) FROM pg_inherits AS i WHERE i.inhparent = 'events'::regclass ORDER BY 1";

    private final Database database;

    HandOverIT(Database database) {
        this.database = database;
    }

    private boolean four() {
        return database.value("SELECT extversion FROM pg_extension WHERE extname = 'pg_partman'")
                .startsWith("4.");
    }

    private void start() {
        database.execute(START.replace("FORMAT", four() ? "'YYYY_MM_DD'" : "'YYYYMMDD'"));
    }

    /** As somebody has set it up by hand. */
    private void managedByPartman() {
        database.execute(
                "INSERT INTO partman.part_config (parent_table, control, partition_type, partition_interval, premake, datetime_string, retention, retention_keep_table)"
                        + " VALUES ('public.events', 'at', '"
                        + (four() ? "native', '1 day', 3, 'YYYY_MM_DD" : "range', '1 day', 3, 'YYYYMMDD")
                        + "', '90 days', false)");
        maintain();
    }

    /** In UTC, as the partitions were made. */
    private void maintain() {
        database.execute("SET timezone = 'UTC'; SELECT partman.run_maintenance('public.events', p_analyze => false)");
    }

    private Attaching events(ManagedBy managedBy) {
        return new Attaching(database, new TableName("public", "events"))
                .by("at", "1 day")
                .partitioning(new Partitioning(
                        "UTC",
                        10,
                        Optional.empty(),
                        false,
                        new Upkeep(managedBy, RetentionMode.DROP, Optional.empty(), Optional.empty())));
    }

    @Test
    void from_pg_partman_and_back() throws Exception {
        start();
        managedByPartman();
        List<List<String>> configuration = database.rows("SELECT * FROM partman.part_config");
        List<String> storage = database.column(STORAGE);
        Attaching attaching = events(ManagedBy.TIDEMARK);

        assertThat(attaching.convert().result()).isEqualTo(Outcome.Result.DONE);

        assertThat(database.number("SELECT count(*) FROM partman.part_config")).isZero();
        assertThat(database.column(STORAGE)).containsAll(storage).hasSizeGreaterThan(storage.size());
        assertThat(database.number("SELECT count(*) FROM create_future_events_partitions(20)"))
                .isPositive();
        database.execute("INSERT INTO events VALUES (1000, now() + interval '20 days')");
        database.execute("SELECT partman.run_maintenance(p_analyze => false)");

        attaching.goBack();

        assertThat(database.rows("SELECT * FROM partman.part_config")).isEqualTo(configuration);
        assertThat(database.number("SELECT count(*) FROM tidemark.partition_set"))
                .isZero();
        assertThat(database.value("SELECT to_regproc('create_future_events_partitions')"))
                .isNull();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(101);
        maintain();
    }

    @Test
    void to_pg_partman_and_back_to_what_tidemark_did() throws Exception {
        start();
        Attaching ours = events(ManagedBy.TIDEMARK);
        ours.convert();
        ours.finish();
        List<List<String>> set =
                database.rows("SELECT relation, width, premake, name_pattern, retention FROM tidemark.partition_set");
        Attaching partmans = events(ManagedBy.PG_PARTMAN);

        partmans.convert();

        assertThat(database.number("SELECT count(*) FROM tidemark.partition_set"))
                .isZero();
        assertThat(
                        database.value(
                                "SELECT parent_table || ' ' || control || ' ' || partition_interval || ' ' || premake FROM partman.part_config"))
                .isEqualTo("public.events at 1 day 10");
        database.execute("UPDATE partman.part_config SET premake = 15");
        long before = database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass");
        maintain();
        assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                .isGreaterThan(before);

        partmans.goBack();

        assertThat(database.number("SELECT count(*) FROM partman.part_config")).isZero();
        assertThat(database.rows(
                        "SELECT relation, width, premake, name_pattern, retention FROM tidemark.partition_set"))
                .isEqualTo(set);
        assertThat(database.number("SELECT count(*) FROM create_future_events_partitions(40)"))
                .isPositive();
    }

    @Test
    void a_copy_is_handed_to_pg_partman_and_a_history_partition_is_not() throws Exception {
        database.execute("CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL)");
        database.execute(
                "INSERT INTO events SELECT n, now() - n * interval '1 hour' FROM generate_series(1, 100) AS n");
        assertThatThrownBy(events(ManagedBy.PG_PARTMAN)::convert)
                .hasMessageContainingAll("TM322", "without a lower bound", "\"copy\"");

        Attaching attaching = events(ManagedBy.PG_PARTMAN).strategy(Strategy.COPY);
        attaching.convert();

        assertThat(database.value("SELECT premake::text FROM partman.part_config WHERE parent_table = 'public.events'"))
                .isEqualTo("10");
        database.execute("UPDATE partman.part_config SET premake = 15");
        maintain();
        database.execute("INSERT INTO events VALUES (1000, now() + interval '14 days')");
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(101);
        assertThat(database.number("SELECT count(*) FROM partman.part_config")).isZero();
    }

    /** Nobody has looked after them so far: days of a zone with summer time, months, quarters and years have no one length. */
    @ParameterizedTest
    @CsvSource({
        "timestamptz, Europe/Berlin, 1 day, 40",
        "timestamptz, America/New_York, 1 month, 14",
        "timestamp, Asia/Kathmandu, 1 month, 14",
        "date, UTC, 3 months, 6",
        "timestamptz, Pacific/Auckland, 1 year, 5",
        "timestamptz, UTC, 30 days, 14"
    })
    void of_nobody_by_the_calendar(String type, String zone, String width, int past) throws Exception {
        // Across both turns of the clocks, whenever this runs.
        database.execute(
                """
                CREATE TABLE events (id bigint NOT NULL, at %1$s NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
                DO $$
                DECLARE
                    width CONSTANT interval := '%3$s';
                    present CONSTANT timestamp := date_trunc(CASE WHEN width < '28 days' OR width = '30 days' AND '%3$s' LIKE '%% days' THEN 'day' ELSE 'year' END, now() AT TIME ZONE '%2$s');
                    lower text; upper text;
                BEGIN
                    SET LOCAL timezone = '%2$s';
                    FOR n IN -%4$s..14 LOOP
                        EXECUTE format('CREATE TABLE events_of_%%s PARTITION OF events FOR VALUES FROM (%%L) TO (%%L)', n + 100, (present + n * width)::%1$s, (present + (n + 1) * width)::%1$s);
                    END LOOP;
                    INSERT INTO events SELECT n, now() FROM generate_series(1, 10) AS n;
                END $$"""
                        .formatted(type, zone, width, past));
        List<String> storage = database.column(STORAGE);
        Attaching attaching = new Attaching(database, new TableName("public", "events"))
                .by("at", width)
                .partitioning(new Partitioning(zone, 20, Optional.empty(), false));

        attaching.convert();

        assertThat(database.value("SELECT strategy FROM tidemark.run")).isEqualTo("ATTACH");
        assertThat(database.column(STORAGE)).containsAll(storage);
        assertThat(database.value("SELECT width = '" + width + "' FROM tidemark.partition_set"))
                .isEqualTo("t");
        assertThat(database.value("SELECT reason FROM tidemark.partition_health"))
                .startsWith("partitions up to ");
    }

    /** pg_partman goes on exactly where the partitions end, in either version. */
    @ParameterizedTest
    @CsvSource({"1 hour, day", "7 days, week", "1 month, month", "3 months, quarter", "1 year, year"})
    void to_pg_partman_by_the_calendar(String width, String unit) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
                DO $$
                DECLARE present CONSTANT timestamp := date_trunc('%2$s', now() AT TIME ZONE 'UTC');
                BEGIN
                    SET LOCAL timezone = 'UTC';
                    FOR n IN -8..30 LOOP
                        EXECUTE format('CREATE TABLE events_of_%%s PARTITION OF events FOR VALUES FROM (%%L) TO (%%L)', n + 100, present + n * interval '%1$s', present + (n + 1) * interval '%1$s');
                    END LOOP;
                    INSERT INTO events SELECT n, now() FROM generate_series(1, 10) AS n;
                END $$"""
                        .formatted(width, unit));
        List<String> before = database.column(STORAGE);
        Attaching attaching = new Attaching(database, new TableName("public", "events"))
                .by("at", width)
                .partitioning(new Partitioning(
                        "UTC",
                        40,
                        Optional.empty(),
                        false,
                        new Upkeep(ManagedBy.PG_PARTMAN, RetentionMode.DROP, Optional.empty(), Optional.empty())));
        attaching.convert();
        database.execute("UPDATE partman.part_config SET premake = 45");
        maintain();

        assertThat(database.number("SELECT count(*) FROM tidemark.partitions_of('events')"))
                .isGreaterThan(before.size());
        assertThat(
                        database.column(
                                "SELECT lower_bound FROM (SELECT lower_bound, lag(upper_bound) OVER (ORDER BY low) AS former FROM tidemark.partitions_of('events')) p WHERE former <> lower_bound"))
                .as("gaps")
                .isEmpty();
        assertThat(database.column(
                        "SELECT upper_bound FROM tidemark.partitions_of('events') WHERE upper_bound::timestamptz AT TIME ZONE 'UTC' <> (lower_bound::timestamptz AT TIME ZONE 'UTC') + interval '"
                                + width + "'"))
                .as("of another width")
                .isEmpty();

        attaching.goBack();
        assertThat(database.column(STORAGE)).containsAll(before);
        assertThat(database.number("SELECT count(*) FROM partman.part_config")).isZero();
    }

    /** pg_partman cuts names at the first dot and puts them between single quotes; its maintenance would then fail for every table. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Of \"Events\" ä",
                "of.events",
                "Dino's",
                "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
            })
    void to_pg_partman_whatever_it_is_called(String name) throws Exception {
        TableName table = new TableName("public", name);
        database.execute(START.replace("FORMAT", four() ? "'YYYY_MM_DD'" : "'YYYYMMDD'")
                + "ALTER TABLE events RENAME TO " + dev.tidemark.sql.Sql.identifier(name));
        Attaching attaching = new Attaching(database, table)
                .by("at", "1 day")
                .partitioning(new Partitioning(
                        "UTC",
                        10,
                        Optional.empty(),
                        false,
                        new Upkeep(ManagedBy.PG_PARTMAN, RetentionMode.DROP, Optional.empty(), Optional.empty())));
        if (name.contains(".") || name.contains("'")) {
            assertThatThrownBy(attaching::convert)
                    .hasMessageContainingAll("TM322", "it cannot read a name with a dot or a single quote");
            assertThat(database.number("SELECT count(*) FROM partman.part_config"))
                    .isZero();
            return;
        }
        attaching.convert();
        database.execute("UPDATE partman.part_config SET premake = 15");
        database.execute("SET timezone = 'UTC'; SELECT partman.run_maintenance(p_analyze => false)");
        assertThat(database.number("SELECT count(*) FROM tidemark.partitions_of('"
                        + table.quoted().replace("'", "''") + "')"))
                .isGreaterThanOrEqualTo(20);
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM partman.part_config")).isZero();
    }

    /** pg_partman 4 finds partitions by their names only: renaming locks them, so that is a window, and the plan says so. */
    @Test
    void whoever_reads_a_partition_keeps_renaming_waiting_and_nobody_else() throws Exception {
        start();
        Attaching attaching = events(ManagedBy.PG_PARTMAN).maxPause(Duration.ofMillis(800));
        String said = attaching.plan().steps().stream()
                .filter(Step::isCutover)
                .map(Step::why)
                .findFirst()
                .orElseThrow();
        assertThat(said.contains("renamed")).isEqualTo(four());
        CompletableFuture<Outcome> converted;
        long longest = 0;
        Connection reader = database.connect();
        try (reader;
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement
                    .executeQuery("SELECT count(*) FROM events WHERE at >= now() - interval '1 hour'")
                    .close();
            converted = CompletableFuture.supplyAsync(() -> {
                try {
                    return attaching.convert();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            long attempts = four() ? 2 : 0;
            do {
                long begun = System.nanoTime();
                database.number("SELECT count(*) FROM events");
                longest = Math.max(longest, System.nanoTime() - begun);
            } while (!converted.isDone() && attempts() < attempts);
            reader.commit();
        }
        assertThat(converted.join().result()).isEqualTo(Outcome.Result.DONE);
        assertThat(Duration.ofNanos(longest)).isLessThan(Duration.ofMillis(1_300));
        attaching.goBack();
    }

    private long attempts() {
        return database.value("SELECT to_regclass('tidemark.lock_log')") == null
                ? 0
                : database.number("SELECT count(*) FROM tidemark.lock_log WHERE outcome <> 'committed'");
    }
}

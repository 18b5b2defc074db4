package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.PARTMAN;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ManagedBy;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.RetentionMode;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Upkeep;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Partitions of less than an hour. */
@PostgresTest(
        needs = {SUPERUSER, PARTMAN},
        promise = "partitions of minutes are made, kept and handed over like others")
class NarrowPartitionsIT {
    private static Attaching events(Database database, ManagedBy managedBy) {
        return new Attaching(database, new TableName("public", "events"))
                .by("at", "15 minutes")
                .partitioning(new Partitioning(
                        "Europe/Berlin",
                        10,
                        Optional.empty(),
                        false,
                        new Upkeep(managedBy, RetentionMode.DROP, Optional.empty(), Optional.empty())));
    }

    private static void start(Database database) {
        database.execute(
                "CREATE TABLE events (id bigint, at timestamptz NOT NULL, PRIMARY KEY (id, at)); INSERT INTO events SELECT n, now() - n * interval '1 minute' FROM generate_series(0, 99) AS n");
    }

    @ParameterizedTest
    @CsvSource({"ATTACH, h..m(00|15|30|45)", "COPY, h..m(00|15|30|45)"})
    void there_onwards_and_back(Strategy strategy, String names, Database database) throws Exception {
        start(database);
        Rows rows = Rows.of(database, "events");
        Attaching attaching = events(database, ManagedBy.TIDEMARK).strategy(strategy);

        attaching.convert();

        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(
                        database.column(
                                "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relname <> 'events_old'"))
                .hasSizeGreaterThan(9)
                .allMatch(name -> name.matches("events_y\\d{4}m\\d\\dd\\d\\d" + names));
        database.rows("SELECT outcome FROM create_future_events_partitions(4)");
        database.execute(
                "INSERT INTO events SELECT 1000 + n, now() + n * interval '7 minutes' FROM generate_series(0, 99) AS n");
        assertThat(database.rows("SELECT verdict FROM tidemark.partition_health"))
                .containsExactly(java.util.List.of("green"));

        attaching.goBack();

        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(200);
    }

    @Test
    void from_and_to_pg_partman(Database database) throws Exception {
        start(database);
        Attaching ours = events(database, ManagedBy.TIDEMARK).strategy(Strategy.COPY);
        ours.convert();
        ours.finish();
        long partitions = database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass");

        Attaching theirs = events(database, ManagedBy.PG_PARTMAN);
        theirs.convert();

        assertThat(database.value(
                        "SELECT partition_interval FROM partman.part_config WHERE parent_table = 'public.events'"))
                .isEqualTo("15 minutes");
        database.execute("SELECT partman.run_maintenance('public.events', p_analyze => false)");
        assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                .isGreaterThanOrEqualTo(partitions);
        theirs.finish();

        Attaching again = events(database, ManagedBy.TIDEMARK);
        again.convert();

        assertThat(database.number("SELECT count(*) FROM partman.part_config")).isZero();
        assertThat(database.value("SELECT verdict FROM tidemark.partition_health"))
                .isEqualTo("green");
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(100);
    }
}

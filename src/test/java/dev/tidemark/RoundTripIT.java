package dev.tidemark;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.Epoch;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Requests;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tables unlike the scenario's, there and back. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER},
        promise = "round trips of plain tables, integer times and sub-partitions")
class RoundTripIT {
    private static final TableName EVENTS = new TableName("public", "events");

    private static ConversionRequest request(Optional<Epoch> epoch) {
        return Requests.adopt(EVENTS, "at", epoch, "14 days");
    }

    @Test
    void rows_that_return_to_a_plain_table_fire_no_trigger_and_keep_later_columns(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint, at timestamptz NOT NULL, note text);
                CREATE INDEX ON events (at);
                CREATE TABLE audit (id bigint);
                CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := NEW.note || '!'; RETURN NEW; END $$;
                CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit VALUES (NEW.id); RETURN NULL; END $$;
                CREATE TRIGGER mark BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION mark();
                CREATE TRIGGER log AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION log();
                INSERT INTO events VALUES (1, now(), 'before')""");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(request(Optional.empty()));
            database.execute("ALTER TABLE events ADD COLUMN extra text");
            database.execute("INSERT INTO events VALUES (2, now() + interval '100 days', 'since', 'kept')");

            tidemark.undo(List.of(EVENTS));
        }
        assertThat(
                        database.number(
                                "SELECT count(*) FROM events WHERE (id, note) = (1, 'before!') OR (id, note, extra) = (2, 'since!', 'kept')"))
                .isEqualTo(2);
        assertThat(database.number("SELECT count(*) FROM audit")).isEqualTo(2);
    }

    @Test
    void partitions_by_numbers_become_chunks_and_partitions_again(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint, at bigint NOT NULL) PARTITION BY RANGE (at);
                CREATE INDEX ON events (at);
                CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (MINVALUE) TO (1767225600);
                CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (1767225600) TO (1768435200);
                INSERT INTO events VALUES (1, -5), (2, 1767225600), (3, 1768435199)""");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(request(Optional.of(Epoch.S)));
            database.execute("INSERT INTO events VALUES (4, 1900000000)");

            tidemark.undo(List.of(EVENTS));
        }
        assertThat(database.number("SELECT sum(id) FROM events")).isEqualTo(10);
        assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                .isEqualTo(3);
    }

    @Test
    void a_default_partition_below_a_range_is_drained_within_that_range(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
                CREATE INDEX ON events (at);
                CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-11-01') TO ('2026-12-01') PARTITION BY RANGE (at);
                CREATE TABLE events_1_a PARTITION OF events_1 FOR VALUES FROM ('2026-11-01') TO ('2026-11-05');
                CREATE TABLE events_1_rest PARTITION OF events_1 DEFAULT;
                CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-12-01') TO ('2027-01-01');
                INSERT INTO events SELECT g, date '2026-11-01' + g FROM generate_series(0, 59) AS g""");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(request(Optional.empty()));
            assertThat(
                            database.number(
                                    """
                                    SELECT count(*) FROM timescaledb_information.chunks AS a
                                      JOIN timescaledb_information.chunks AS b ON a.range_start < b.range_start AND a.range_end > b.range_start"""))
                    .as("overlapping chunks")
                    .isZero();

            tidemark.undo(List.of(EVENTS));
        }
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(60);
    }
}

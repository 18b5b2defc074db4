package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Tuning;
import dev.tidemark.schema.Interval;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Ledger;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.OpenLoopWriter.Write;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Requests;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** An application writes later and older rows, and moves rows across the boundary both ways, while the later ones are copied and on the way back. */
@Alone
@PostgresTest(
        needs = SEVERAL_SESSIONS,
        promise = "copySince: an application at 500 statements a second loses nothing, on either side of the boundary")
class CopySinceUnderLoadIT {
    private static final int STATEMENTS_PER_SECOND = 500;
    private static final int CONNECTIONS = 100;
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    private static final Duration TOLERANCE = Duration.ofMillis(300);
    /** A row every ten seconds, so that 129,600 lie in fifteen days, and as many before. */
    private static final int SEEDS = 260_000;

    private static final int OLDER = 140_000;
    private static final int INSERTED = 1_000_000;
    private static final int KINDS = 6;
    private static final String WRITTEN = "SELECT id::text, version::text FROM %s WHERE version > 0";

    @Test
    void nothing_is_lost_on_either_side(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, version bigint NOT NULL DEFAULT 0, body text);
                CREATE INDEX ON events (at);
                INSERT INTO events SELECT n, now() - n * interval '10 seconds', 0, 'b' || n FROM generate_series(1, %s) AS n;
                ANALYZE events"""
                        .formatted(SEEDS));
        CopyScenario scenario = CopyScenario.ofEvents(database);

        OpenLoopWriter.Report there =
                beside(database, 0, connection -> scenario.on(connection).apply(request()));

        assertThat(there.ledger().differences(database, WRITTEN.formatted("events_all")))
                .isEmpty();
        assertThat(database.number("SELECT count(*) FROM events_before")).isPositive();

        OpenLoopWriter.Report back = beside(database, 100_000, connection -> scenario.on(connection)
                .undo(List.of(CopyScenario.EVENTS), new Tuning(MAX_PAUSE, 2)));

        Ledger both = new Ledger();
        there.ledger().versions().forEach(both::committed);
        back.ledger().versions().forEach(both::committed);
        assertThat(both.differences(database, WRITTEN.formatted("events"))).isEmpty();
        assertThat(database.number("SELECT count(*) FROM events WHERE id <= " + SEEDS))
                .isEqualTo(SEEDS
                        - both.versions().values().stream()
                                .filter(v -> v == Ledger.DELETED)
                                .count());
    }

    private interface Work {
        void on(Connection connection) throws SQLException;
    }

    private static OpenLoopWriter.Report beside(Database database, long first, Work work) throws Exception {
        OpenLoopWriter writer = OpenLoopWriter.start(
                database,
                STATEMENTS_PER_SECOND,
                CONNECTIONS,
                (connection, number) -> write(connection, first + number));
        try (writer;
                Connection connection = database.connect()) {
            Thread.sleep(1_000);
            work.on(connection);
            Thread.sleep(1_000);
            OpenLoopWriter.Report written = writer.stop();
            System.out.println("  copySince, writer: " + written);
            assertThat(written.failures()).isEmpty();
            assertThat(written.reachedItsRate()).as(written.toString()).isTrue();
            assertThat(written.waits().max()).isLessThan(MAX_PAUSE.plus(TOLERANCE));
            return written;
        }
    }

    /** Each seed is meant once; of an older one that is not found any more, a later one is written instead. */
    private static Write write(Connection connection, long number) throws SQLException {
        long recent = 1 + number / KINDS * 3;
        return switch ((int) (number % KINDS)) {
            case 0 -> insert(connection, number, "interval '0'");
            case 1 -> insert(connection, number, "interval '60 days'");
            case 2 -> changed(connection, "UPDATE events SET version = version + 1 WHERE id = ?", recent, number);
            case 3 ->
                changed(
                        connection,
                        "UPDATE events SET version = version + 1, at = at - interval '60 days' WHERE id = ?",
                        recent + 1,
                        number);
            case 4 ->
                changed(
                        connection,
                        "UPDATE events SET version = version + 1, at = now() WHERE id = ?",
                        OLDER + number / KINDS,
                        number);
            default -> changed(connection, "DELETE FROM events WHERE id = ?", recent + 2, number);
        };
    }

    private static Write insert(Connection connection, long number, String ago) throws SQLException {
        long id = INSERTED + number;
        try (PreparedStatement statement =
                connection.prepareStatement("INSERT INTO events VALUES (?, now() - " + ago + ", 1, 'inserted')")) {
            statement.setLong(1, id);
            statement.executeUpdate();
            return new Write(id, 1);
        }
    }

    private static Write changed(Connection connection, String sql, long id, long number) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql + " RETURNING version")) {
            statement.setLong(1, id);
            try (ResultSet found = statement.executeQuery()) {
                if (found.next()) {
                    return new Write(id, sql.startsWith("DELETE") ? Ledger.DELETED : found.getLong(1));
                }
            }
        }
        return insert(connection, number, "interval '0'");
    }

    private static ConversionRequest request() {
        return new ConversionRequest(
                Goal.PARTITIONS,
                List.of(Requests.daily(
                        CopyScenario.EVENTS,
                        "at",
                        new Partitioning(
                                "UTC", 3, Optional.empty(), false, Optional.of(Interval.parse("15 days")), false))),
                Options.DEFAULTS);
    }
}

package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.OpenLoopWriter.Write;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Readers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** An application writes and reads at a fixed rate while partitions are made and dropped beside it. */
@Alone
@PostgresTest(
        needs = SEVERAL_SESSIONS,
        promise = "making and dropping partitions: no statement fails, none waits longer than maxPause")
class MaintainedUnderLoadIT {
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    /** For what is not the lock: a busy machine's scheduler and the statement's own work. */
    private static final Duration TOLERANCE = Duration.ofMillis(300);

    private static final int STATEMENTS_PER_SECOND = 500;
    private static final int CONNECTIONS = 60;
    private static final int DAYS = 40;
    private static final String COUNT =
            "SELECT count(*) || ' rows, ids ' || coalesce(sum(id), 0) FROM log WHERE at > now() - interval '1 hour'";
    private static final Duration THINKING = Duration.ofMillis(200);

    @Test
    void nobody_fails_and_nothing_is_lost(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 1).withDays(DAYS).filled(DAYS);
        table.make();
        List<String> done = new ArrayList<>();

        OpenLoopWriter writer =
                OpenLoopWriter.start(database, STATEMENTS_PER_SECOND, CONNECTIONS, MaintainedUnderLoadIT::write);
        Readers readers = Readers.start(database, 20, 20, Readers.twice(THINKING, () -> COUNT));
        try (writer;
                readers;
                Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            for (int keep = DAYS - 2; keep >= 2; keep -= 2) {
                database.execute(
                        "UPDATE tidemark.partition_set SET premake = premake + 2, retention = '" + keep + " days'");
                done.addAll(tidemark.maintain(Optional.empty()));
                Thread.sleep(THINKING.toMillis());
            }
            OpenLoopWriter.Report written = writer.stop();
            Readers.Report read = readers.stop();
            System.out.println("Maintained under load, writer: " + written);
            System.out.println("  REPEATABLE READ: " + read);
            long skipped =
                    done.stream().filter(line -> line.contains("skipped")).count();
            System.out.println("  " + done.size() + " lines, " + skipped + " skipped");

            assertThat(written.failures()).isEmpty();
            assertThat(read.failures()).isEmpty();
            assertThat(written.reachedItsRate()).as(written.toString()).isTrue();
            assertThat(written.waits().max()).isLessThanOrEqualTo(MAX_PAUSE.plus(TOLERANCE));
            assertThat(read.waits().max())
                    .isLessThanOrEqualTo(MAX_PAUSE.plus(TOLERANCE).plus(THINKING));
            assertThat(done).anyMatch(line -> line.endsWith(" dropped")).anyMatch(line -> line.endsWith(" made"));
            assertThat(done).noneMatch(line -> line.contains("failed"));
            assertThat(written.ledger().differences(database, "SELECT id, 1 FROM log WHERE id > 1000000"))
                    .isEmpty();
        }
        table.letGo();
        assertThat(table.bounds())
                .as("two days, today, and as many ahead as were wanted")
                .hasSizeGreaterThan(DAYS);
    }

    private static Write write(Connection connection, long number) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO log VALUES (" + (1_000_001 + number)
                        + ", now() + interval '1 hour' * " + number % 24 + ") RETURNING id");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new Write(row.getLong(1), 1L);
        }
    }
}

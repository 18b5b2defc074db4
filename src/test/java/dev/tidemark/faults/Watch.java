package dev.tidemark.faults;

import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Sees where a run stands and what its sessions do, by a connection of its own. */
final class Watch implements AutoCloseable {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(2);

    /** Sessions of Tidemark that are in the middle of something. */
    static final String AT_WORK = "datname = current_database() AND application_name = '" + Client.APPLICATION_NAME
            + "' AND (state = 'active' OR state LIKE 'idle in transaction%')";

    /** The newest run's step that is under way or comes next. */
    private static final String STEP =
            """
            SELECT coalesce((SELECT s.id FROM tidemark.step AS s
                              WHERE s.run = r.id AND CASE WHEN %s THEN s.up_done > 0 AND s.state <> 'UNDONE' ELSE s.state <> 'DONE' END
                              ORDER BY CASE WHEN %s THEN - s.ordinal ELSE s.ordinal END LIMIT 1), '')
              FROM tidemark.run AS r
             WHERE EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = '%s')
             ORDER BY r.started_at DESC LIMIT 1""";

    private final Connection connection;
    private final PreparedStatement step;
    private final PreparedStatement working;

    Watch(Database database, boolean back) throws SQLException {
        connection = database.connect();
        step = connection.prepareStatement(STEP.formatted(back, back, Client.APPLICATION_NAME));
        working = connection.prepareStatement("SELECT count(*) FROM pg_stat_activity WHERE " + AT_WORK);
    }

    /** The step of the newest run, empty while there is none or after its last. */
    String step() throws SQLException {
        try (ResultSet row = step.executeQuery()) {
            return row.next() ? row.getString(1) : "";
        }
    }

    /** Whether a session of Tidemark runs a statement, or is between two of a transaction. */
    boolean isAtWork() throws SQLException {
        try (ResultSet row = working.executeQuery()) {
            return row.next() && row.getLong(1) > 0;
        }
    }

    /** Waits until the step is under way. Returns false if the run has ended before. */
    boolean awaitStep(String wanted, BooleanSupplier running) throws SQLException {
        while (running.getAsBoolean()) {
            if (step().equals(wanted)) {
                return true;
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
        return false;
    }

    /** Waits until a query says yes. Returns false if it has not until then, or the run has ended before. */
    boolean awaitTrue(String query, Duration limit, BooleanSupplier running) throws SQLException {
        long end = System.nanoTime() + limit.toNanos();
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            while (running.getAsBoolean() && System.nanoTime() < end) {
                try (ResultSet row = statement.executeQuery()) {
                    if (row.next() && row.getBoolean(1)) {
                        return true;
                    }
                }
                LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            }
        }
        return false;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // A crash of the server has closed it.
            System.getLogger(Watch.class.getName()).log(System.Logger.Level.DEBUG, "gone already", e);
        }
    }
}

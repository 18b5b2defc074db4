package dev.tidemark.faults;

import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Another session with a transaction that takes its time. In a deadlock it is never the victim. */
final class Intruder implements AutoCloseable {
    private final Connection connection;

    Intruder(Database database) throws SQLException {
        connection = database.connect();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET deadlock_timeout = '60s'");
        }
        connection.setAutoCommit(false);
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    void commit() throws SQLException {
        connection.commit();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}

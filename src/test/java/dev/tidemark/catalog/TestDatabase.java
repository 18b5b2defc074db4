package dev.tidemark.catalog;

import dev.tidemark.session.Session;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.TestServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;

/** A fresh database on the main test server with one session of its own, gone when closed. */
final class TestDatabase implements AutoCloseable {
    private final Database database = Database.create(TestServers.main(), Set.of());
    private final Connection connection;

    TestDatabase() throws SQLException {
        this.connection = connect();
    }

    String name() {
        return database.name();
    }

    Session session() {
        return new Session(connection);
    }

    /** Another connection, for the caller to close. */
    Connection connect() throws SQLException {
        return database.connect();
    }

    void run(String sql) {
        session().execute(sql);
    }

    /** The version of an extension that can be installed. */
    Optional<String> available(String extension) {
        return session()
                .first(
                        "SELECT default_version FROM pg_available_extensions WHERE name = ?",
                        row -> row.getString(1),
                        extension);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        database.close();
    }
}

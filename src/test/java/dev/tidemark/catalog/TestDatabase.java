package dev.tidemark.catalog;

import dev.tidemark.session.Session;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;

/** A fresh database on the server that TIDEMARK_TEST_URL names, gone when closed. To be replaced by the shared test servers. */
final class TestDatabase implements AutoCloseable {
    private final String server;
    private final String name;
    private final Connection connection;

    TestDatabase(String name) throws SQLException {
        this.server = System.getenv("TIDEMARK_TEST_URL");
        this.name = name;
        onServer("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
        onServer("CREATE DATABASE " + name);
        this.connection = connect();
    }

    static boolean isThere() {
        return System.getenv("TIDEMARK_TEST_URL") != null;
    }

    Session session() {
        return new Session(connection);
    }

    /** Another connection, for the caller to close. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(server.replaceFirst("/[^/?]*(\\?|$)", "/" + name + "$1"));
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
        onServer("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    }

    private void onServer(String sql) throws SQLException {
        try (Connection admin = DriverManager.getConnection(server)) {
            new Session(admin).execute(sql);
        }
    }
}

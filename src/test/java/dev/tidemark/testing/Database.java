package dev.tidemark.testing;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A database of one test, empty but for the extensions asked for. Its sessions are at Kathmandu time (UTC+05:45): code that takes the
 * session's zone for UTC, or for a whole number of hours, fails here.
 */
public final class Database implements AutoCloseable {

    public static final String TIME_ZONE = "Asia/Kathmandu";

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final TestServer server;
    private final String name;

    private Database(TestServer server, String name) {
        this.server = server;
        this.name = name;
    }

    /** A fresh database on that server, with the extensions of those capabilities created. */
    public static Database create(TestServer server, Set<Capability> extensions) {
        if (!server.capabilities().contains(Capability.SEVERAL_SESSIONS)) {
            return SingleSession.emptied(new Database(server, "postgres"), extensions);
        }
        var database = new Database(
                server, "test_%d_%d".formatted(ProcessHandle.current().pid(), NUMBER.incrementAndGet()));
        var admin = new Database(server, "postgres");
        String template = Template.with(admin, extensions);
        admin.execute("CREATE DATABASE " + database.name + " TEMPLATE " + template);
        admin.execute("ALTER DATABASE " + database.name + " SET timezone = '" + TIME_ZONE + "'");
        return database;
    }

    /** Another database with the same contents, file by file. Nobody may work in this one meanwhile: its sessions are ended. */
    public Database copied() {
        var copy = new Database(server, "%s_copy_%d".formatted(name, NUMBER.incrementAndGet()));
        Database admin = maintenance(server);
        // TimescaleDB's background workers connect to whatever allows it, and a template may have no sessions.
        admin.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
        try {
            admin.rows("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + name + "'");
            admin.execute("CREATE DATABASE " + copy.name + " TEMPLATE " + name + " STRATEGY file_copy");
        } finally {
            admin.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true");
        }
        admin.execute("ALTER DATABASE " + copy.name + " SET timezone = '" + TIME_ZONE + "'");
        return copy;
    }

    /** The database {@code postgres} of that server, for what is not bound to one database. It is never dropped. */
    static Database maintenance(TestServer server) {
        return new Database(server, "postgres");
    }

    /** Another database of the same server. */
    Database named(String other) {
        return new Database(server, other);
    }

    public TestServer server() {
        return server;
    }

    public String name() {
        return name;
    }

    public String jdbcUrl() {
        return server.jdbcUrl(name);
    }

    /** A new session in {@link #TIME_ZONE}; the driver would set that of this JVM. */
    public Connection connect() throws SQLException {
        Connection connection = DriverManager.getConnection(jdbcUrl(), server.user(), server.password());
        try (Statement statement = connection.createStatement()) {
            if (!server.capabilities().contains(Capability.SEVERAL_SESSIONS)) {
                statement.execute(SingleSession.FORGET);
            }
            statement.execute("SET timezone = '" + TIME_ZONE + "'");
        }
        return connection;
    }

    /** Runs one or several statements in a session of their own, committing each unless they say otherwise. */
    public void execute(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage() + "\nin: " + sql, e);
        }
    }

    /** All rows as text, NULL as {@code null}. */
    public List<List<String>> rows(String query) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            var rows = new ArrayList<List<String>>();
            while (result.next()) {
                var row = new ArrayList<String>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(result.getString(i));
                }
                rows.add(Collections.unmodifiableList(row));
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage() + "\nin: " + query, e);
        }
    }

    /** The first column of each row. */
    public List<String> column(String query) {
        return Collections.unmodifiableList(
                new ArrayList<>(rows(query).stream().map(r -> r.get(0)).toList()));
    }

    /** The only value of a query with one row and one column. @throws IllegalStateException if it has more or fewer */
    public String value(String query) {
        List<List<String>> rows = rows(query);
        if (rows.size() != 1 || rows.get(0).size() != 1) {
            throw new IllegalStateException("not one value but " + rows + "\nin: " + query);
        }
        return rows.get(0).get(0);
    }

    public long number(String query) {
        return Long.parseLong(value(query));
    }

    public Output psql(String script) {
        return server.psql(name, script);
    }

    public Output pgDump(String... arguments) {
        return server.pgDump(name, arguments);
    }

    /** Drops it, whoever is still connected. */
    @Override
    public void close() {
        if (!name.equals("postgres")) {
            maintenance(server).execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
        }
    }

    /** The names of the extensions, in an order in which they can be created. */
    static Set<String> extensions(Set<Capability> capabilities) {
        var names = new TreeSet<String>();
        capabilities.forEach(c -> names.add(c.extension()));
        names.remove("");
        return names;
    }
}

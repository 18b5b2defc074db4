package dev.tidemark.faults;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.Tuning;
import dev.tidemark.run.Listener;
import dev.tidemark.session.Siblings;
import dev.tidemark.sql.TidemarkException;
import dev.tidemark.testing.Database;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Tidemark's facade in a thread of this JVM. */
final class Facade implements Client {
    /** Steps that make the new table and fill it. */
    private static final Set<String> WRITING = Set.of("new-table", "copy", "indexes");

    /** Before it gives up waiting for a lock: so that it, and not the other one, is the victim. */
    private static final String NOTICES_DEADLOCKS = "&options=-c%20deadlock_timeout%3D100ms";

    private final Thread thread;
    private final Map<String, Duration> steps = new LinkedHashMap<>();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Database database;
    private final String url;
    private final Optional<String> tablespace;
    private volatile @Nullable Throwable failure;

    private Facade(Database database, String url, Optional<String> tablespace, Conversion conversion, boolean back) {
        this.database = database;
        this.url = url;
        this.tablespace = tablespace;
        this.thread = new Thread(() -> run(conversion, back), "tidemark");
        this.thread.setDaemon(true);
    }

    /**
     * Starts.
     *
     * @param port where the server is reached: its own port, or that of a proxy
     * @param tablespace where the new table is to lie, if it is not the default
     */
    static Facade start(Database database, int port, Optional<String> tablespace, Conversion conversion, boolean back) {
        Facade facade = new Facade(
                database,
                database.jdbcUrl().replaceFirst(":\\d+/", ":" + port + "/") + "?ApplicationName=" + APPLICATION_NAME
                        + NOTICES_DEADLOCKS,
                tablespace,
                conversion,
                back);
        facade.thread.start();
        return facade;
    }

    private void run(Conversion conversion, boolean back) {
        try (Connection connection = connect()) {
            Tidemark tidemark = Tidemark.on(
                    connection,
                    Siblings.named("the test", () -> Optional.of(sibling())),
                    Tidemark.DEFAULT_SCHEMA,
                    new Listener() {
                        @Override
                        public void stepStarts(Step step, int ordinal, int of, boolean back) {
                            tablespace.ifPresent(t -> use(connection, WRITING.contains(step.id()) ? t : ""));
                        }

                        @Override
                        public void stepEnds(Step step, Duration took) {
                            steps.put(step.id(), took);
                        }
                    });
            if (back) {
                tidemark.undo(List.of(Conversion.EVENTS), new Tuning(Conversion.MAX_PAUSE, Conversion.WORKERS));
            } else {
                tidemark.apply(conversion.request());
            }
        } catch (SQLException | RuntimeException | Error e) {
            failure = e;
        }
    }

    private Connection connect() throws SQLException {
        Connection connection = DriverManager.getConnection(
                url, database.server().user(), database.server().password());
        connections.add(connection);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET timezone = '" + Database.TIME_ZONE + "'");
        }
        return connection;
    }

    private Connection sibling() throws SQLException {
        Connection connection = connect();
        tablespace.ifPresent(t -> use(connection, t));
        return connection;
    }

    private static void use(Connection connection, String tablespace) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET default_tablespace = '" + tablespace + "'");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How long the steps took that have ended. */
    Map<String, Duration> steps() {
        return steps;
    }

    @Override
    public boolean isRunning() {
        return thread.isAlive();
    }

    @Override
    public Optional<String> end(Duration limit) {
        try {
            thread.join(limit.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (thread.isAlive()) {
            throw new AssertionError("Tidemark did not end within " + limit + "; it is at\n  "
                    + String.join(
                            "\n  ",
                            List.of(thread.getStackTrace()).stream()
                                    .map(String::valueOf)
                                    .toList()));
        }
        Throwable failed = failure;
        if (failed != null && !(failed instanceof TidemarkException)) {
            throw new AssertionError("Tidemark failed without a message of its own: " + stackTrace(failed), failed);
        }
        return Optional.ofNullable(failed).map(f -> f.getClass().getSimpleName() + ": " + f.getMessage());
    }

    private static String stackTrace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Override
    public void close() {
        for (Connection connection : connections) {
            try {
                connection.abort(Runnable::run);
            } catch (SQLException e) {
                System.getLogger(Facade.class.getName()).log(System.Logger.Level.DEBUG, "gone already", e);
            }
        }
    }
}

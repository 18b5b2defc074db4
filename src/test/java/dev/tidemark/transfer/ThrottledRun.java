package dev.tidemark.transfer;

import dev.tidemark.journal.ControlChange;
import dev.tidemark.journal.Controls;
import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Limit;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** An unfinished run in the journal and its throttle, with what it reports. */
final class ThrottledRun implements AutoCloseable {
    /** Starting autovacuum, replaying, archiving: each in its own time, on a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    static final String PLAIN = "tm_throttled";

    final String id = UUID.randomUUID().toString();
    final List<Optional<String>> reports = new ArrayList<>();
    final Throttle throttle;
    private final Database database;
    private final Connection connection;

    private ThrottledRun(Database database, Connection connection, List<TableName> sources) {
        this.database = database;
        this.connection = connection;
        Session session = new Session(connection);
        Journal journal = new Journal(session, "tidemark");
        journal.install();
        session.execute(
                """
                INSERT INTO tidemark.run (id, format, kind, tables, identity, strategy, decision, max_pause_ms, state)
                VALUES ('%s', 1, 'convertToHypertable', '{%s}', '', 'COPY', '', 2000, 'RUNNING')"""
                        .formatted(
                                id,
                                String.join(
                                        ",",
                                        sources.stream()
                                                .map(t -> '"' + t.quoted().replace("\"", "\\\"") + '"')
                                                .toList())));
        this.throttle = new Throttle(session, journal, id, sources, reports::add);
    }

    /** Run by a superuser. */
    static ThrottledRun in(Database database, TableName... sources) throws SQLException {
        return new ThrottledRun(database, database.connect(), List.of(sources));
    }

    /** Run by a role that owns the journal, if none is there yet, and has no other right; with the disk not watched, which only others can. */
    static ThrottledRun byPlainOwner(Database database, TableName... sources) throws SQLException {
        database.execute("DO $$ BEGIN IF to_regrole('" + PLAIN + "') IS NULL THEN CREATE ROLE " + PLAIN
                + " LOGIN PASSWORD 'p'; END IF; END $$");
        database.execute("GRANT CREATE ON DATABASE " + database.name() + " TO " + PLAIN);
        ThrottledRun run = new ThrottledRun(
                database, DriverManager.getConnection(database.jdbcUrl(), PLAIN, "p"), List.of(sources));
        run.set(Limit.DISK_RESERVE, OptionalLong.empty());
        return run;
    }

    /** As an administrator would from another session. */
    void change(ControlChange change) {
        try (Connection other = database.connect()) {
            Session session = new Session(other);
            new Controls(session, new Journal(session, "tidemark")).change(id, change);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    void set(Limit limit, OptionalLong value) {
        change(ControlChange.NONE.limit(limit, value));
    }

    void set(Limit limit, long value) {
        set(limit, OptionalLong.of(value));
    }

    /** Waits until there is a reason with those words and returns all of it. */
    String awaitRest(String words) {
        Await.until(
                () -> "a rest because of \"" + words + "\", but " + throttle.reasonToRest(),
                PATIENCE,
                () -> throttle.reasonToRest().filter(r -> r.contains(words)).isPresent());
        return throttle.reasonToRest().orElseThrow();
    }

    /** Waits until there is none. */
    void awaitGo() {
        Await.until(() -> "no rest any more, but " + throttle.reasonToRest(), PATIENCE, () -> throttle.reasonToRest()
                .isEmpty());
    }

    /** Looks for that long and returns the first reason, if there is one. */
    Optional<String> watch(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        Optional<String> reason = throttle.reasonToRest();
        while (reason.isEmpty() && System.nanoTime() < end) {
            Thread.sleep(200);
            reason = throttle.reasonToRest();
        }
        return reason;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}

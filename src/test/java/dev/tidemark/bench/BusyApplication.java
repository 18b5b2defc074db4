package dev.tidemark.bench;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.testing.Ledger;
import dev.tidemark.testing.OpenLoopWriter.Write;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What an application that inserts, updates and deletes feels of a copy, compared with what it feels of a plain {@code INSERT … SELECT} of the same table. */
final class BusyApplication implements Contest {
    private static final double STATEMENTS_PER_SECOND = 500;
    /**
     * A pool of an ordinary size. What finds no free connection waits for one, which counts. With 120 the longest wait doubles: each session has to
     * learn about the new table at the same time, the server's cores are shared by all of them.
     */
    private static final int CONNECTIONS = 32;
    /** New connections, plans and code are slow. */
    private static final Duration LEAD_IN = Duration.ofSeconds(2);

    private static final long FIRST_WRITTEN = Metrics.FIRST_WRITTEN;
    private static final OffsetDateTime FIRST = OffsetDateTime.of(2025, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
    private static final double RATE_AT_LEAST = 95;
    private static final double P99_AT_MOST_TIMES = 2;

    private final long rows;
    private final long stepMicros;

    /** 5 M rows, scaled by {@code share}: the two windows of a smaller table are more than a hundredth of the time that it takes. */
    BusyApplication(double share) {
        this.rows = Math.round(5_000_000 * share);
        this.stepMicros = Duration.ofDays(30).toMillis() * 1000 / rows;
    }

    @Override
    public String name() {
        return "an application at 500 statements a second";
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public List<Way> ways() {
        return List.of(ours(), theirs());
    }

    private Way ours() {
        ConversionRequest request = Wish.politely("readings", "ts");
        return new Way("beside Tidemark, copying into a hypertable with one worker", arena -> {
            arena.prepare(start());
            Map<Figure, Double> figures = application().beside(arena.database(), () -> Ours.convert(arena, request));
            figures.merge(
                    Figure.DIFFERENCES,
                    Contents.differences(arena.database(), untouched("readings"), untouched("readings_old")),
                    Double::sum);
            return figures;
        });
    }

    private Way theirs() {
        return new Way("beside INSERT … SELECT into the finished hypertable", arena -> {
            arena.prepare(start()
                    + "CREATE TABLE target (LIKE readings INCLUDING DEFAULTS);\n"
                    + "SELECT create_hypertable('target', by_range('ts', INTERVAL '1 day'), create_default_indexes => false);\n"
                    + indexes("target"));
            return application()
                    .beside(
                            arena.database(),
                            () -> arena.measured(() -> arena.psql("INSERT INTO target SELECT * FROM readings;")));
        });
    }

    @Override
    public List<Promise> promises(Samples samples) {
        List<Promise> promises = new ArrayList<>();
        promises.add(Promise.none("statements that failed", samples.greatest(ours(), Figure.FAILED)));
        promises.add(Promise.none("rows that differ", samples.greatest(ours(), Figure.DIFFERENCES)));
        promises.add(Promise.atMost(
                "longest wait",
                Figure.LONGEST_WAIT,
                Wish.MAX_PAUSE_MILLIS,
                samples.greatest(ours(), Figure.LONGEST_WAIT)));
        promises.add(Promise.atMostTimes(
                "p99 of that beside INSERT … SELECT",
                P99_AT_MOST_TIMES,
                samples.median(ours(), Figure.P99) / samples.median(theirs(), Figure.P99)));
        for (Way way : ways()) {
            promises.add(Promise.atLeast(
                    "of its rate, " + way.name(), Figure.RATE, RATE_AT_LEAST, samples.least(way, Figure.RATE)));
        }
        return promises;
    }

    private String start() {
        return """
                CREATE TABLE readings (id bigint NOT NULL, device_id integer NOT NULL, ts timestamptz NOT NULL, version bigint NOT NULL DEFAULT 0,
                    value double precision, note text);
                INSERT INTO readings
                SELECT i, i %% 10000, timestamptz '2025-01-01 00:00+00' + i * interval '1 microsecond' * %2$d, 0, i %% 997 / 10.0, md5(i::text)
                  FROM generate_series(1, %1$d) AS i;
                """
                        .formatted(rows, stepMicros)
                + indexes("readings");
    }

    private static String indexes(String table) {
        return """
                ALTER TABLE %1$s ADD PRIMARY KEY (id, ts);
                CREATE INDEX ON %1$s (device_id, ts DESC);
                CREATE INDEX ON %1$s (ts DESC);
                """
                .formatted(table);
    }

    private Application application() {
        return new Application(
                STATEMENTS_PER_SECOND,
                CONNECTIONS,
                LEAD_IN,
                this::write,
                "SELECT id::text, version::text FROM readings WHERE version > 0");
    }

    /** Rows whose key ends in 0 are updated, those that end in 5 deleted; new ones have the newest time. */
    private Write write(Connection connection, long number) throws SQLException {
        long tens = rows / 10;
        int kind = (int) (number % 10);
        long deleted = number / 10 * 2 + kind - 8;
        if (kind < 4) {
            return insert(connection, FIRST_WRITTEN + number);
        }
        return kind >= 8 && deleted < tens
                ? delete(connection, 5 + 10 * deleted)
                : update(connection, 10 + 10 * (number * 7919 % tens));
    }

    private Write insert(Connection connection, long id) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO readings VALUES (?, 1, ?, 1, 0.5, 'written meanwhile')")) {
            insert.setLong(1, id);
            insert.setObject(2, FIRST.plusDays(29).plus(id - FIRST_WRITTEN, ChronoUnit.MILLIS));
            Application.one(insert);
        }
        return new Write(id, 1);
    }

    private Write update(Connection connection, long id) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE readings SET version = version + 1, value = value + 1 WHERE id = ? AND ts = ? RETURNING version")) {
            update.setLong(1, id);
            update.setObject(2, time(id));
            try (ResultSet row = update.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("no row " + id);
                }
                return new Write(id, row.getLong(1));
            }
        }
    }

    private Write delete(Connection connection, long id) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM readings WHERE id = ? AND ts = ?")) {
            delete.setLong(1, id);
            delete.setObject(2, time(id));
            Application.one(delete);
        }
        return new Write(id, Ledger.DELETED);
    }

    private OffsetDateTime time(long id) {
        return FIRST.plus(id * stepMicros, ChronoUnit.MICROS);
    }

    private static String untouched(String table) {
        return "SELECT * FROM " + table + " WHERE id % 5 <> 0 AND id < " + FIRST_WRITTEN;
    }
}

package dev.tidemark.transfer;

import dev.tidemark.Tidemark;
import dev.tidemark.journal.ControlChange;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** A whole conversion of a table whose rows take two milliseconds each to copy, because of a CHECK: long enough to watch how fast it goes. */
final class SlowCopy {
    static final TableName T = new TableName("public", "t");

    /** Starting autovacuum, archiving, replaying: each in its own time, on a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /** Several slices of half a second for each of two workers. */
    private static final Duration MEASURED = Duration.ofSeconds(4);
    /** Between the permission for a slice and its statement: catalog work of a millisecond. */
    private static final Duration STILL = Duration.ofSeconds(1);

    private static final String SLOW =
            """
            CREATE OR REPLACE FUNCTION public.slowly(id bigint) RETURNS boolean LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_sleep(%s);
                RETURN true;
            END $$""";

    private final Database database;
    private final AtomicReference<Optional<String>> reason = new AtomicReference<>(Optional.empty());
    private final CompletableFuture<Outcome> outcome;

    private SlowCopy(Database database) {
        this.database = database;
        this.outcome = CompletableFuture.supplyAsync(this::convert);
    }

    /** Makes the table and begins. */
    static SlowCopy of(Database database) {
        database.execute(SLOW.formatted("0"));
        database.execute(
                """
                CREATE TABLE t (id bigint, at timestamptz, payload text, PRIMARY KEY (id, at), CHECK (slowly(id))) WITH (autovacuum_enabled = false);
                INSERT INTO t SELECT i, timestamptz '2025-01-01 00:00+00' + i * interval '1 second', repeat('x', 500) FROM generate_series(1, 120000) AS i;
                """);
        database.execute(SLOW.formatted("0.002"));
        return new SlowCopy(database);
    }

    private Outcome convert() {
        try (Connection connection = database.connect()) {
            Listener listener = new Listener() {
                @Override
                public void rests(Optional<String> why) {
                    reason.set(why);
                }
            };
            return Tidemark.on(connection, () -> Optional.of(database.connect()), Tidemark.DEFAULT_SCHEMA, listener)
                    .apply(new ConversionRequest(
                            Goal.PARTITIONS,
                            List.of(new ConversionTarget(
                                    T,
                                    "at",
                                    Optional.empty(),
                                    Optional.of(Interval.parse("1 month")),
                                    Optional.empty(),
                                    Optional.empty(),
                                    List.of(),
                                    List.of(),
                                    Optional.empty(),
                                    Optional.of(new Partitioning("UTC", 1, Optional.empty(), false)))),
                            new Options(
                                    Strategy.COPY,
                                    Duration.ofSeconds(5),
                                    ForeignKeyChoice.REFUSE,
                                    KeyChoice.EXTEND,
                                    false,
                                    false,
                                    PolicyStart.AFTER_FINALIZE,
                                    Verification.CONTENTS,
                                    2)));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As an administrator would from another session. */
    void change(ControlChange change) throws SQLException {
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).limits(T, change);
        }
    }

    void awaitFirstSlice() {
        await(
                "a finished slice",
                () -> database.value("SELECT to_regclass('tidemark.slice')") != null && finished("true") > 0);
    }

    /** Waits until there is a reason with those words, and until the slices that had been begun are done. Returns the reason. */
    String awaitRest(String words) {
        await(
                "a rest because of \"" + words + "\"",
                () -> reason.get().filter(why -> why.contains(words)).isPresent());
        String found = reason.get().orElseThrow();
        long[] since = {System.nanoTime()};
        await("no slice under way", () -> {
            if (database.number(
                            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'INSERT INTO %'")
                    > 0) {
                since[0] = System.nanoTime();
            }
            return System.nanoTime() - since[0] > STILL.toNanos();
        });
        return found;
    }

    void awaitGo() {
        await("no rest any more", () -> reason.get().isEmpty());
    }

    private void await(String what, Await.Condition condition) {
        Await.until(
                () -> what + ", but " + reason.get() + (outcome.isDone() ? " and it has ended" : ""), PATIENCE, () -> {
                    if (outcome.isCompletedExceptionally()) {
                        outcome.join();
                    }
                    return condition.holds();
                });
    }

    /** Rows a second of the slices that are finished from now on, while some wait to be done. */
    double rowsPerSecond() throws InterruptedException {
        String from = database.value("SELECT clock_timestamp()");
        TimeUnit.MILLISECONDS.sleep(MEASURED.toMillis());
        List<String> row = database.rows(
                        """
                        SELECT coalesce(sum(rows) FILTER (WHERE finished_at > '%1$s'), 0),
                               extract(epoch FROM clock_timestamp() - '%1$s'), count(*) FILTER (WHERE state = 'PENDING')
                          FROM tidemark.slice"""
                                .formatted(from))
                .get(0);
        if (row.get(2).equals("0")) {
            throw new AssertionError("nothing was left to copy");
        }
        return Double.parseDouble(row.get(0)) / Double.parseDouble(row.get(1));
    }

    private long finished(String which) {
        return database.number("SELECT count(*) FROM tidemark.slice WHERE state = 'DONE' AND " + which);
    }

    /** Copies what is left as fast as it goes, and waits for the end. */
    Outcome end() throws Exception {
        database.execute(SLOW.formatted("0"));
        return outcome.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
}

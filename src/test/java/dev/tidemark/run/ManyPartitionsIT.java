package dev.tidemark.run;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Finding;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A table with a thousand partitions and six indexes: the plan foretells what its window takes. */
@Alone
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS},
        promise = "a thousand partitions with six indexes each")
class ManyPartitionsIT {
    private static final TableName READINGS = new TableName("public", "readings");
    private static final int PARTITIONS = 1_000;

    /** Until yesterday, a row in every tenth partition. In portions, because each CREATE locks its partition until the transaction ends. */
    private static final String TABLE =
            """
            CREATE TABLE readings (id bigint NOT NULL, station int, kind text, value double precision, read_at timestamptz NOT NULL,
              PRIMARY KEY (id, read_at)) PARTITION BY RANGE (read_at);
            CREATE INDEX ON readings (read_at DESC);
            CREATE INDEX ON readings (station, read_at);
            CREATE INDEX ON readings (kind) WHERE value > 0;
            CREATE INDEX ON readings (lower(kind));
            CREATE INDEX ON readings (value)""";

    private static final String PARTS =
            """
            DO $$
            DECLARE
                first CONSTANT timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - 1000 * interval '24 hours';
            BEGIN
                FOR d IN 0..999 LOOP
                    EXECUTE format('CREATE TABLE readings_p%s PARTITION OF readings FOR VALUES FROM (%L) TO (%L)', d,
                        first + d * interval '24 hours', first + (d + 1) * interval '24 hours');
                    IF d % 100 = 99 THEN
                        COMMIT;
                    END IF;
                END LOOP;
                INSERT INTO readings SELECT d, d % 7, 'k' || d, d, first + d * interval '24 hours' FROM generate_series(0, 999, 10) AS d;
            END $$""";

    private static final String PARTITIONS_NOW =
            """
            SELECT c.oid::text, c.relname, pg_get_expr(c.relpartbound, c.oid), pg_relation_filenode(c.oid)::text
              FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'readings'::regclass ORDER BY 1""";

    @Test
    void the_plan_foretells_window_and_locks_of_a_thousand_partitions(Database database) throws Exception {
        database.execute(TABLE);
        database.execute(PARTS);
        List<List<String>> before = database.rows(PARTITIONS_NOW);
        assertThat(before).hasSize(PARTITIONS);

        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            long begin = System.nanoTime();
            Plan plan = tidemark.plan(request(Duration.ofSeconds(60)));
            Duration planning = Duration.ofNanos(System.nanoTime() - begin);
            assertThat(planning).isLessThan(Duration.ofSeconds(30));
            assertThat(plan.blockers()).isEmpty();

            Plan hasty = tidemark.plan(request(Duration.ofSeconds(2)));
            assertThat(hasty.blockers())
                    .singleElement()
                    .extracting(Finding::code)
                    .isEqualTo("TM221");

            Locks locks = Locks.watch(database);
            tidemark.apply(request(Duration.ofSeconds(60)));
            long most = locks.most();
            Duration held = held(database, false);
            report(planning, plan, held, most);
            Duration foretold = plan.estimate().longestWindow();
            assertThat(held)
                    .isBetween(
                            foretold.multipliedBy(2).dividedBy(5),
                            foretold.multipliedBy(5).dividedBy(2));
            assertThat((double) most)
                    .isBetween(plan.estimate().locks() * 0.75, plan.estimate().locks() * 1.25);
            assertThat(database.number("SELECT count(*) FROM show_chunks('readings')"))
                    .isEqualTo(PARTITIONS);

            Locks back = Locks.watch(database);
            tidemark.undo(List.of(READINGS));
            System.out.printf(
                    "way back: held %d ms, %d locks%n", held(database, true).toMillis(), back.most());
            assertThat(database.rows(PARTITIONS_NOW)).isEqualTo(before);
        }
    }

    private static void report(Duration planning, Plan plan, Duration held, long locks) {
        System.out.printf(
                "%d partitions with 6 indexes: planned in %d ms; window %d ms, foretold %d ms; %d locks, foretold %d%n",
                PARTITIONS,
                planning.toMillis(),
                held.toMillis(),
                plan.estimate().longestWindow().toMillis(),
                locks,
                plan.estimate().locks());
    }

    private static Duration held(Database database, boolean back) {
        return Duration.ofMillis(database.number(
                "SELECT round(max(held_ms)) FROM tidemark.lock_log WHERE outcome = 'committed' AND step = 'cutover' AND back = "
                        + back));
    }

    private static ConversionRequest request(Duration maxPause) {
        return new ConversionRequest(
                List.of(new ConversionTarget(
                        READINGS,
                        "read_at",
                        Optional.empty(),
                        Optional.of(Interval.parse("1 day")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty())),
                new Options(
                        Strategy.ADOPT,
                        maxPause,
                        ForeignKeyChoice.REFUSE,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.STORAGE));
    }

    /** Counts what the session with most locks has locked, until it is asked; several modes on one object share an entry. */
    private static final class Locks {
        private final AtomicBoolean stop = new AtomicBoolean();
        private final AtomicLong most = new AtomicLong();
        private final Thread thread;

        private Locks(Database database) {
            this.thread = new Thread(() -> count(database), "counts locks");
        }

        static Locks watch(Database database) {
            Locks locks = new Locks(database);
            locks.thread.start();
            return locks;
        }

        private void count(Database database) {
            try (Connection connection = database.connect();
                    var statement = connection.createStatement()) {
                while (!stop.get()) {
                    try (var row = statement.executeQuery(
                            "SELECT coalesce(max(n), 0) FROM (SELECT count(DISTINCT (locktype, relation, classid, objid, objsubid, page, tuple)) AS n FROM pg_locks WHERE database IS NOT NULL AND pid <> pg_backend_pid()"
                                    + " AND locktype <> 'virtualxid' GROUP BY pid) AS s")) {
                        row.next();
                        most.accumulateAndGet(row.getLong(1), Math::max);
                    }
                    Thread.sleep(50);
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        long most() throws InterruptedException {
            stop.set(true);
            thread.join();
            return most.get();
        }
    }
}

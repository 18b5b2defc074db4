package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Await;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions of a copy are ended by the server at any moment, again and again. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS},
        promise = "sessions of a copy that are lost at any moment cost no row and no finished work")
class CopyFaultsIT {
    private static final int ROWS = 60_000;
    private static final String START =
            """
            CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at));
            INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '4 seconds', repeat('x', 200) FROM generate_series(1, %d) AS n"""
                    .formatted(ROWS);
    /** Most that a slice of this table can hold before it is cut: what one that is lost costs. */
    private static final String LARGEST_SLICE =
            "SELECT max(s.rows) FROM tidemark.slice AS s JOIN tidemark.step AS p ON p.run = s.run AND p.ordinal = s.step WHERE p.id = 'copy'";

    private static final String DONE = "SELECT s::text FROM tidemark.slice AS s WHERE state = 'DONE' ORDER BY number";

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void what_is_copied_is_not_copied_again(int workers, Database database) throws Exception {
        database.execute(START);
        Rows rows = Rows.of(database, "events");
        CopyScenario scenario = CopyScenario.ofEvents(database).workers(workers);
        AtomicBoolean ended = new AtomicBoolean();
        scenario.before(
                "copy",
                () -> Gate.close(database, "copy", () -> {
                    database.rows(
                            "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity AS a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()"
                                    + " AND (a.wait_event = 'advisory' OR EXISTS (SELECT FROM pg_locks AS k WHERE k.pid = a.pid AND k.locktype = 'advisory' AND k.objid <> 4711))");
                    ended.set(true);
                }));
        List<String> done = List.of();
        try {
            scenario.convert();
        } catch (RuntimeException e) {
            assertThat(e).hasMessageContaining("Run the same change again");
            done = database.column(DONE);
        }
        assertThat(ended).isTrue();
        assertThat(done).isNotEmpty();
        long largest = database.number(LARGEST_SLICE);

        scenario.convert();

        long[] inserted = new long[1];
        // Whoever ends tells what he has done, a moment later.
        Await.until(() -> "every row was inserted: " + inserted[0], Duration.ofSeconds(20), () -> {
            inserted[0] = database.number(
                    "SELECT sum(pg_stat_get_tuples_inserted(inhrelid)) FROM pg_inherits WHERE inhparent = 'events'::regclass");
            return inserted[0] >= ROWS;
        });
        System.out.println("Inserted " + inserted[0] + " of " + ROWS + ", largest slice before " + largest);
        // A slice is at most four times as large as the one before.
        assertThat(inserted[0]).isLessThanOrEqualTo(ROWS + workers * 4L * largest);
        assertThat(database.column(DONE)).containsAll(done);
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    static LongStream seeds() {
        long seed = Long.getLong("tidemark.seed", System.nanoTime());
        return LongStream.range(seed, seed + ("all".equals(System.getProperty("tidemark.faults")) ? 50 : 3));
    }

    /** Any session but the application's; the runner is started again until it has got to its end. */
    @ParameterizedTest
    @MethodSource("seeds")
    void sessions_that_are_ended_at_random_moments_change_nothing(long seed, Database database) throws Exception {
        System.out.println("Sessions are ended by -Dtidemark.seed=" + seed);
        database.execute(START);
        Rows rows = Rows.of(database, "events");
        Random random = new Random(seed);
        for (boolean back : new boolean[] {false, true}) {
            AtomicBoolean over = new AtomicBoolean();
            Thread killer = new Thread(() -> CopyScenario.happen(() -> {
                while (!over.get()) {
                    Thread.sleep(50 + random.nextInt(600));
                    database.rows(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                                    + " AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY random() LIMIT 1");
                }
            }));
            killer.start();
            int starts = 0;
            for (boolean ended = false; !ended; starts++) {
                assertThat(starts).as("starts").isLessThan(60);
                if (starts == 25) {
                    // Long enough to have shown it; a build must end.
                    over.set(true);
                    killer.join();
                }
                CopyScenario scenario = CopyScenario.ofEvents(database);
                try {
                    if (back) {
                        scenario.goBack();
                    } else {
                        scenario.convert();
                    }
                    ended = true;
                } catch (Exception e) {
                    assertThat(String.valueOf(e)).doesNotContain("TM5");
                }
            }
            over.set(true);
            killer.join();
            System.out.println((back ? "way back: " : "copy: ") + starts + " starts");
            assertThat(Rows.of(database, "events")).isEqualTo(rows);
            assertThat(database.value("SELECT state FROM tidemark.run ORDER BY started_at DESC LIMIT 1"))
                    .isEqualTo(back ? "UNDONE" : "DONE");
        }
        assertThat(database.column("SELECT relname FROM pg_class WHERE relname LIKE 'events%' AND relkind = 'r'"))
                .containsExactly("events");
    }
}

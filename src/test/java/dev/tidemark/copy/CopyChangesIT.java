package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the application does to a row while the row is copied, and while the way back follows, is in whichever table it uses afterwards. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "a change made while rows are copied is neither lost nor doubled")
class CopyChangesIT {
    /** Three days, 2,000 rows a day, some hundred blocks of them; room for moved rows in blocks that are copied last. */
    static final String START =
            """
            CREATE TABLE parents (id int PRIMARY KEY);
            INSERT INTO parents SELECT generate_series(1, 100);
            CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, code int NOT NULL, parent int REFERENCES parents, body text,
              CONSTRAINT events_pkey PRIMARY KEY (id, at), CONSTRAINT events_code_key UNIQUE (code, at));
            INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '43 seconds', n, 1 + n % 100, repeat('x', 500) FROM generate_series(0, 5999) AS n;
            DELETE FROM events WHERE id BETWEEN 5000 AND 5500""";

    /** What happens to ten rows from {@code :n} on; in one session. */
    enum Change {
        KEY("UPDATE events SET id = id + 1000000 WHERE id BETWEEN :n AND :n + 9"),
        KEY_AND_BACK(
                "UPDATE events SET id = -id - 1 WHERE id BETWEEN :n AND :n + 9; UPDATE events SET id = -id - 1 WHERE id < 0"),
        TIME("UPDATE events SET at = at + interval '50 hours' WHERE id BETWEEN :n AND :n + 9"),
        OTHER_COLUMN("UPDATE events SET body = repeat('y', 600) WHERE id BETWEEN :n AND :n + 9"),
        DELETE("DELETE FROM events WHERE id BETWEEN :n AND :n + 9"),
        DELETE_AND_REINSERT(
                """
                DELETE FROM events WHERE id BETWEEN :n AND :n + 9;
                INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '43 seconds', n, 7, 'reinserted' FROM generate_series(:n, :n + 9) AS n"""),
        UNIQUE_VALUES_SWAP(
                """
                BEGIN;
                UPDATE events SET at = '2026-01-02', code = 10 * id::int WHERE id BETWEEN :n AND :n + 9;
                COMMIT;
                BEGIN;
                UPDATE events SET code = -code WHERE id BETWEEN :n AND :n + 9;
                UPDATE events SET code = 10 * (:n + :n + 9 - id)::int WHERE id BETWEEN :n AND :n + 9;
                COMMIT"""),
        COPY_FROM(
                "COPY events FROM PROGRAM 'printf \"90:n\\t2026-01-02 00:00:00+00\\t90:n\\t1\\tby COPY\\n91:n\\t2026-01-05 00:00:00+00\\t91:n\\t1\\tby COPY\\n\"'"),
        REPLICA(
                """
                SET session_replication_role = replica;
                UPDATE events SET body = 'by an applier' WHERE id BETWEEN :n AND :n + 4;
                DELETE FROM events WHERE id BETWEEN :n + 5 AND :n + 9"""),
        ROLLED_BACK(
                "BEGIN; DELETE FROM events WHERE id BETWEEN :n AND :n + 9; UPDATE events SET id = id + 1000000 WHERE id < 4000; ROLLBACK"),
        SAVEPOINT(
                """
                BEGIN; UPDATE events SET id = id + 1000000 WHERE id BETWEEN :n AND :n + 9; SAVEPOINT s;
                UPDATE events SET id = id + 1000000 WHERE id BETWEEN :n + 10 AND :n + 19; ROLLBACK TO s; COMMIT"""),
        MERGE(
                """
                MERGE INTO events AS e USING (SELECT generate_series(:n, :n + 9) AS n) AS s ON e.id = s.n
                 WHEN MATCHED AND s.n % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET body = 'merged'"""),
        UPSERT(
                """
                INSERT INTO events SELECT id, at, code, parent, 'upserted' FROM events WHERE id BETWEEN :n AND :n + 9
                    ON CONFLICT (id, at) DO UPDATE SET body = excluded.body"""),
        /** More than one batch of the replay. */
        MANY("UPDATE events SET body = 'many', code = code + 100000 WHERE id % 2 = 0"),
        TRUNCATE(
                """
                TRUNCATE events;
                INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '13 seconds', n, 1, 'after TRUNCATE' FROM generate_series(0, 2999) AS n"""),
        TRUNCATE_ALONE("TRUNCATE events");

        private final String sql;

        Change(String sql) {
            this.sql = sql;
        }

        String on(int row) {
            return sql.replace(":n", String.valueOf(row));
        }

        /** As far as TimescaleDB can: no row moves from chunk to chunk, and on its Apache edition no trigger fires for an applier. */
        String onHypertable(int row) {
            return switch (this) {
                case TIME -> on(row).replace("50 hours", "1 second");
                case REPLICA -> on(row).replace("= replica", "= origin");
                default -> on(row);
            };
        }

        /** Whether there is more than one range to prove afterwards. */
        boolean leavesRows() {
            return this != TRUNCATE_ALONE;
        }
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void is_in_the_new_table_and_in_the_one_that_comes_back(Change change, Database database) throws Exception {
        database.execute(START);
        database.execute("VACUUM (TRUNCATE off, ANALYZE) events");
        List<Thread> gates = new ArrayList<>();
        CopyScenario scenario = CopyScenario.ofEvents(database).workers(1);
        scenario.before("copy", () -> gates.add(Gate.close(database, "copy", () -> database.execute(change.on(0)))))
                .before("indexes", () -> database.execute(change.on(100)))
                .before("judge", () -> database.execute(change.on(300)))
                .before("cutover", () -> database.execute(change.on(400)));
        if (change.leavesRows()) {
            scenario.before(
                    "prove", () -> gates.add(Gate.close(database, "prove", () -> database.execute(change.on(200)))));
        }

        scenario.convert();

        Rows converted = Rows.of(database, "events");
        assertThat(converted).isEqualTo(Rows.of(database, "events_old"));

        database.execute(change.onHypertable(500));
        Rows[] used = new Rows[1];
        scenario.beforeBack("catch-up-back", () -> database.execute(change.onHypertable(600)))
                .beforeBack("judge-back", () -> database.execute(change.onHypertable(800)))
                .beforeBack("cutover", () -> {
                    database.execute(change.onHypertable(900));
                    used[0] = Rows.of(database, "events");
                });
        if (change.leavesRows()) {
            scenario.beforeBack(
                    "prove-back",
                    () -> gates.add(
                            Gate.close(database, "prove-back", () -> database.execute(change.onHypertable(700)))));
        }
        scenario.goBack();
        assertThat(Rows.of(database, "events")).isEqualTo(used[0]);

        scenario.workers(2).convert();
        assertThat(Rows.of(database, "events")).isEqualTo(used[0]);
        for (Thread gate : gates) {
            gate.join(1_000);
            assertThat(gate.isAlive()).as("%s was reached", gate.getName()).isFalse();
        }
    }

    /** All that was copied before is to go, so ranges that are proved meanwhile have nothing to compare. */
    @Test
    void truncate_before_a_proof_fails_no_proof(Database database) throws Exception {
        database.execute(START);
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before("prove", () -> database.execute(Change.TRUNCATE.on(0)))
                .beforeBack("prove-back", () -> database.execute(Change.TRUNCATE.on(0)));

        scenario.convert();
        assertThat(Rows.of(database, "events")).isEqualTo(Rows.of(database, "events_old"));
        Rows used = Rows.of(database, "events");
        scenario.goBack();
        assertThat(Rows.of(database, "events")).isEqualTo(used);
    }
}

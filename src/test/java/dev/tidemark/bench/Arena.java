package dev.tidemark.bench;

import dev.tidemark.testing.Database;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** The database in which everything takes place, and the clock, the log and the disk that are read for everybody alike. */
final class Arena {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);
    private static final double MEGABYTE = 1e6;

    private final Database database;

    Arena(Database database) {
        this.database = database;
    }

    Database database() {
        return database;
    }

    /** Something that is measured. */
    interface Work {
        void run() throws Exception;
    }

    /** Everybody begins with the same data, as warm as its making left it, and an idle server. */
    void prepare(String start) {
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE");
        for (String table : ownTables()) {
            database.execute("DROP TABLE IF EXISTS " + table + " CASCADE");
        }
        database.execute("DELETE FROM partman.part_config");
        psql(start);
        database.execute("VACUUM (ANALYZE)");
        database.execute("CHECKPOINT");
    }

    private List<String> ownTables() {
        return database.column(
                """
                SELECT oid::regclass::text FROM pg_class
                 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname NOT LIKE 'part\\_config%'""");
    }

    /** Runs a script as a user would, and fails where it does. */
    void psql(String script) {
        database.psql("\\set ON_ERROR_STOP on\nSET search_path = public;\n" + script)
                .succeeded();
    }

    /** Total, write-ahead log of the whole server, and by how much the database grew at most. */
    Map<Figure, Double> measured(Work work) throws Exception {
        long before = size();
        String position = database.value("SELECT pg_current_wal_insert_lsn()");
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        try (Growth growth = new Growth()) {
            long start = System.nanoTime();
            work.run();
            figures.put(Figure.TOTAL, (System.nanoTime() - start) / 1e9);
            growth.look();
            figures.put(Figure.DISK, (growth.peak.get() - before) / MEGABYTE);
        }
        figures.put(
                Figure.WAL,
                database.number("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '" + position + "')::bigint")
                        / MEGABYTE);
        return figures;
    }

    private long size() {
        return database.number("SELECT pg_database_size(current_database())");
    }

    /** Looks at the size of the database now and then, on a thread of its own. */
    private final class Growth implements AutoCloseable {
        private final AtomicLong peak = new AtomicLong();
        private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
        private final CountDownLatch closed = new CountDownLatch(1);
        private final Thread thread = new Thread(this::watch, "size of the database");

        Growth() {
            thread.setDaemon(true);
            thread.start();
        }

        private void watch() {
            try {
                while (!closed.await(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS)) {
                    look();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                failure.set(e);
            }
        }

        void look() {
            peak.accumulateAndGet(size(), Math::max);
        }

        @Override
        public void close() {
            closed.countDown();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (failure.get() != null) {
                throw failure.get();
            }
        }
    }
}

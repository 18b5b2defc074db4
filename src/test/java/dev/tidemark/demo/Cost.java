package dev.tidemark.demo;

import dev.tidemark.testing.Database;
import java.time.Duration;
import java.util.Locale;

/**
 * What some work took.
 *
 * @param window from the first lock that anybody feels to the commit
 * @param total from start to end
 * @param walBytes write-ahead log written by the whole server meanwhile
 * @param diskBytes how much the database grew
 */
record Cost(Duration window, Duration total, long walBytes, long diskBytes) {

    /** A reading to compare with. */
    record Mark(long nanos, String lsn, long bytes) {
        static Mark of(Database database) {
            return new Mark(
                    System.nanoTime(),
                    database.value("SELECT pg_current_wal_insert_lsn()"),
                    database.number("SELECT pg_database_size(current_database())"));
        }

        Duration elapsed() {
            return Duration.ofNanos(System.nanoTime() - nanos);
        }

        Cost cost(Database database, Duration window, Duration total) {
            return new Cost(
                    window,
                    total,
                    database.number("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '" + lsn + "')::bigint"),
                    database.number("SELECT pg_database_size(current_database())") - bytes);
        }
    }

    static String time(Duration duration) {
        long millis = Math.round(duration.toNanos() / 1e6);
        return millis < 1000 ? millis + " ms" : String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }

    static String bytes(long bytes) {
        return Math.abs(bytes) < 10_000_000
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%,d MB", Math.round(bytes / 1e6));
    }
}

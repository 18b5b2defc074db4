package dev.tidemark.catalog;

import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads under the same settings whatever the session had before, and leaves the session as it was.
 *
 * <p>With autocommit, one REPEATABLE READ READ ONLY transaction around everything; inside the caller's transaction, a savepoint that is rolled back
 * at the end, which undoes the settings and gives back the locks.
 */
final class Snapshot {
    /**
     * pg_temp comes last, or a temporary table named pg_class would be read instead of the catalog; with this path PostgreSQL qualifies every name
     * outside pg_catalog. Row security off: a policy must not hide rows from "is it empty", an error is better.
     */
    private static final String SETTINGS =
            """
            SET LOCAL search_path = pg_catalog, pg_temp;
            SET LOCAL timezone = 'UTC';
            SET LOCAL DateStyle = 'ISO, YMD';
            SET LOCAL IntervalStyle = 'postgres';
            SET LOCAL extra_float_digits = 1;
            SET LOCAL quote_all_identifiers = off;
            SET LOCAL bytea_output = 'hex';
            SET LOCAL row_security = off;
            SET LOCAL max_parallel_workers_per_gather = 0
            """;

    /** Partitions looked into per statement: each takes a lock entry for itself and each of its indexes, of about 6,400 on a default server. */
    private static final int LEAVES_PER_STATEMENT = 100;

    private Snapshot() {}

    /** What {@code work} returns. */
    static <T> T read(Session session, Supplier<T> work) {
        if (!session.autoCommit()) {
            return inSavepoint(session, () -> {
                session.execute(SETTINGS);
                return work.get();
            });
        }
        AtomicReference<@Nullable T> result = new AtomicReference<>();
        session.transaction(() -> {
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            session.execute(SETTINGS);
            result.set(work.get());
        });
        T value = result.get();
        if (value == null) {
            throw new IllegalStateException("reading returned nothing");
        }
        return value;
    }

    /** The rows of many small queries of the same shape, joined by UNION ALL in batches; locks are given back after each batch. */
    static <T> List<T> unionAll(Session session, List<Sql> queries, Session.RowMapper<T> mapper) {
        List<T> rows = new ArrayList<>();
        for (int from = 0; from < queries.size(); from += LEAVES_PER_STATEMENT) {
            List<Sql> batch = queries.subList(from, Math.min(queries.size(), from + LEAVES_PER_STATEMENT));
            String union =
                    Sql.join(System.lineSeparator() + "UNION ALL ", batch).text();
            rows.addAll(inSavepoint(session, () -> session.query(union, mapper)));
        }
        return rows;
    }

    private static <T> T inSavepoint(Session session, Supplier<T> work) {
        session.execute("SAVEPOINT tidemark_catalog");
        try {
            T value = work.get();
            session.execute("ROLLBACK TO SAVEPOINT tidemark_catalog; RELEASE SAVEPOINT tidemark_catalog");
            return value;
        } catch (RuntimeException e) {
            giveBack(session, e);
            throw e;
        }
    }

    private static void giveBack(Session session, RuntimeException failure) {
        try {
            session.execute("ROLLBACK TO SAVEPOINT tidemark_catalog; RELEASE SAVEPOINT tidemark_catalog");
        } catch (DatabaseException e) {
            // The connection is gone; the failure that is on its way up says so.
            failure.addSuppressed(e);
        }
    }
}

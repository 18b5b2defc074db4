package dev.tidemark.catalog;

import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;

/** How fast a heap is read from its beginning, by one process as the scans of a conversion do it. */
final class ReadRate {
    private ReadRate() {}

    /** 0 blocks where it may not be read. */
    private static final String SIZE =
            """
            SELECT CASE WHEN NOT has_schema_privilege(?, 'USAGE') THEN 0
                        WHEN NOT has_table_privilege(?, 'SELECT') OR row_security_active(?) THEN 0
                        ELSE least(pg_relation_size(?::regclass), ?) / 8192 END AS blocks
            """;

    private static final String READ = "SELECT count(*) FROM ONLY %I WHERE ctid < '(%s,0)'::tid";

    /** Bytes per second, 0 where there is nothing to read. */
    static long measure(Session session, TableName table, long maxBytes) {
        long blocks = session.first(
                        SIZE,
                        row -> row.getLong("blocks"),
                        table.schema(),
                        table.quoted(),
                        table.quoted(),
                        table.quoted(),
                        maxBytes)
                .orElse(0L);
        if (blocks == 0) {
            return 0;
        }
        session.execute("SET LOCAL enable_seqscan = off");
        Sql read = Sql.of(READ, table, blocks);
        long start = System.nanoTime();
        session.query(read.text(), row -> row.getLong(1));
        long nanos = Math.max(1, System.nanoTime() - start);
        return (long) (blocks * 8192.0 * 1e9 / nanos);
    }
}

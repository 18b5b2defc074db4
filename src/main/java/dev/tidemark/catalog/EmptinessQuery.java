package dev.tidemark.catalog;

import dev.tidemark.catalog.StorageQuery.Storage;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which tables hold no row. */
final class EmptinessQuery {
    /**
     * Blocks of 8 kB that are looked into, 64 MB: half a second from a slow disk. A table of a terabyte whose rows were all deleted and not yet
     * vacuumed would otherwise be read to its end. Beyond this it counts as not empty, which is the safe answer.
     */
    private static final int BLOCKS = 8192;

    private EmptinessQuery() {}

    private static final String EMPTY =
            """
            SELECT %s::bigint AS oid,
                   pg_relation_size(%s::bigint::oid) <= %s * current_setting('block_size')::bigint
                   AND NOT EXISTS (SELECT FROM ONLY %I WHERE ctid < '(%s,0)'::tid) AS empty
            """;

    /** Object ids of those of {@code tables} that are proved to be empty. A table without a file block is not even opened. */
    static Set<Long> read(Session session, Collection<Storage> tables) {
        Set<Long> empty = new HashSet<>();
        List<Sql> queries = tables.stream()
                .filter(t -> t.kind() == RelationKind.TABLE
                        && t.mayRead()
                        && t.size().heapBytes() > 0)
                .map(t -> Sql.of(EMPTY, t.oid(), t.oid(), BLOCKS, t.name(), BLOCKS))
                .toList();
        tables.stream()
                .filter(t -> t.kind() == RelationKind.TABLE && t.size().heapBytes() == 0)
                .forEach(t -> empty.add(t.oid()));
        Snapshot.unionAll(session, queries, row -> row.getBoolean("empty") ? row.getLong("oid") : 0L)
                .forEach(empty::add);
        return empty;
    }
}

package dev.tidemark.catalog;

import dev.tidemark.catalog.StorageQuery.Storage;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which tables hold no row. */
final class EmptinessQuery {
    /**
     * Bytes of heap up to which a table is looked into, 64 MB: half a second from a slow disk. A table of a terabyte whose rows were all deleted and
     * not yet vacuumed would otherwise be read to its end. A greater one counts as not empty, which is the safe answer, and so
     * does one whose rows this user may not all see.
     */
    private static final long MAX_BYTES = 64L << 20;

    private EmptinessQuery() {}

    private static final String EMPTY = "SELECT %s::bigint AS oid, NOT EXISTS (SELECT FROM ONLY %I) AS empty";

    /** Object ids of those of {@code tables} that are proved to be empty. Those whose file has no byte are not even opened. */
    static Set<Long> read(Session session, Collection<Storage> tables) {
        Set<Long> empty = new HashSet<>();
        List<Sql> queries = new ArrayList<>();
        for (Storage table : tables) {
            if (table.kind() == RelationKind.TABLE && table.size().heapBytes() == 0) {
                empty.add(table.oid());
            } else if (table.kind() == RelationKind.TABLE
                    && table.readable()
                    && table.size().heapBytes() <= MAX_BYTES) {
                queries.add(Sql.of(EMPTY, table.oid(), table.name()));
            }
        }
        Snapshot.unionAll(session, queries, row -> row.getBoolean("empty") ? row.getLong("oid") : 0L)
                .forEach(empty::add);
        return empty;
    }

    /** {@code empty} together with the partitioned ones that have nothing but empty ones below them. */
    static Set<Long> withParents(Collection<Storage> pieces, Set<Long> empty) {
        Map<Long, Long> parents = new HashMap<>();
        pieces.forEach(p -> parents.put(p.oid(), p.parentOid()));
        Set<Long> filled = new HashSet<>();
        for (Storage piece : pieces) {
            if (piece.kind() != RelationKind.PARTITIONED_TABLE && !empty.contains(piece.oid())) {
                for (Long oid = piece.oid(); oid != null && filled.add(oid); ) {
                    oid = parents.get(oid);
                }
            }
        }
        Set<Long> result = new HashSet<>(parents.keySet());
        result.removeAll(filled);
        return result;
    }
}

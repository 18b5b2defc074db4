package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.Optional;

/**
 * Copies the rows of a table into another on the same server, by ranges of blocks: no index is needed, every block is read once, and nothing is read
 * twice.
 *
 * <p>A row that has changed since capture began is left out; it is in the log, and replayed once the new table has its key. So no row comes
 * twice, even one that an update moved from a block that was copied into one that was not, and the key can be built.
 */
final class CopySlices {
    private CopySlices() {}

    static Slices of(CopySubject subject, TableName from, TableName to, Capture capture) {
        if (subject.subject().isHypertable()) {
            return new HypertableSlices(subject, capture).into(to);
        }
        Sql work = Sql.of(
                """
                INSERT INTO %I (%s) OVERRIDING SYSTEM VALUE
                SELECT %s FROM ONLY %s AS s
                 WHERE s.ctid >= ('(' || %s || ',0)')::tid AND s.ctid < ('(' || %s || ',0)')::tid AND %s""",
                to,
                subject.columns(),
                Sql.join(
                        ", ",
                        subject.table().insertableColumns().stream()
                                .map(c -> Sql.of("s.%I", c))
                                .toList()),
                SliceWork.PART,
                SliceWork.LOWER,
                SliceWork.UPPER,
                capture.unchanged("s"));
        return new Slices(Slices.Unit.BLOCKS, parts(from), SliceWork.of(work), Optional.empty());
    }

    /** Blocks that are added later hold only rows that are in the log. */
    private static Sql parts(TableName from) {
        return Sql.of(
                """
                SELECT format('%%I.%%I', n.nspname, c.relname) AS part, '0' AS lower, b.blocks::text AS upper, b.blocks AS weight
                  FROM (SELECT %L::regclass AS oid UNION SELECT relid FROM pg_partition_tree(%L::regclass) WHERE isleaf) AS leaf
                  JOIN pg_class AS c ON c.oid = leaf.oid AND c.relkind = 'r'
                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                 CROSS JOIN LATERAL (SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint AS blocks) AS b
                 WHERE b.blocks > 0""",
                from.quoted(), from.quoted());
    }
}

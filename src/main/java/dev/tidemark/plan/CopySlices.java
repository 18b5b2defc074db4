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
    private static final Sql RANGE = Sql.of(
            "s.ctid >= ('(' || %s || ')')::tid AND s.ctid < ('(' || %s || ')')::tid", SliceWork.LOWER, SliceWork.UPPER);

    /**
     * A table of some size is begun in so many places, of which workers take the next one each time: seldom are two at work in the same part of the target, where
     * their rows would lie mixed and indexes and proof take a sixth longer.
     */
    private static final int STRIPES = 8;
    /** Blocks that are not worth another stripe. */
    private static final int STRIPE = 1_000;

    private CopySlices() {}

    static Slices of(CopySubject subject, TableName from, TableName to, Capture capture) {
        if (subject.subject().isHypertable()) {
            return new HypertableSlices(subject, capture).into(to);
        }
        Sql work = Sql.of(
                """
                INSERT INTO %I (%s) OVERRIDING SYSTEM VALUE
                SELECT %s FROM ONLY %s AS s
                 WHERE %s AND %s%s""",
                to,
                subject.columns(),
                subject.columns("s"),
                SliceWork.PART,
                RANGE,
                capture.unchanged("s"),
                subject.andTakenAlong("s"));
        return new Slices(Slices.Unit.BLOCKS, parts(from), SliceWork.of(work), cut(subject));
    }

    /** Where a slice ends, between two rows of a block too, so that it has not too many bytes. */
    private static Optional<SliceWork> cut(CopySubject subject) {
        SliceBytes bytes = new SliceBytes(subject.table());
        if (!bytes.canBeMany()) {
            return Optional.empty();
        }
        return Optional.of(SliceWork.of(Sql.of(
                """
                SELECT CASE WHEN %s AND (SELECT sum(%s) FROM ONLY %s AS s WHERE %s) > %s
                            THEN (SELECT trim(BOTH '()' FROM n.place::text)
                                    FROM (SELECT o.place, sum(o.bytes) OVER w AS total, row_number() OVER w AS number
                                            FROM (SELECT s.ctid AS place, %s AS bytes FROM ONLY %s AS s WHERE %s) AS o
                                          WINDOW w AS (ORDER BY o.place)) AS n
                                   WHERE n.total > %s AND n.number > 1
                                   ORDER BY n.number LIMIT 1) END""",
                SliceBytes.muchToast(Sql.of("c.oid = %s::regclass", SliceWork.PART_TEXT)),
                bytes.of("s"),
                SliceWork.PART,
                RANGE,
                SliceBytes.MOST,
                bytes.of("s"),
                SliceWork.PART,
                RANGE,
                SliceBytes.MOST)));
    }

    /** Blocks that are added later hold only rows that are in the log. */
    private static Sql parts(TableName from) {
        return Sql.of(
                """
                SELECT format('%%I.%%I', n.nspname, c.relname) AS part, g.stripe * b.blocks / s.stripes || ',0' AS lower,
                       (g.stripe + 1) * b.blocks / s.stripes || ',0' AS upper, (g.stripe + 1) * b.blocks / s.stripes - g.stripe * b.blocks / s.stripes AS weight
                  FROM (SELECT %L::regclass AS oid UNION SELECT relid FROM pg_partition_tree(%L::regclass) WHERE isleaf) AS leaf
                  JOIN pg_class AS c ON c.oid = leaf.oid AND c.relkind = 'r'
                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                 CROSS JOIN LATERAL (SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint AS blocks) AS b
                 CROSS JOIN LATERAL (SELECT least(%s, b.blocks / %s + 1) AS stripes) AS s
                 CROSS JOIN LATERAL generate_series(0, s.stripes - 1) AS g(stripe)
                 WHERE b.blocks > 0
                 ORDER BY g.stripe""",
                from.quoted(), from.quoted(), STRIPES, STRIPE);
    }
}

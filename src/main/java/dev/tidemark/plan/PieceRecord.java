package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/** Writes down, inside the block of the cutover, what a piece was before it became a chunk. */
final class PieceRecord {
    /** The run that the statement belongs to. */
    static final Sql RUN = new Sql("current_setting('tidemark.run')::uuid");

    private PieceRecord() {}

    /** Statements for {@code piece}; leave {@code piece_oid} and {@code needs_padding} set. */
    static Sql write(Subject subject) {
        return Sql.of(
                """
                        piece_oid := piece.part::regclass;
                        IF NOT EXISTS (SELECT FROM pg_constraint
                                        WHERE conrelid = piece_oid AND conname = %L AND convalidated) THEN
                            RAISE EXCEPTION 'partition %% has come since the ranges were proved', piece.part USING ERRCODE = 'TM409';
                        END IF;
                        -- Each of these would crash the server or lose rows.
                        IF NOT EXISTS (SELECT FROM pg_class AS c, pg_class AS t
                                        WHERE c.oid = piece_oid AND t.oid = target
                                          AND c.relkind = 'r' AND c.relpersistence = t.relpersistence)
                           -- pg_inherits is read whole in this window, so only where it can have a row.
                           OR EXISTS (SELECT FROM pg_class WHERE oid = piece_oid AND relhassubclass)
                              AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = piece_oid)
                           OR EXISTS (SELECT FROM pg_index WHERE indrelid = piece_oid AND NOT (indisvalid AND indisready AND indislive))
                           OR piece.lower >= piece.upper THEN
                            RAISE EXCEPTION '%% cannot become a chunk: not an ordinary table of the same persistence, or it has inheritance children, an invalid index or no range', piece.part
                                USING ERRCODE = 'TM422';
                        END IF;
                        -- Each definition is written out once, not once for each pair.
                        IF EXISTS (SELECT ti.indisunique, ti.indisprimary, %s FROM pg_index AS ti WHERE ti.indrelid = target
                                   EXCEPT
                                   SELECT pi.indisunique, pi.indisprimary, %s FROM pg_index AS pi WHERE pi.indrelid = piece_oid) THEN
                            RAISE EXCEPTION '%% lacks an index that its table has', piece.part USING ERRCODE = 'TM422';
                        END IF;
                        INSERT INTO %s (run, target, relation, parent, lower_text, upper_text, attached, keys)
                        SELECT %s, %L, piece.part, piece.parent, piece.lower_text, piece.upper_text, piece.attached,
                               coalesce(jsonb_object_agg(t.conname, p.conname) FILTER (WHERE p.conname IS NOT NULL), '{}')
                          FROM pg_constraint AS t
                          LEFT JOIN pg_constraint AS p ON p.conrelid = piece_oid AND p.contype = t.contype
                           AND pg_get_constraintdef(p.oid) = pg_get_constraintdef(t.oid)
                         WHERE t.conrelid = target AND t.contype IN ('p', 'u', 'x');
                        -- Equal counts in another order: TimescaleDB would not translate attribute numbers.
                        SELECT (SELECT relnatts FROM pg_class WHERE oid = piece_oid) = (SELECT relnatts FROM pg_class WHERE oid = target)
                               AND EXISTS (SELECT FROM pg_attribute AS a
                                             JOIN pg_attribute AS b ON b.attrelid = target AND b.attname = a.attname
                                            WHERE a.attrelid = piece_oid AND a.attnum > 0 AND NOT a.attisdropped
                                              AND a.attnum <> b.attnum)
                          INTO needs_padding;""",
                ChunkStorage.BOUND,
                PieceList.indexTail("ti"),
                PieceList.indexTail("pi"),
                subject.journalTable("piece"),
                RUN,
                subject.name().quoted());
    }
}

package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/** Writes down, inside the block of the cutover, what a piece was before it became a chunk. */
final class PieceRecord {
    /** The run that the statement belongs to. */
    static final Sql RUN = new Sql("current_setting('tidemark.run')::uuid");

    private PieceRecord() {}

    /**
     * Variables of the block: what the table's indexes are, asked once, because printing a definition is what costs most here (a pair-wise
     * comparison for every piece was half of the window), and which of a piece's indexes they are.
     */
    static Sql variables() {
        return Sql.of(
                """
                    target_indexes CONSTANT jsonb := (SELECT coalesce(jsonb_agg(to_jsonb(i)), '[]') FROM (%s) AS i);
                    index_names jsonb;
                    needs_padding boolean;
                    is_empty boolean;""",
                indexes("target"));
    }

    /**
     * {@code name, definition} of a relation's indexes; definitions are equal where the indexes are. That of a partition's index is its parent's, as long as
     * it has one: a partition that was a chunk may have {@code '5'::numeric} where its table has {@code (5)::numeric}.
     */
    private static Sql indexes(String relation) {
        return Sql.of(
                """
                SELECT x.relname AS name, d.indisprimary || ' ' || d.indisunique || ' ' || %s AS definition
                                  FROM pg_index AS i
                                  JOIN pg_class AS x ON x.oid = i.indexrelid
                                  LEFT JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
                                  JOIN pg_index AS d ON d.indexrelid = coalesce(h.inhparent, i.indexrelid)
                                 WHERE i.indrelid = %s""",
                PieceList.indexTail("d"), new Sql(relation));
    }

    /**
     * What comes first for every {@code piece} of the loop, whatever makes it a chunk: an empty one of the future is left alone, any other leaves
     * its parent, is written down, and gets a column order and a NOT NULL that a chunk may have.
     */
    static Sql takeOut(Subject subject) {
        return Sql.of(
                """
                        IF piece.future THEN
                            EXECUTE format('SELECT NOT EXISTS (SELECT FROM ONLY %%s)', piece.part) INTO is_empty;
                            CONTINUE WHEN is_empty;
                        END IF;
                        -- Which index of the piece is which of the table's.
                        SELECT coalesce(jsonb_object_agg(t.name, p.name), '{}') INTO index_names
                          FROM jsonb_to_recordset(target_indexes) AS t(name text, definition text)
                          JOIN (%s) AS p USING (definition);
                        IF piece.attached AND NOT piece.copied THEN
                            EXECUTE format('ALTER TABLE %%s DETACH PARTITION %%s', piece.parent, piece.part);
                        END IF;
                %s
                        IF needs_padding THEN
                            EXECUTE format('ALTER TABLE %%s ADD COLUMN tidemark_padding integer', piece.part);
                            EXECUTE format('ALTER TABLE %%s DROP COLUMN tidemark_padding', piece.part);
                        END IF;
                        EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I SET NOT NULL', piece.part, %L);""",
                indexes("piece.part::regclass"), write(subject), subject.timeColumnName());
    }

    /** Statements for {@code piece}; take {@code index_names} and leave {@code needs_padding} set. */
    private static Sql write(Subject subject) {
        return Sql.of(
                """
                        IF NOT EXISTS (SELECT FROM pg_constraint
                                        WHERE conrelid = piece.part::regclass AND conname = %L AND convalidated) THEN
                            RAISE EXCEPTION 'partition %% has come since the ranges were proved', piece.part USING ERRCODE = 'TM409';
                        END IF;
                        -- Each of these would crash the server or lose rows.
                        IF NOT EXISTS (SELECT FROM pg_class AS c, pg_class AS t
                                        WHERE c.oid = piece.part::regclass AND t.oid = target
                                          AND c.relkind = 'r' AND c.relpersistence = t.relpersistence)
                           OR EXISTS (SELECT FROM pg_inherits WHERE inhparent = piece.part::regclass)
                           OR EXISTS (SELECT FROM pg_index WHERE indrelid = piece.part::regclass AND NOT (indisvalid AND indisready AND indislive))
                           OR piece.lower >= piece.upper THEN
                            RAISE EXCEPTION '%% cannot become a chunk: not an ordinary table of the same persistence, or it has inheritance children, an invalid index or no range', piece.part
                                USING ERRCODE = 'TM422';
                        END IF;
                        IF (SELECT count(*) FROM jsonb_object_keys(index_names)) < jsonb_array_length(target_indexes) THEN
                            RAISE EXCEPTION '%% lacks an index that its table has', piece.part USING ERRCODE = 'TM422';
                        END IF;
                        INSERT INTO %s (run, target, relation, parent, lower_text, upper_text, attached, keys)
                        SELECT %s, %L, piece.part, piece.parent, piece.lower_text, piece.upper_text, piece.attached,
                               coalesce(jsonb_object_agg(t.conname, index_names ->> t.conname) FILTER (WHERE t.conname IS NOT NULL), '{}')
                          FROM pg_constraint AS t
                         WHERE t.conrelid = target AND t.contype IN ('p', 'u', 'x');
                        -- Equal counts in another order: TimescaleDB would not translate attribute numbers.
                        SELECT (SELECT relnatts FROM pg_class WHERE oid = piece.part::regclass) = (SELECT relnatts FROM pg_class WHERE oid = target)
                               AND EXISTS (SELECT FROM pg_attribute AS a
                                             JOIN pg_attribute AS b ON b.attrelid = target AND b.attname = a.attname
                                            WHERE a.attrelid = piece.part::regclass AND a.attnum > 0 AND NOT a.attisdropped
                                              AND a.attnum <> b.attnum)
                          INTO needs_padding;""",
                ChunkStorage.BOUND,
                subject.journalTable("piece"),
                RUN,
                subject.name().quoted());
    }
}

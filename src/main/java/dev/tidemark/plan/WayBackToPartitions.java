package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/**
 * Back to native partitions: former partitions under their own names and bounds, chunks made since the cutover as new partitions.
 *
 * <p>What was open stays open. A last partition that went to MAXVALUE ends, where rows lie beyond the end it had as a chunk, at that end; chunks
 * beyond it begin where the one before ends, and the last of them goes to MAXVALUE. Their own CHECKs imply these wider bounds, so nothing is read.
 */
final class WayBackToPartitions {
    private WayBackToPartitions() {}

    static Sql block(Subject subject, WayBack.Chunks chunks) {
        TimeType type = subject.timeType();
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %L::regclass;
                    follower CONSTANT regclass := %L::regclass;
                    piece record;
                    other record;
                    hypertable integer;
                    parent_table text;
                    child_name text;
                    covering text;
                    -- From here on to MAXVALUE everything had a partition; NULL where that is still so or never was.
                    open_from bigint;
                BEGIN
                %s
                    SELECT %s INTO open_from
                      FROM %s AS v
                     WHERE v.run = %s AND v.target = %L AND v.attached AND v.upper_text = 'MAXVALUE' AND to_regclass(v.relation) IS NULL;
                    FOR piece IN
                        SELECT c.chunk, c.slice, c.part, c.lower, c.upper, v.parent, v.lower_text, v.upper_text,
                               coalesce(v.attached, true) AS attached, v.keys, v.run IS NOT NULL AS former,
                               lead(c.lower) OVER (ORDER BY c.lower) IS NULL AS last
                          FROM (%s) AS c
                          LEFT JOIN %s AS v ON v.run = %s AND to_regclass(v.relation) = to_regclass(c.part)
                         ORDER BY c.lower
                    LOOP
                        FOR other IN
                            SELECT t.tgname AS name FROM pg_trigger AS t
                             WHERE t.tgrelid = piece.part::regclass AND NOT t.tgisinternal
                               AND EXISTS (SELECT FROM pg_trigger AS r WHERE r.tgrelid IN (target, follower) AND r.tgname = t.tgname AND r.tgtype & 1 = 1)
                        LOOP
                            EXECUTE format('DROP TRIGGER %%I ON %%s', other.name, piece.part);
                        END LOOP;
                %s
                %s%s        IF NOT piece.attached THEN
                            EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT IF EXISTS %%I', piece.part, %s);
                            CONTINUE;
                        END IF;
                        parent_table := piece.parent;
                        IF piece.former THEN
                            IF piece.upper_text = 'MAXVALUE' AND NOT piece.last THEN
                                piece.upper_text := %s;
                                open_from := piece.upper;
                            END IF;
                        ELSE
                            piece.lower_text := %s;
                            piece.upper_text := %s;
                            IF piece.lower >= open_from THEN
                                piece.lower_text := CASE open_from WHEN '-9223372036854775808'::bigint THEN 'MINVALUE' ELSE %s END;
                                piece.upper_text := CASE WHEN piece.last THEN 'MAXVALUE' ELSE piece.upper_text END;
                                open_from := CASE WHEN NOT piece.last THEN piece.upper END;
                            END IF;
                %s        END IF;
                        EXECUTE format('ALTER TABLE %%s ATTACH PARTITION %%s FOR VALUES FROM (%%s) TO (%%s)', parent_table, piece.part,
                            CASE piece.lower_text WHEN 'MINVALUE' THEN 'MINVALUE' ELSE quote_literal(piece.lower_text) END,
                            CASE piece.upper_text WHEN 'MAXVALUE' THEN 'MAXVALUE' ELSE quote_literal(piece.upper_text) END);
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT IF EXISTS %%I', piece.part, %s);
                %s    END LOOP;
                %s%sEND
                $tidemark$""",
                subject.name().quoted(),
                subject.retired().quoted(),
                WayBack.prologue(chunks.restoring()),
                position(type, "v.lower_text"),
                subject.journalTable("piece"),
                PieceRecord.RUN,
                subject.name().quoted(),
                chunks.chunks(),
                subject.journalTable("piece"),
                PieceRecord.RUN,
                chunks.removal(),
                WayBack.dropColumns(),
                NewPartition.keys(),
                chunks.bound(),
                type.textOfPosition(new Sql("piece.upper")),
                type.textOfPosition(new Sql("piece.lower")),
                type.textOfPosition(new Sql("piece.upper")),
                type.textOfPosition(new Sql("open_from")),
                NewPartition.place(subject),
                chunks.bound(),
                WayBack.dropNotNull(subject),
                emptyEnds(subject),
                WayBack.epilogue(chunks.restoring()));
    }

    /**
     * A first or last partition without an end that was dropped with its rows comes back empty, as far as nothing else covers its range: rows for it
     * are still to be accepted.
     */
    private static Sql emptyEnds(Subject subject) {
        TimeType type = subject.timeType();
        return Sql.of(
                """
                    FOR piece IN
                        SELECT v.*, %s AS lower, CASE v.upper_text WHEN 'MAXVALUE' THEN 9223372036854775807 ELSE %s END AS upper FROM %s AS v
                         WHERE v.run = %s AND v.target = %L AND v.attached AND to_regclass(v.relation) IS NULL AND to_regclass(v.parent) IS NOT NULL
                           AND 'MINVALUE' IN (v.lower_text, replace(v.upper_text, 'MAXVALUE', 'MINVALUE'))
                         ORDER BY 1
                    LOOP
                        parent_table := piece.parent;
                        SELECT min(b.lower) AS lowest, max(b.upper) AS highest INTO other FROM (%s) AS b;
                        IF piece.upper_text = 'MAXVALUE' AND other.highest > piece.lower THEN
                            CONTINUE WHEN other.highest = 9223372036854775807;
                            piece.lower_text := %s;
                        ELSIF piece.lower_text = 'MINVALUE' AND other.lowest < piece.upper THEN
                            CONTINUE WHEN other.lowest = '-9223372036854775808'::bigint;
                            piece.upper_text := %s;
                        END IF;
                        EXECUTE format('CREATE TABLE %%s PARTITION OF %%s FOR VALUES FROM (%%s) TO (%%s)', piece.relation, piece.parent,
                            CASE piece.lower_text WHEN 'MINVALUE' THEN 'MINVALUE' ELSE quote_literal(piece.lower_text) END,
                            CASE piece.upper_text WHEN 'MAXVALUE' THEN 'MAXVALUE' ELSE quote_literal(piece.upper_text) END);
                    END LOOP;
                """,
                position(type, "v.lower_text"),
                type.positionOf(Sql.of("%s::%s", new Sql("v.upper_text"), type.cast())),
                subject.journalTable("piece"),
                PieceRecord.RUN,
                subject.name().quoted(),
                NewPartition.children(type),
                type.textOfPosition(new Sql("other.highest")),
                type.textOfPosition(new Sql("other.lowest")));
    }

    private static Sql position(TimeType type, String lowerText) {
        return Sql.of(
                "CASE %s WHEN 'MINVALUE' THEN '-9223372036854775808'::bigint ELSE %s END",
                new Sql(lowerText), type.positionOf(Sql.of("%s::%s", new Sql(lowerText), type.cast())));
    }
}

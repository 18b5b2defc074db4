package dev.tidemark.plan;

import dev.tidemark.schema.Trigger;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The block of the way back that returns every chunk to the retired table: former partitions under their own names and bounds, chunks made
 * since the cutover as new partitions. Which chunks there are is asked of the catalog when it runs.
 */
final class WayBack {
    private WayBack() {}

    /**
     * The block.
     *
     * @param chunks lists the hypertable's chunks: {@code SELECT chunk, slice, part, lower, upper} for {@code hypertable}
     * @param removal statements that take {@code piece.part} out of the hypertable {@code target}
     * @param bound an expression for the name of the CHECK that then proves the range
     * @param restoring whether TimescaleDB's restore mode is needed meanwhile
     */
    static Sql block(Subject subject, Sql chunks, Sql removal, Sql bound, boolean restoring) {
        return subject.isHeap()
                ? heapBlock(subject, chunks, removal, bound, restoring)
                : partitionsBlock(subject, chunks, removal, bound, restoring);
    }

    private static Sql partitionsBlock(Subject subject, Sql chunks, Sql removal, Sql bound, boolean restoring) {
        TimeType type = subject.timeType();
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %s;
                    piece record;
                    other record;
                    hypertable integer;
                    parent_table text;
                    child_name text;
                    covering text;
                BEGIN
                %s
                    FOR piece IN
                        SELECT c.chunk, c.slice, c.part, c.lower, c.upper, v.parent, v.lower_text, v.upper_text,
                               coalesce(v.attached, true) AS attached, v.keys, v.run IS NOT NULL AS former
                          FROM (%s) AS c
                          LEFT JOIN %s AS v ON v.run = %s AND to_regclass(v.relation) = to_regclass(c.part)
                         ORDER BY c.lower
                    LOOP
                        FOR other IN SELECT * FROM %s
                        LOOP
                            EXECUTE format('DROP TRIGGER IF EXISTS %%I ON %%s', other.name, piece.part);
                        END LOOP;
                %s
                        -- Keys and foreign keys of a former partition get their own names back, those of a new one names like its siblings'.
                        FOR other IN SELECT k.key AS key_name, k.value AS own_name FROM jsonb_each_text(coalesce(piece.keys, '{}')) AS k
                        LOOP
                            CONTINUE WHEN NOT EXISTS (
                                SELECT FROM pg_constraint
                                 WHERE conrelid = piece.part::regclass AND conname = left(piece.chunk || '_' || other.key_name, 63));
                            EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', piece.part,
                                           left(piece.chunk || '_' || other.key_name, 63), other.own_name);
                        END LOOP;
                        FOR other IN
                            SELECT p.conname AS own_name, t.conname AS key_name
                              FROM pg_constraint AS t
                              JOIN pg_constraint AS p ON p.contype = t.contype AND pg_get_constraintdef(p.oid) = pg_get_constraintdef(t.oid)
                             WHERE t.conrelid = target AND p.conrelid = piece.part::regclass AND t.contype = 'f' AND t.conname <> p.conname
                               AND t.conparentid = 0 AND p.conparentid = 0
                        LOOP
                            EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', piece.part, other.own_name, other.key_name);
                        END LOOP;
                        IF NOT piece.attached THEN
                            EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT IF EXISTS %%I', piece.part, %s);
                            CONTINUE;
                        END IF;
                        parent_table := piece.parent;
                        IF NOT piece.former THEN
                            piece.lower_text := %s;
                            piece.upper_text := %s;
                            -- The deepest partitioned table whose range covers the chunk takes it.
                            parent_table := %L;
                            LOOP
                                SELECT %s INTO covering;
                                EXIT WHEN covering IS NULL;
                                parent_table := covering;
                            END LOOP;
                            child_name := %s;
                            FOR other IN %s
                            LOOP
                                EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %%s)', other.part) INTO other.filled;
                                IF other.filled THEN
                                    RAISE EXCEPTION 'chunk %% [%%, %%) overlaps partition %%, which holds rows', piece.part, piece.lower_text,
                                        piece.upper_text, other.part USING ERRCODE = 'TM501';
                                END IF;
                                IF other.lower = piece.lower AND other.upper = piece.upper THEN
                                    child_name := other.name;
                                END IF;
                                EXECUTE format('DROP TABLE %%s', other.part);
                            END LOOP;
                            EXECUTE format('ALTER TABLE %%s SET SCHEMA %%I', piece.part, %L);
                            piece.part := format('%%I.%%I', %L, (SELECT relname FROM pg_class WHERE oid = to_regclass(
                                format('%%I.%%I', %L, (parse_ident(piece.part))[2]))));
                            EXECUTE format('ALTER TABLE %%s RENAME TO %%I', piece.part, child_name);
                            piece.part := format('%%I.%%I', %L, child_name);
                            FOR other IN
                                SELECT format('%%I.%%I', n.nspname, pc.relname) AS index_name, left(child_name || '_' || tc.relname, 63) AS new_name
                                  FROM pg_index AS ti
                                  JOIN pg_class AS tc ON tc.oid = ti.indexrelid
                                  JOIN pg_index AS pi ON pi.indrelid = piece.part::regclass AND pi.indisprimary = ti.indisprimary
                                  JOIN pg_class AS pc ON pc.oid = pi.indexrelid
                                  JOIN pg_namespace AS n ON n.oid = pc.relnamespace
                                 WHERE ti.indrelid = target
                                   AND %s = %s
                            LOOP
                                CONTINUE WHEN to_regclass(format('%%I.%%I', %L, other.new_name)) IS NOT NULL;
                                EXECUTE format('ALTER INDEX %%s RENAME TO %%I', other.index_name, other.new_name);
                            END LOOP;
                        END IF;
                        EXECUTE format('ALTER TABLE %%s ATTACH PARTITION %%s FOR VALUES FROM (%%s) TO (%%s)', parent_table, piece.part,
                            CASE piece.lower_text WHEN 'MINVALUE' THEN 'MINVALUE' ELSE quote_literal(piece.lower_text) END,
                            CASE piece.upper_text WHEN 'MAXVALUE' THEN 'MAXVALUE' ELSE quote_literal(piece.upper_text) END);
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', piece.part, %s);
                %s    END LOOP;
                %sEND
                $tidemark$""",
                Sql.of("%L::regclass", subject.name().quoted()),
                prologue(restoring),
                chunks,
                subject.journalTable("piece"),
                PieceRecord.RUN,
                PieceList.rowTriggers(subject),
                removal,
                bound,
                type.textOfPosition(new Sql("piece.lower")),
                type.textOfPosition(new Sql("piece.upper")),
                subject.retired().quoted(),
                covering(type),
                partitionName(subject),
                overlapping(type),
                subject.name().schema(),
                subject.name().schema(),
                subject.name().schema(),
                subject.name().schema(),
                PieceList.indexTail("ti"),
                PieceList.indexTail("pi"),
                subject.name().schema(),
                bound,
                dropNotNull(subject),
                epilogue(restoring));
    }

    private static Sql heapBlock(Subject subject, Sql chunks, Sql removal, Sql bound, boolean restoring) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %s;
                    heap CONSTANT text := %L;
                    piece record;
                    hypertable integer;
                    -- As they are now: a column that came after the cutover is one of the rows' too.
                    columns CONSTANT text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                                               WHERE attrelid = target AND attnum > 0 AND NOT attisdropped AND attgenerated = '');
                BEGIN
                %s
                    FOR piece IN
                        SELECT * FROM (%s) AS c ORDER BY to_regclass(c.part) = heap::regclass DESC, c.lower
                    LOOP
                %s
                        IF to_regclass(piece.part) = heap::regclass THEN
                            EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', piece.part, %s);
                %s%s        ELSE
                            EXECUTE format('INSERT INTO %%s (%%s) OVERRIDING SYSTEM VALUE SELECT %%2$s FROM ONLY %%3$s', heap, columns, piece.part);
                            EXECUTE format('DROP TABLE %%s', piece.part);
                        END IF;
                    END LOOP;
                %s%sEND
                $tidemark$""",
                Sql.of("%L::regclass", subject.name().quoted()),
                subject.retired().quoted(),
                prologue(restoring),
                chunks,
                removal,
                bound,
                dropNotNull(subject),
                triggers(subject, "        ", t -> new Sql("DISABLE")),
                triggers(subject, "", Twin::triggerState),
                epilogue(restoring));
    }

    /** They fired when the rows were written; a row that only returns must not fire them again. */
    private static Sql triggers(Subject subject, String indent, Function<Trigger, Sql> state) {
        List<Sql> statements = subject.table().triggers().stream()
                .filter(trigger -> !trigger.enabled().equals("D"))
                .map(trigger -> Sql.of(
                        "%s    ALTER TABLE %I %s TRIGGER %I;\n",
                        new Sql(indent), subject.retired(), state.apply(trigger), trigger.name()))
                .toList();
        return statements.isEmpty()
                ? new Sql("")
                : Sql.join(
                        "",
                        Stream.concat(
                                        Stream.of(new Sql(indent + "    SET CONSTRAINTS ALL IMMEDIATE;\n")),
                                        statements.stream())
                                .toList());
    }

    private static Sql prologue(boolean restoring) {
        return new Sql(
                """
                    SELECT h.id INTO STRICT hypertable
                      FROM _timescaledb_catalog.hypertable AS h
                      JOIN pg_class AS c ON c.relname = h.table_name
                      JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = h.schema_name
                     WHERE c.oid = target;"""
                        + (restoring ? "\n    PERFORM set_config('timescaledb.restoring', 'on', true);" : ""));
    }

    private static Sql epilogue(boolean restoring) {
        return new Sql(restoring ? "    PERFORM set_config('timescaledb.restoring', 'off', true);\n" : "");
    }

    private static Sql dropNotNull(Subject subject) {
        return subject.timeColumn().notNull()
                ? new Sql("")
                : Sql.of(
                        "        EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I DROP NOT NULL', piece.part, %L);\n",
                        subject.timeColumnName());
    }

    /** The partitioned child of {@code parent_table} whose range covers the piece. */
    private static Sql covering(TimeType type) {
        return Sql.of(
                """
                format('%%I.%%I', b.nspname, b.relname)
                                  FROM (%s) AS b
                                 WHERE b.relkind = 'p' AND b.lower <= piece.lower AND b.upper >= piece.upper""",
                children(type));
    }

    /** The children of {@code parent_table} that the piece overlaps. */
    private static Sql overlapping(TimeType type) {
        return Sql.of(
                """
                SELECT format('%%I.%%I', b.nspname, b.relname) AS part, b.relname AS name, b.lower, b.upper, false AS filled
                                  FROM (%s) AS b
                                 WHERE b.lower < piece.upper AND b.upper > piece.lower""",
                children(type));
    }

    /** The RANGE children of {@code parent_table} with their bounds as positions. */
    private static Sql children(TimeType type) {
        return Sql.of(
                """
                SELECT n.nspname, c.relname, c.relkind, r.lower, r.upper
                                          FROM pg_inherits AS i
                                          JOIN pg_class AS c ON c.oid = i.inhrelid
                                          JOIN pg_namespace AS n ON n.oid = c.relnamespace
                                         CROSS JOIN LATERAL (%s) AS r
                                         WHERE i.inhparent = parent_table::regclass AND r.bounds IS NOT NULL""",
                PieceList.bounds(type, "c"));
    }

    /** An expression for the name of a new partition: like pg_partman's where it managed the table, else with the lower bound in digits. */
    private static Sql partitionName(Subject subject) {
        TableName name = subject.name();
        String format = subject.partman().flatMap(p -> p.suffixFormat()).orElse("YYYYMMDD_HH24MISS");
        Sql suffix = subject.timeType().isInteger()
                ? new Sql("piece.lower::text")
                : Sql.of("to_char((timestamp 'epoch' + piece.lower * interval '1 microsecond'), %L)", format);
        String room = RetiredNames.fitted(name.name(), "_p" + "0".repeat(Math.max(format.length(), 20)));
        String base = room.substring(0, room.length() - Math.max(format.length(), 20));
        return Sql.of("%L || %s", base, suffix);
    }
}

package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;

/** A chunk that was made since the cutover and becomes a partition: its place, its name, the names of its keys and indexes. */
final class NewPartition {
    private NewPartition() {}

    /** Statements that name the keys and foreign keys of {@code piece}: a former partition's are its own again, new ones are called like their siblings. */
    static Sql keys() {
        return new Sql(
                """
                        FOR other IN
                            SELECT p.conname AS chunk_name, coalesce(piece.keys ->> t.conname,
                                       left((SELECT relname FROM pg_class WHERE oid = piece.part::regclass) || '_' || t.conname, 63)) AS own_name
                              FROM pg_constraint AS t
                              JOIN pg_constraint AS p ON p.conrelid = piece.part::regclass AND p.conname = left(piece.chunk || '_' || t.conname, 63)
                             WHERE t.conrelid = target AND t.contype IN ('p', 'u', 'x') AND piece.former
                        LOOP
                            EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', piece.part, other.chunk_name, other.own_name);
                        END LOOP;
                        FOR other IN
                            SELECT p.conname AS own_name, t.conname AS key_name
                              FROM pg_constraint AS t
                              JOIN pg_constraint AS p ON p.contype = t.contype AND pg_get_constraintdef(p.oid) = pg_get_constraintdef(t.oid)
                             WHERE t.conrelid = target AND p.conrelid = piece.part::regclass AND t.contype = 'f' AND t.conname <> p.conname
                               AND t.conparentid = 0 AND p.conparentid = 0
                        LOOP
                            EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', piece.part, other.own_name, other.key_name);
                        END LOOP;
                """);
    }

    /** Statements that find the parent of {@code piece}, make room for it and give it its name. */
    static Sql place(Subject subject) {
        TimeType type = subject.timeType();
        String schema = subject.name().schema();
        return Sql.of(
                """
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
                                        piece.upper_text, other.part USING ERRCODE = 'TM501', HINT = 'Move these rows into the hypertable.';
                                END IF;
                                IF other.lower = piece.lower AND other.upper = piece.upper THEN
                                    child_name := other.name;
                                END IF;
                                EXECUTE format('DROP TABLE %%s', other.part);
                            END LOOP;
                            IF to_regclass(format('%%I.%%I', %L, child_name)) IS NOT NULL THEN
                                child_name := left(child_name, 40) || '_' || piece.chunk;
                            END IF;
                            EXECUTE format('ALTER TABLE %%s SET SCHEMA %%I', piece.part, %L);
                            piece.part := format('%%I.%%I', %L, (parse_ident(piece.part))[2]);
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
                                CONTINUE WHEN to_regclass(format('%%I.%%I', %L, other.new_name)) IS NOT NULL OR to_regclass(other.index_name) IS NULL;
                                EXECUTE format('ALTER INDEX %%s RENAME TO %%I', other.index_name, other.new_name);
                            END LOOP;
                """,
                subject.retired().quoted(),
                covering(type),
                name(subject),
                overlapping(type),
                schema,
                schema,
                schema,
                schema,
                PieceList.indexTail("ti"),
                PieceList.indexTail("pi"),
                schema);
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
    static Sql children(TimeType type) {
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

    /** An expression for the name: like pg_partman's where it managed the table, else with the lower bound in digits. */
    private static Sql name(Subject subject) {
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

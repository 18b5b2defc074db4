package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * Evidence that the window of the way back lost nothing, taken inside it like that of the cutover: the file nodes of every chunk that becomes a
 * table again, that each one's range is covered by its partition, and the rows of a cold and a hot part, read through the table's name. Rows of a
 * plain table's later chunks do move; they are counted where they are moved.
 */
final class WayBackProof {
    private static final String FILE_NODES = StorageProof.WAY_BACK + "file nodes";
    private static final String RANGE = StorageProof.WAY_BACK + "range";

    private WayBackProof() {}

    /** Before anything is changed; the pieces are called by their oids, because they are about to change their names. */
    static List<Sql> before(Subject subject, Sql chunks) {
        return List.of(storage(subject, chunks), rows(subject, chunks));
    }

    private static Sql returning(Subject subject, Sql chunks) {
        return subject.isHeap()
                ? Sql.of(
                        "SELECT * FROM (%s) AS c WHERE to_regclass(c.part) = to_regclass(%L)",
                        chunks, subject.retired().quoted())
                : chunks;
    }

    /** File nodes and ranges. */
    static Sql storage(Subject subject, Sql chunks) {
        return Sql.of(
                """
                        INSERT INTO %s (run, kind, subject, before)
                        SELECT %s, k.kind, to_regclass(v.part)::oid::text, CASE k.kind WHEN %L THEN %s ELSE '[' || v.lower || ', ' || v.upper || ')' END
                          FROM (%s) AS v
                         CROSS JOIN (VALUES (%L), (%L)) AS k(kind)
                         WHERE k.kind = %L OR NOT %s AND NOT EXISTS (SELECT FROM %s AS s WHERE s.run = %s AND to_regclass(s.relation) = to_regclass(v.part)
                                                                     AND NOT s.attached)""",
                subject.journalTable("proof"),
                PieceRecord.RUN,
                FILE_NODES,
                StorageProof.fileNodes("to_regclass(v.part)", "f.oid || ':' || pg_relation_filenode(f.oid)"),
                returning(subject, chunks),
                FILE_NODES,
                RANGE,
                FILE_NODES,
                subject.isHeap(),
                subject.journalTable("piece"),
                PieceRecord.RUN);
    }

    /** Rows, read by the table's name. */
    static Sql rows(Subject subject, Sql chunks) {
        return StorageProof.samples(
                subject,
                Sql.of("(SELECT p.*, false AS copied FROM (%s) AS p) AS v", returning(subject, chunks)),
                subject.name(),
                StorageProof.WAY_BACK);
    }

    /** After everything is changed. */
    static List<Sql> after(Subject subject) {
        return List.of(
                Sql.of(
                        """
                        UPDATE %s AS p
                           SET subject = m.name, after = m.after
                          FROM (SELECT b.kind, b.subject, format('%%I.%%I', n.nspname, c.relname) AS name,
                                       CASE b.kind WHEN %L THEN (
                                                SELECT string_agg(o.node || ':' || coalesce(pg_relation_filenode(o.node::oid)::text, 'gone'), ' ' ORDER BY o.n)
                                                  FROM regexp_split_to_table(regexp_replace(b.before, ':\\d+', '', 'g'), ' ') WITH ORDINALITY AS o(node, n))
                                            ELSE (SELECT CASE WHEN r.lower <= w.ends[1]::bigint AND r.upper >= w.ends[2]::bigint THEN b.before
                                                              ELSE '[' || r.lower || ', ' || r.upper || ')' END
                                                    FROM (%s) AS r, regexp_match(b.before, '(-?\\d+), (-?\\d+)') AS w(ends)) END AS after
                                  FROM (SELECT *, subject::oid AS oid FROM %s WHERE run = %s AND kind IN (%L, %L) AND subject ~ '^\\d+$') AS b
                                  JOIN pg_class AS c ON c.oid = b.oid
                                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                                 WHERE b.kind = %L OR pg_partition_root(c.oid) = to_regclass(%L)) AS m
                         WHERE p.run = %s AND p.kind = m.kind AND p.subject = m.subject""",
                        subject.journalTable("proof"),
                        FILE_NODES,
                        PieceList.bounds(subject.timeType(), "c"),
                        subject.journalTable("proof"),
                        PieceRecord.RUN,
                        FILE_NODES,
                        RANGE,
                        FILE_NODES,
                        subject.name().quoted(),
                        PieceRecord.RUN),
                StorageProof.sampleAgain(subject, StorageProof.WAY_BACK));
    }
}

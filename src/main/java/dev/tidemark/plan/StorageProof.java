package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;

/**
 * Evidence that a window moved nothing: taken inside it, before and after, so that no writer can come between, and bounded, so that it does not
 * grow with the rows.
 *
 * <p>File nodes of every piece with its indexes and TOAST; ranges; and count, xor and sum of the exact row hash, read through the table's own
 * name, of a cold part (the first blocks of the first piece that has any) and a hot part (the same of the last).
 */
final class StorageProof {
    /** Blocks of a piece that are hashed: 128 kB, some thousand rows, a few milliseconds; four times as many were a third of the window. */
    private static final int BLOCKS = 16;

    private static final String NODES = "pg_relation_filenode(f.oid)::text";

    /** What the names of proofs of the way back begin with. */
    static final String WAY_BACK = "way back: ";

    private StorageProof() {}

    /** Before anything is changed. {@code top} is the partitioned table, or the plain one, under its name at that time. */
    static List<Sql> before(Subject subject, TableName top) {
        List<Sql> sql = new ArrayList<>();
        sql.add(Sql.of(
                """
                INSERT INTO %s (run, kind, subject, before)
                SELECT %s, k.kind, %s, CASE k.kind WHEN 'file nodes' THEN %s ELSE '[' || v.lower || ', ' || v.upper || ')' END
                  FROM %s
                 CROSS JOIN (VALUES ('file nodes'), ('range')) AS k(kind)""",
                subject.journalTable("proof"),
                PieceRecord.RUN,
                // A plain table is found again under the name it gets in the window.
                subject.isHeap() ? Sql.of("%L", subject.retired().quoted()) : new Sql("v.part"),
                fileNodes("v.part::regclass", NODES),
                PieceList.of(subject, top)));
        // Until now, rows of a copy are read from another place: they have a proof of their own.
        Sql sampled = Sql.of("(SELECT * FROM %s WHERE NOT v.copied) AS p", PieceList.of(subject, top));
        sql.add(samples(subject, sampled, top, ""));
        return sql;
    }

    /** After everything is changed. {@code chunks} lists what the table consists of now. */
    static List<Sql> after(Subject subject, Sql chunks) {
        Sql proof = subject.journalTable("proof");
        return List.of(
                Sql.of(
                        """
                        WITH wanted AS MATERIALIZED (
                            SELECT p.kind, p.subject, to_regclass(p.subject)::oid AS oid
                              FROM %s AS p WHERE p.run = %s AND p.kind IN ('file nodes', 'range')),
                        present AS MATERIALIZED (SELECT to_regclass(c.part)::oid AS oid, c.lower, c.upper FROM (%s) AS c)
                        UPDATE %s AS p
                           SET after = CASE p.kind WHEN 'file nodes' THEN %s ELSE '[' || c.lower || ', ' || c.upper || ')' END
                          FROM wanted AS w
                          JOIN present AS c ON c.oid = w.oid
                         WHERE p.run = %s AND p.kind = w.kind AND p.subject = w.subject""",
                        proof, PieceRecord.RUN, chunks, proof, fileNodes("c.oid", NODES), PieceRecord.RUN),
                // What stayed with the retired table is no part of the proof.
                Sql.of(
                        """
                        DELETE FROM %s AS p
                         WHERE p.run = %s AND p.kind IN ('file nodes', 'range') AND p.after IS NULL
                           AND NOT EXISTS (SELECT FROM %s AS s WHERE s.run = p.run AND s.relation = p.subject)
                           AND p.subject IN (SELECT format('%%I.%%I', n.nspname, c.relname)
                                               FROM pg_partition_tree(to_regclass(%L)) AS t
                                               JOIN pg_class AS c ON c.oid = t.relid
                                               JOIN pg_namespace AS n ON n.oid = c.relnamespace)""",
                        proof,
                        PieceRecord.RUN,
                        subject.journalTable("piece"),
                        subject.retired().quoted()),
                sampleAgain(subject, ""));
    }

    /** Fails the window where anything differs. */
    static Sql check(Sql proofTable) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    broken record;
                BEGIN
                    SELECT p.kind, p.subject, p.before, p.after INTO broken
                      FROM %s AS p WHERE p.run = %s AND p.before IS DISTINCT FROM p.after LIMIT 1;
                    IF FOUND THEN
                        RAISE EXCEPTION 'proof failed: %% of %% was %% and is %%', broken.kind, broken.subject, broken.before, broken.after
                            USING ERRCODE = 'TM500', HINT = 'The window was rolled back; nothing has changed.';
                    END IF;
                END
                $tidemark$""",
                proofTable, PieceRecord.RUN);
    }

    /** Of all files of a relation: its heap, its TOAST, their indexes, in the order of their oids, {@code expression} of each {@code f.oid}. */
    static Sql fileNodes(String relation, String expression) {
        return new Sql(
                """
                (SELECT string_agg(EXPRESSION, ' ' ORDER BY f.oid)
                           FROM pg_class AS rel
                          CROSS JOIN LATERAL (
                                SELECT rel.oid
                                UNION ALL SELECT rel.reltoastrelid WHERE rel.reltoastrelid <> 0
                                UNION ALL SELECT ix.indexrelid FROM pg_index AS ix WHERE ix.indrelid IN (rel.oid, rel.reltoastrelid)) AS f(oid)
                          WHERE rel.oid = RELATION)"""
                        .replace("EXPRESSION", expression)
                        .replace("RELATION", relation));
    }

    /** Hashes a part of the first and of the last of {@code pieces} that hold rows; {@code prefix} begins the proofs' kinds. */
    static Sql samples(Subject subject, Sql pieces, TableName top, String prefix) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    piece record;
                    wanted text;
                    filled boolean;
                    found text;
                BEGIN
                    FOREACH wanted IN ARRAY ARRAY['cold', 'hot']
                    LOOP
                        FOR piece IN SELECT * FROM %s ORDER BY CASE wanted WHEN 'cold' THEN lower ELSE -(lower + 1) END
                        LOOP
                            EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %%s)', piece.part) INTO filled;
                            CONTINUE WHEN NOT filled;
                            EXECUTE format(%s, %s, piece.lower, piece.upper) INTO found;
                            INSERT INTO %s (run, kind, subject, before)
                            VALUES (%s, %L || wanted, %L || ' [' || piece.lower || ', ' || piece.upper || ')', found);
                            EXIT;
                        END LOOP;
                    END LOOP;
                END
                $tidemark$""",
                pieces,
                hashQuery(subject),
                Sql.of("%L", top.quoted()),
                subject.journalTable("proof"),
                PieceRecord.RUN,
                prefix + "rows read by name, ",
                subject.name().quoted());
    }

    static Sql sampleAgain(Subject subject, String prefix) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    sample record;
                    found text;
                BEGIN
                    FOR sample IN
                        SELECT p.kind, p.subject, r.ends
                          FROM %s AS p
                         CROSS JOIN LATERAL regexp_match(p.subject, '\\[(-?\\d+), (-?\\d+)\\)$') AS r(ends)
                         WHERE p.run = %s AND starts_with(p.kind, %L) AND starts_with(p.subject, %L || ' [')
                    LOOP
                        EXECUTE format(%s, %s, sample.ends[1], sample.ends[2]) INTO found;
                        UPDATE %s AS p SET after = found WHERE p.run = %s AND p.kind = sample.kind AND p.subject = sample.subject;
                    END LOOP;
                END
                $tidemark$""",
                subject.journalTable("proof"),
                PieceRecord.RUN,
                prefix + "rows read by name",
                subject.name().quoted(),
                hashQuery(subject),
                Sql.of("%L", subject.name().quoted()),
                subject.journalTable("proof"),
                PieceRecord.RUN);
    }

    /** A {@code format()} template for table, lower and upper position. */
    private static Sql hashQuery(Subject subject) {
        TimeType type = subject.timeType();
        String column = Sql.identifier(subject.timeColumnName()).replace("%", "%%");
        String text = RowHash.summary(
                        new Sql(RowHash.of("r")),
                        new Sql(
                                "%1$s AS r WHERE r.COLUMN >= LOWER AND r.COLUMN < UPPER AND r.ctid < '(BLOCKS,0)'::tid"))
                .text()
                .replace("BLOCKS", String.valueOf(BLOCKS))
                .replace("LOWER", boundExpression(type, "%2$s", "-infinity", Long.MIN_VALUE))
                .replace("UPPER", boundExpression(type, "%3$s", "infinity", Long.MAX_VALUE))
                // Last, because the column may be called like one of the words above.
                .replace("COLUMN", column);
        return Sql.of("%L", text);
    }

    /** A bound that the planner can use for exclusion: a constant expression of the column's own type. */
    private static String boundExpression(TimeType type, String hole, String infinity, long infinite) {
        if (type.isInteger()) {
            return "'" + hole + "'::bigint";
        }
        return "(CASE '" + hole + "'::bigint WHEN '" + infinite + "'::bigint THEN '" + infinity + "'::" + type.cast()
                + " ELSE "
                + type.textOfPosition(new Sql("'" + hole + "'::bigint")).text() + "::" + type.cast() + " END)";
    }
}

package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * Evidence that a window only gave storage to another table: the file nodes of every piece, with its indexes and TOAST, its range, and the rows of a cold and a hot
 * part, read through the table's name; taken inside the window before and after. Pieces are known by their oids, because they change their names.
 */
final class PieceProof {
    private final Subject subject;
    private final String fileNodes;
    private final String range;
    private final String prefix;

    /** @param prefix begins the kinds of its proofs: nothing, or {@link StorageProof#WAY_BACK} */
    PieceProof(Subject subject, String prefix) {
        this.subject = subject;
        this.prefix = prefix;
        this.fileNodes = prefix + "file nodes";
        this.range = prefix + "range";
    }

    /** Before anything is changed. {@code pieces}: {@code part, lower, upper}. */
    List<Sql> before(Sql pieces) {
        return List.of(
                Sql.of(
                        """
                        INSERT INTO %s (run, kind, subject, before)
                        SELECT %s, k.kind, to_regclass(v.part)::oid::text, CASE k.kind WHEN %L THEN %s ELSE '[' || v.lower || ', ' || v.upper || ')' END
                          FROM (%s) AS v
                         CROSS JOIN (VALUES (%L), (%L)) AS k(kind)""",
                        proof(),
                        PieceRecord.RUN,
                        fileNodes,
                        StorageProof.fileNodes("to_regclass(v.part)", "f.oid || ':' || pg_relation_filenode(f.oid)"),
                        pieces,
                        fileNodes,
                        range),
                StorageProof.samples(
                        subject,
                        Sql.of("(SELECT p.*, false AS copied FROM (%s) AS p) AS v", pieces),
                        subject.name(),
                        prefix));
    }

    /** After everything is changed; what is no piece any more has nothing to say, so its proof fails. */
    List<Sql> after(Sql pieces) {
        return List.of(
                Sql.of(
                        """
                        WITH wanted AS MATERIALIZED (
                            SELECT b.kind, b.subject, b.before, b.subject::oid AS oid FROM %s AS b WHERE b.run = %s AND b.kind IN (%L, %L) AND b.subject ~ '^\\d+$'),
                        present AS MATERIALIZED (SELECT to_regclass(v.part)::oid AS oid, v.lower, v.upper FROM (%s) AS v)
                        UPDATE %s AS p
                           SET subject = m.name, after = m.after
                          FROM (SELECT b.kind, b.subject, format('%%I.%%I', n.nspname, c.relname) AS name,
                                       CASE b.kind WHEN %L THEN (
                                                SELECT string_agg(o.node || ':' || coalesce(pg_relation_filenode(o.node::oid)::text, 'gone'), ' ' ORDER BY o.n)
                                                  FROM regexp_split_to_table(regexp_replace(b.before, ':\\d+', '', 'g'), ' ') WITH ORDINALITY AS o(node, n))
                                            ELSE '[' || v.lower || ', ' || v.upper || ')' END AS after
                                  FROM wanted AS b
                                  JOIN present AS v ON v.oid = b.oid
                                  JOIN pg_class AS c ON c.oid = b.oid
                                  JOIN pg_namespace AS n ON n.oid = c.relnamespace) AS m
                         WHERE p.run = %s AND p.kind = m.kind AND p.subject = m.subject""",
                        proof(), PieceRecord.RUN, fileNodes, range, pieces, proof(), fileNodes, PieceRecord.RUN),
                StorageProof.sampleAgain(subject, prefix));
    }

    /**
     * Of the partitions that a table leaves behind: raises TM500 where one holds rows; an empty one is no part of the proof.
     *
     * @param leaving the partitioned table
     */
    Sql leaveBehind(Sql leaving) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part regclass;
                    filled boolean;
                BEGIN
                    FOR part IN SELECT relid FROM pg_partition_tree(to_regclass(%s)) WHERE isleaf
                    LOOP
                        EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %%s)', part) INTO filled;
                        IF filled THEN
                            RAISE EXCEPTION 'proof failed: %% holds rows and would be left behind', part USING ERRCODE = 'TM500', HINT = 'The window was rolled back; nothing has changed.';
                        END IF;
                        DELETE FROM %s WHERE run = %s AND kind IN (%L, %L) AND subject = part::oid::text AND after IS NULL;
                    END LOOP;
                END
                $tidemark$""",
                leaving, proof(), PieceRecord.RUN, fileNodes, range);
    }

    private Sql proof() {
        return subject.journalTable("proof");
    }
}

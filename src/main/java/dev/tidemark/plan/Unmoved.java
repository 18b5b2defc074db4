package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/**
 * Makes sure that no row has got another place while rows were copied by place: VACUUM FULL, CLUSTER and an ALTER TABLE that writes the table anew move rows
 * without a trigger that fires, from blocks that were to be copied into blocks that had been. Each gives the storage another file node. TRUNCATE does too, but
 * is recorded, and copies everything again.
 */
final class Unmoved {
    private static final String KIND = "captured storage";

    private final CopySubject subject;
    private final Capture capture;
    private final Sql objects;

    Unmoved(CopySubject subject) {
        this.subject = subject;
        this.capture = subject.captureOfSource();
        this.objects = subject.subject().journalTable("object");
    }

    /** In the window in which capture starts. */
    Sql remember() {
        return Sql.of(
                "INSERT INTO %s (run, kind, identity, purpose) SELECT %s, %L, s.identity, s.node FROM (%s) AS s",
                objects, PieceRecord.RUN, KIND, storage());
    }

    /** When nobody asks any more. */
    Sql forget() {
        return Sql.of(
                "DELETE FROM %s WHERE run = %s AND kind = %L AND identity LIKE %L",
                objects, PieceRecord.RUN, KIND, capture.log().name() + " %");
    }

    /** Once all is copied and before anything of the log is replayed: raises TM410 with what was moved. */
    Sql check() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    moved record;
                BEGIN
                    FOR moved IN
                        SELECT s.name FROM (%s) AS s
                          JOIN %s AS o ON o.identity = s.identity AND o.purpose <> s.node
                         WHERE o.run = %s AND o.kind = %L AND NOT EXISTS (SELECT FROM %I WHERE what = 'T')
                    LOOP
                        RAISE EXCEPTION 'rows of %% have been moved by VACUUM FULL, CLUSTER or an ALTER TABLE while they were copied, so that some may be missing in the copy', moved.name
                            USING ERRCODE = 'TM410', HINT = 'Take the conversion back and begin it again.';
                    END LOOP;
                END
                $tidemark$""",
                storage(), objects, PieceRecord.RUN, KIND, capture.log());
    }

    private Sql storage() {
        return Sql.of(
                """
                SELECT concat_ws(' ', %L, c.oid) AS identity, c.oid::regclass::text AS name, pg_relation_filenode(c.oid)::text AS node
                                  FROM pg_class AS c
                                 WHERE c.relkind = 'r'
                                   AND c.oid IN (SELECT %L::regclass UNION SELECT relid FROM pg_partition_tree(%L::regclass))""",
                capture.log().name(), subject.name().quoted(), subject.name().quoted());
    }
}

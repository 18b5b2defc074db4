package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * Makes sure that a table is still what its copy was planned from: an index, a trigger or a privilege that came during hours of copying would be
 * missing afterwards, and rows of a partition that is attached, detached or dropped come and go without a trigger that fires.
 *
 * <p>A partition or chunk is known by the trigger that records its rows: one that left and came back has another. A TRUNCATE of a hypertable drops its
 * chunks, but it is recorded; as long as it waits in the log, chunks may go.
 */
final class Unaltered {
    private static final String DEFINITION = "captured definition";
    private static final String PARTITION = "captured partition";
    private static final String REMEDY = "Change it back, or take the conversion back and begin it again.";

    private final CopySubject subject;
    private final Capture capture;
    private final Sql objects;

    Unaltered(CopySubject subject) {
        this.subject = subject;
        this.capture = subject.captureOfSource();
        this.objects = subject.subject().journalTable("object");
    }

    /** In the window in which capture starts. */
    List<Sql> remember() {
        return List.of(
                forget(),
                Sql.of(
                        "INSERT INTO %s (run, kind, identity, purpose) SELECT %s, %L, %L, to_jsonb(array_agg(d.line))::text FROM (%s) AS d",
                        objects, PieceRecord.RUN, DEFINITION, subject.name().quoted(), definition()),
                Sql.of(
                        "INSERT INTO %s (run, kind, identity, purpose) SELECT %s, %L, p.identity, p.name FROM (%s) AS p",
                        objects, PieceRecord.RUN, PARTITION, partitions()));
    }

    /** When nobody asks any more. */
    Sql forget() {
        return Sql.of(
                "DELETE FROM %s WHERE run = %s AND (kind = %L AND identity = %L OR kind = %L AND identity LIKE %L)",
                objects,
                PieceRecord.RUN,
                DEFINITION,
                subject.name().quoted(),
                PARTITION,
                capture.log().name() + " %");
    }

    /**
     * Raises TM410 if not, with what has changed. A partition that was made since is as good as the others once it is known that all its rows were
     * recorded.
     *
     * @param window whether writers wait: then a partition that nobody has looked at raises TM409
     */
    Sql check(boolean window) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    changed record;
                    unrecorded boolean;
                BEGIN
                    FOR changed IN
                        SELECT coalesce(n.line, o.line) AS line, CASE WHEN o.line IS NULL THEN 'has come' ELSE 'has gone' END AS what
                          FROM (%s) AS n
                          FULL JOIN (SELECT jsonb_array_elements_text(purpose::jsonb) AS line FROM %s WHERE run = %s AND kind = %L AND identity = %L) AS o USING (line)
                         WHERE n.line IS NULL OR o.line IS NULL ORDER BY o.line IS NOT NULL, 1 LIMIT 1
                    LOOP
                        RAISE EXCEPTION 'the definition of %% has changed since the copy was begun: %% %%', %L, changed.line, changed.what USING ERRCODE = 'TM410', HINT = %L;
                    END LOOP;
                    FOR changed IN
                        SELECT n.identity, coalesce(n.name, o.purpose) AS name, n.identity IS NULL AS gone
                          FROM (%s) AS n
                          FULL JOIN (SELECT identity, purpose FROM %s WHERE run = %s AND kind = %L AND identity LIKE %L) AS o USING (identity)
                         WHERE n.identity IS NULL AND NOT %s OR o.identity IS NULL ORDER BY gone DESC
                    LOOP
                        IF changed.gone THEN
                            RAISE EXCEPTION '%s %% of %% has been detached or dropped since the copy was begun', changed.name, %L USING ERRCODE = 'TM410', HINT = %L;
                        ELSIF %s THEN
                            RAISE EXCEPTION '%s %% of %% has just come', changed.name, %L USING ERRCODE = 'TM409';
                        END IF;
                        EXECUTE format(%L, changed.name) INTO unrecorded;
                        IF unrecorded THEN
                            RAISE EXCEPTION '%s %% of %% has been attached with rows since the copy was begun', changed.name, %L USING ERRCODE = 'TM410', HINT = %L;
                        END IF;
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, changed.identity, changed.name);
                    END LOOP;
                END
                $tidemark$""",
                definition(),
                objects,
                PieceRecord.RUN,
                DEFINITION,
                subject.name().quoted(),
                subject.name().quoted(),
                REMEDY,
                partitions(),
                objects,
                PieceRecord.RUN,
                PARTITION,
                capture.log().name() + " %",
                truncated(),
                part(),
                subject.name().quoted(),
                REMEDY,
                window,
                part(),
                subject.name().quoted(),
                unrecorded(),
                part(),
                subject.name().quoted(),
                REMEDY,
                objects,
                PieceRecord.RUN,
                PARTITION);
    }

    /** Chunks that a TRUNCATE has dropped are not missed any more; before everything is copied anew. */
    Sql forgetGone() {
        return Sql.of(
                "DELETE FROM %s WHERE run = %s AND kind = %L AND identity LIKE %L AND identity NOT IN (SELECT p.identity FROM (%s) AS p)",
                objects, PieceRecord.RUN, PARTITION, capture.log().name() + " %", partitions());
    }

    private Sql truncated() {
        return subject.subject().isHypertable()
                ? Sql.of("EXISTS (SELECT FROM %I WHERE what = 'T')", capture.log())
                : new Sql("false");
    }

    private Sql part() {
        return new Sql(subject.subject().isHypertable() ? "chunk" : "partition");
    }

    /** A {@code format()} template: whether a partition has a row that neither waits in the log nor was replayed. */
    private String unrecorded() {
        return Sql.of(
                        "SELECT EXISTS (SELECT FROM :partition: AS s WHERE %s AND NOT EXISTS (SELECT FROM %I AS c WHERE %s))",
                        capture.unchanged("s"),
                        subject.copy(),
                        Sql.join(
                                " AND ",
                                subject.key().stream()
                                        .map(c -> Sql.of("c.%I = s.%I", c, c))
                                        .toList()))
                .text()
                .replace("%", "%%")
                .replace(":partition:", "%1$s");
    }

    private Sql partitions() {
        return Sql.of(
                """
                SELECT %L || ' ' || t.oid AS identity, format('%%I.%%I', n.nspname, c.relname) AS name
                  FROM (SELECT relid FROM pg_partition_tree(%L::regclass) WHERE isleaf AND level > 0
                        UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = %L::regclass AND %s) AS p
                  JOIN pg_class AS c ON c.oid = p.relid
                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                  JOIN pg_trigger AS t ON t.tgrelid = p.relid AND t.tgname = %L""",
                capture.log().name(),
                subject.name().quoted(),
                subject.name().quoted(),
                subject.subject().isHypertable(),
                Capture.ROWS);
    }

    private Sql definition() {
        return Sql.of(
                """
                SELECT concat_ws(' ', 'table', c.relowner::regrole, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relpersistence,
                                         c.reltablespace, c.relacl, obj_description(c.oid, 'pg_class')) AS line
                          FROM pg_class AS c WHERE c.oid = %1$L::regclass
                        UNION ALL
                        SELECT concat_ws(' ', 'column', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attcollation, CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                                         a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attstorage, a.attcompression, a.attstattarget, a.attoptions, a.attacl,
                                         col_description(a.attrelid, a.attnum))
                          FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                         WHERE a.attrelid = %1$L::regclass AND a.attnum > 0 AND NOT a.attisdropped
                        UNION ALL
                        SELECT concat_ws(' ', 'constraint', quote_ident(k.conname), 'of ' || k.conrelid::regclass, pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'))
                          FROM pg_constraint AS k WHERE (k.conrelid = %1$L::regclass OR k.confrelid = %1$L::regclass) AND k.conparentid = 0 AND k.contype <> 't'
                        UNION ALL
                        SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisreplident, obj_description(i.indexrelid, 'pg_class'))
                          FROM pg_index AS i WHERE i.indrelid = %1$L::regclass
                        UNION ALL
                        SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger'))
                          FROM pg_trigger AS t WHERE t.tgrelid = %1$L::regclass AND NOT t.tgisinternal AND t.tgname NOT IN (%2$L, %3$L)
                        UNION ALL
                        SELECT concat_ws(' ', 'policy', quote_ident(p.polname), p.polcmd, p.polpermissive, p.polroles, pg_get_expr(p.polqual, p.polrelid),
                                         pg_get_expr(p.polwithcheck, p.polrelid), obj_description(p.oid, 'pg_policy'))
                          FROM pg_policy AS p WHERE p.polrelid = %1$L::regclass
                        UNION ALL
                        SELECT concat_ws(' ', 'statistics', pg_get_statisticsobjdef(s.oid), s.stxstattarget, obj_description(s.oid, 'pg_statistic_ext'))
                          FROM pg_statistic_ext AS s WHERE s.stxrelid = %1$L::regclass
                        UNION ALL
                        SELECT 'rule ' || pg_get_ruledef(r.oid) FROM pg_rewrite AS r WHERE r.ev_class = %1$L::regclass
                        UNION ALL
                        SELECT 'publication ' || p.prpubid FROM pg_publication_rel AS p WHERE p.prrelid = %1$L::regclass"""
                        .replace("%1$L", Sql.literal(subject.name().quoted()).replace("%", "%%"))
                        .replace("%2$L", Sql.literal(Capture.ROWS))
                        .replace("%3$L", Sql.literal(Capture.TRUNCATE)));
    }
}

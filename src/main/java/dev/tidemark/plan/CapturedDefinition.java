package dev.tidemark.plan;

import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;

/**
 * Everything about a table that its copy was planned from, a line each, as PostgreSQL itself would write it. The cutover gives the copy what was planned:
 * a line that has come or gone since would be lost.
 */
final class CapturedDefinition {
    private final Table table;

    CapturedDefinition(Table table) {
        this.table = table;
    }

    /** Writes lines down in the journal, as of that kind. */
    static Sql remember(Subject subject, String kind, Sql lines) {
        return Sql.of(
                "INSERT INTO %s (run, kind, identity, purpose) SELECT %s, %L, %L, to_jsonb(array_agg(d.line))::text FROM (%s) AS d",
                subject.journalTable("object"),
                PieceRecord.RUN,
                kind,
                subject.name().quoted(),
                lines);
    }

    /** A query for {@code line, what} of the first line that has come or gone since; nothing if none has. */
    static Sql changed(Subject subject, String kind, Sql lines) {
        return Sql.of(
                """
                SELECT coalesce(n.line, o.line) AS line, CASE WHEN o.line IS NULL THEN 'has come' ELSE 'has gone' END AS what
                          FROM (%s) AS n
                          FULL JOIN (SELECT jsonb_array_elements_text(purpose::jsonb) AS line FROM %s WHERE run = %s AND kind = %L AND identity = %L) AS o USING (line)
                         WHERE n.line IS NULL OR o.line IS NULL ORDER BY o.line IS NOT NULL, 1 LIMIT 1""",
                lines,
                subject.journalTable("object"),
                PieceRecord.RUN,
                kind,
                subject.name().quoted());
    }

    /** A query for {@code line}. */
    Sql lines() {
        boolean mayHaveChildren = table.layout().match(heap -> true, partitions -> false, hypertable -> false);
        return new Sql(
                """
                SELECT concat_ws(' ', 'table', c.relowner::regrole, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relpersistence,
                                         c.reltablespace, c.relam, c.reloftype, c.relacl, obj_description(c.oid, 'pg_class')) AS line
                          FROM pg_class AS c WHERE c.oid = :table:
                        UNION ALL
                        SELECT concat_ws(' ', 'column', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attcollation, CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                                         a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attstorage, a.attcompression, a.attstattarget, a.attoptions, a.attacl,
                                         col_description(a.attrelid, a.attnum))
                          FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                         WHERE a.attrelid = :table: AND a.attnum > 0 AND NOT a.attisdropped
                        UNION ALL
                        SELECT concat_ws(' ', 'sequence', d.objid::regclass, 'of', quote_ident(a.attname), d.deptype, obj_description(d.objid, 'pg_class'))
                          FROM pg_depend AS d JOIN pg_class AS q ON q.oid = d.objid AND q.relkind = 'S'
                          JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                         WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = :table: AND d.deptype IN ('a', 'i')
                        UNION ALL
                        SELECT concat_ws(' ', 'constraint', quote_ident(k.conname), 'of ' || k.conrelid::regclass, pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'))
                          FROM pg_constraint AS k WHERE (k.conrelid = :table: OR k.confrelid = :table:) AND k.conparentid = 0 AND k.contype <> 't'
                        UNION ALL
                        SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisreplident, i.indisclustered, c.reltablespace,
                                         obj_description(i.indexrelid, 'pg_class'))
                          FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = :table:
                        UNION ALL
                        SELECT concat_ws(' ', CASE WHEN t.tgname IN (:ours:) THEN 'our' END, 'trigger', CASE WHEN t.tgname IN (:ours:) THEN quote_ident(t.tgname) ELSE pg_get_triggerdef(t.oid) END,
                                         CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'D' THEN 'DISABLE' ELSE 'ENABLE' END,
                                         obj_description(t.oid, 'pg_trigger'))
                          FROM pg_trigger AS t WHERE t.tgrelid = :table: AND NOT t.tgisinternal
                        UNION ALL
                        SELECT concat_ws(' ', 'policy', quote_ident(p.polname), p.polcmd, p.polpermissive, p.polroles, pg_get_expr(p.polqual, p.polrelid),
                                         pg_get_expr(p.polwithcheck, p.polrelid), obj_description(p.oid, 'pg_policy'))
                          FROM pg_policy AS p WHERE p.polrelid = :table:
                        UNION ALL
                        SELECT concat_ws(' ', 'statistics', pg_get_statisticsobjdef(s.oid), s.stxstattarget, obj_description(s.oid, 'pg_statistic_ext'))
                          FROM pg_statistic_ext AS s WHERE s.stxrelid = :table:
                        UNION ALL
                        SELECT 'rule ' || pg_get_ruledef(r.oid) FROM pg_rewrite AS r WHERE r.ev_class = :table:
                        UNION ALL
                        SELECT 'publication ' || quote_ident(u.pubname)
                          FROM pg_publication AS u
                         WHERE u.puballtables OR EXISTS (SELECT FROM pg_publication_rel AS p WHERE p.prpubid = u.oid AND p.prrelid = :table:)
                            OR EXISTS (SELECT FROM pg_publication_namespace AS n JOIN pg_class AS c ON c.relnamespace = n.pnnspid WHERE n.pnpubid = u.oid AND c.oid = :table:)
                        UNION ALL
                        SELECT 'inheritance from ' || i.inhparent::regclass FROM pg_inherits AS i WHERE i.inhrelid = :table:
                        UNION ALL
                        SELECT 'inheritance by ' || i.inhrelid::regclass FROM pg_inherits AS i WHERE i.inhparent = :table: AND :children:
                        UNION ALL
                        SELECT DISTINCT concat_ws(' ', pg_describe_object(d.classid, d.objid, 0), v.reloptions, CASE WHEN v.oid IS NOT NULL THEN pg_get_viewdef(v.oid) END,
                                         CASE WHEN f.oid IS NOT NULL THEN pg_get_functiondef(f.oid) END)
                          FROM pg_class AS c JOIN pg_type AS y ON y.oid = c.reltype
                          JOIN pg_depend AS d ON (d.refclassid, d.refobjid) IN (('pg_class'::regclass, c.oid), ('pg_type'::regclass, y.oid), ('pg_type'::regclass, y.typarray))
                          LEFT JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
                          LEFT JOIN pg_class AS v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
                          LEFT JOIN pg_proc AS f ON d.classid = 'pg_proc'::regclass AND f.oid = d.objid AND f.prokind IN ('f', 'p', 'w')
                         WHERE c.oid = :table: AND d.deptype = 'n' AND d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass)"""
                        .replace(":table:", Sql.literal(table.name().quoted()) + "::regclass")
                        .replace(":children:", String.valueOf(mayHaveChildren))
                        .replace(":ours:", Sql.literal(Capture.ROWS) + ", " + Sql.literal(Capture.TRUNCATE)));
    }
}

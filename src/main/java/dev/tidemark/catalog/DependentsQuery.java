package dev.tidemark.catalog;

import dev.tidemark.schema.Dependent;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.util.List;

/** What refers to a table by its oid, directly or through something else that does. */
final class DependentsQuery {
    private DependentsQuery() {}

    /**
     * A reference is one to the relation, to its row type or to arrays of that, or to a function found before. What is found through a table with a column of the row type is
     * not followed further. {@code depth} is the longest way, so that its order is an order of creation. TimescaleDB's own views behind continuous
     * aggregates are OTHER: CREATE OR REPLACE does not work on them.
     */
    private static final String FOUND =
            """
            WITH RECURSIVE found (class, object, depth) AS (
              SELECT 'pg_class'::regclass::oid, ?::oid, 0
              UNION
              SELECT next.class, next.object, f.depth + 1
                FROM found f
                LEFT JOIN pg_class r ON r.oid = f.object AND f.class = 'pg_class'::regclass
                LEFT JOIN pg_type t  ON t.oid = r.reltype
                JOIN pg_depend d ON d.deptype = 'n'
                     AND (d.refclassid, d.refobjid) IN ((f.class, f.object), ('pg_type'::regclass, t.oid), ('pg_type'::regclass, t.typarray))
                LEFT JOIN pg_rewrite w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
                LEFT JOIN pg_policy p  ON p.oid = d.objid AND d.classid = 'pg_policy'::regclass
               CROSS JOIN LATERAL (SELECT CASE WHEN w.rulename = '_RETURN' THEN 'pg_class'::regclass ELSE d.classid END::oid AS class,
                                          CASE WHEN w.rulename = '_RETURN' THEN w.ev_class ELSE d.objid END AS object) next
               WHERE f.depth < 50
                 AND (f.depth = 0 OR f.class = 'pg_proc'::regclass OR r.relkind IN ('v', 'm'))
                 AND (next.class IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass)
                      OR w.rulename = '_RETURN'
                      OR d.refclassid = 'pg_type'::regclass AND d.classid IN ('pg_class'::regclass, 'pg_type'::regclass))
                 AND coalesce(p.polrelid, w.ev_class, 0) <> f.object
                 AND (next.class, next.object) <> (f.class, f.object))
            SELECT f.class, f.object, max(f.depth) AS depth, min(f.depth) = 1 AS direct
              FROM found f
             WHERE f.depth > 0
             GROUP BY f.class, f.object
            """;

    private static final String DEPENDENTS = "WITH dependents AS (" + FOUND + ")"
            + """
            SELECT CASE WHEN n.nspname LIKE '\\_timescaledb\\_%' THEN 'OTHER' WHEN c.relkind = 'v' THEN 'VIEW'
                        WHEN c.relkind = 'm' THEN 'MATERIALIZED_VIEW' WHEN f.prokind IN ('f', 'p', 'w') THEN 'FUNCTION'
                        WHEN p.oid IS NOT NULL THEN 'POLICY' WHEN w.oid IS NOT NULL THEN 'RULE' ELSE 'OTHER' END AS kind,
                   coalesce(n.nspname::text, '') AS schema,
                   coalesce(c.relname, f.proname, on_table.relname, t.typname)::text AS name,
                   (pg_identify_object(d.class, d.object, 0)).identity AS identity,
                   CASE WHEN c.relkind = 'v'
                        THEN format('CREATE OR REPLACE VIEW %I.%I%s AS %s', n.nspname, c.relname,
                                    ' WITH (' || array_to_string(c.reloptions, ', ') || ')', rtrim(pg_get_viewdef(c.oid), ';'))
                        WHEN c.relkind = 'm'
                        THEN format('CREATE MATERIALIZED VIEW %I.%I%s%s AS %s', n.nspname, c.relname,
                                    ' WITH (' || array_to_string(c.reloptions, ', ') || ')', ' TABLESPACE ' || quote_ident(ts.spcname),
                                    rtrim(pg_get_viewdef(c.oid), ';'))
                        WHEN f.prokind IN ('f', 'p', 'w') THEN pg_get_functiondef(f.oid)
                        WHEN w.oid IS NOT NULL THEN regexp_replace(pg_get_ruledef(w.oid), '^CREATE RULE', 'CREATE OR REPLACE RULE')
                        WHEN p.oid IS NOT NULL
                        THEN concat_ws(' ', format('ALTER POLICY %I ON %I.%I', p.polname, n.nspname, on_table.relname),
                                       'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
                                       'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
                        ELSE '' END AS definition,
                   c.reloptions AS options,
                   d.direct     AS direct,
                   d.depth      AS depth,
                   ARRAY(SELECT DISTINCT k.conname::text
                           FROM pg_constraint k
                           JOIN pg_depend x ON x.refclassid = 'pg_constraint'::regclass AND x.refobjid = k.oid AND x.deptype = 'n'
                           LEFT JOIN pg_rewrite r ON x.classid = 'pg_rewrite'::regclass AND r.oid = x.objid
                          WHERE k.conrelid = ?::oid
                            AND (r.ev_class = c.oid OR x.classid = 'pg_proc'::regclass AND x.objid = f.oid)) AS constraints
              FROM dependents d
              LEFT JOIN pg_class c   ON c.oid = d.object AND d.class = 'pg_class'::regclass
              LEFT JOIN pg_proc f    ON f.oid = d.object AND d.class = 'pg_proc'::regclass
              LEFT JOIN pg_type t    ON t.oid = d.object AND d.class = 'pg_type'::regclass
              LEFT JOIN pg_policy p  ON p.oid = d.object AND d.class = 'pg_policy'::regclass
              LEFT JOIN pg_rewrite w ON w.oid = d.object AND d.class = 'pg_rewrite'::regclass
              LEFT JOIN pg_class on_table ON on_table.oid = coalesce(p.polrelid, w.ev_class)
              LEFT JOIN pg_namespace n ON n.oid = coalesce(c.relnamespace, f.pronamespace, t.typnamespace, on_table.relnamespace)
              LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
             ORDER BY d.depth, 2, 4
            """;

    /** Nearest first: in this order they can be made anew. */
    static List<Dependent> read(Session session, long table) {
        return session.query(
                DEPENDENTS,
                row -> new Dependent(
                        Dependent.Kind.valueOf(row.getString("kind")),
                        new TableName(row.getString("schema"), row.getString("name")),
                        row.getString("identity"),
                        new Definition(row.getString("definition")),
                        RowArray.texts(row, "options"),
                        row.getBoolean("direct"),
                        row.getInt("depth"),
                        RowArray.texts(row, "constraints")),
                table,
                table);
    }
}

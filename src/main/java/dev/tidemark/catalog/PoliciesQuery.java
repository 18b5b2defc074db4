package dev.tidemark.catalog;

import dev.tidemark.schema.RowSecurity.Policy;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import java.util.List;

/** Row-level security policies. */
final class PoliciesQuery {
    private PoliciesQuery() {}

    private static final String POLICIES =
            """
            SELECT p.polname::text AS name,
                   concat_ws(' ',
                     CASE WHEN p.polpermissive THEN 'AS PERMISSIVE' ELSE 'AS RESTRICTIVE' END,
                     CASE p.polcmd WHEN 'r' THEN 'FOR SELECT' WHEN 'a' THEN 'FOR INSERT' WHEN 'w' THEN 'FOR UPDATE'
                                   WHEN 'd' THEN 'FOR DELETE' ELSE 'FOR ALL' END,
                     'TO ' || (SELECT string_agg(CASE WHEN role = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', ')
                                 FROM unnest(p.polroles) role),
                     'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
                     'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS definition,
                   obj_description(p.oid, 'pg_policy') AS comment
              FROM pg_policy p
             WHERE p.polrelid = ?
             ORDER BY p.polname
            """;

    static List<Policy> read(Session session, long table) {
        return session.query(
                POLICIES,
                row -> new Policy(
                        row.getString("name"), new Definition(row.getString("definition")), row.getString("comment")),
                table);
    }
}

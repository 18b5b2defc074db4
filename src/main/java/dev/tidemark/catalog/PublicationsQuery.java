package dev.tidemark.catalog;

import dev.tidemark.schema.Publication;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import java.util.List;
import java.util.Optional;

/** Publications that list a table by name. Those of whole schemas or all tables are not among them. */
final class PublicationsQuery {
    /** The first version with column lists and row filters. */
    private static final int VERSION_WITH_FILTERS = 150000;

    private PublicationsQuery() {}

    private static final String PUBLICATIONS =
            """
            SELECT p.pubname::text AS name,
                   nullif(concat_ws(' ',
                     (SELECT '(' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                        FROM unnest(r.prattrs::int2[]) number
                        JOIN pg_attribute a ON a.attrelid = r.prrelid AND a.attnum = number),
                     'WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')'), '') AS "columnsAndFilter"
              FROM pg_publication_rel r
              JOIN pg_publication p ON p.oid = r.prpubid
             WHERE r.prrelid = ?
             ORDER BY p.pubname
            """;

    private static final String PUBLICATIONS_14 =
            """
            SELECT p.pubname::text AS name,
                   NULL::text      AS "columnsAndFilter"
              FROM pg_publication_rel r
              JOIN pg_publication p ON p.oid = r.prpubid
             WHERE r.prrelid = ?
             ORDER BY p.pubname
            """;

    static List<Publication> read(Session session, long table, int serverVersion) {
        return session.query(
                serverVersion >= VERSION_WITH_FILTERS ? PUBLICATIONS : PUBLICATIONS_14,
                row -> new Publication(
                        row.getString("name"),
                        Optional.ofNullable(row.getString("columnsAndFilter")).map(Definition::new)),
                table);
    }
}

package dev.tidemark.catalog;

import dev.tidemark.schema.OwnedSequence;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.util.List;

/** Sequences that columns own. */
final class SequencesQuery {
    private SequencesQuery() {}

    private static final String SEQUENCES =
            """
            SELECT n.nspname::text AS schema,
                   s.relname::text AS name,
                   a.attname::text AS column,
                   d.deptype = 'i' AS identity
              FROM pg_depend d
              JOIN pg_class s      ON s.oid = d.objid AND s.relkind = 'S'
              JOIN pg_namespace n  ON n.oid = s.relnamespace
              JOIN pg_attribute a  ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
             WHERE d.classid = 'pg_class'::regclass
               AND d.refclassid = 'pg_class'::regclass
               AND d.refobjid = ?
               AND d.deptype IN ('a', 'i')
             ORDER BY a.attnum, s.relname
            """;

    static List<OwnedSequence> read(Session session, long table) {
        return session.query(
                SEQUENCES,
                row -> new OwnedSequence(
                        new TableName(row.getString("schema"), row.getString("name")),
                        row.getString("column"),
                        row.getBoolean("identity")),
                table);
    }
}

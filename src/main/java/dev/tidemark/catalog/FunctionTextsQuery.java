package dev.tidemark.catalog;

import dev.tidemark.schema.SqlTexts.Text;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.util.List;

/** Functions and procedures of this database that mention a table and something that a table in parts takes otherwise, but for those of extensions. */
final class FunctionTextsQuery {
    private static final String FUNCTIONS =
            """
            SELECT f.function, f.text
              FROM (SELECT p.oid::regprocedure::text AS function,
                           CASE WHEN p.prosqlbody IS NULL THEN p.prosrc ELSE pg_get_function_sqlbody(p.oid) END AS text
                      FROM pg_proc AS p
                      JOIN pg_language AS l ON l.oid = p.prolang
                      JOIN pg_namespace AS n ON n.oid = p.pronamespace
                     WHERE l.lanname NOT IN ('c', 'internal') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
                       AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')) AS f
             WHERE f.text ~* 'on\\s+conflict|\\mcopy\\M|\\monly\\M|group\\s+by' AND strpos(lower(f.text), lower(?)) > 0
             ORDER BY 1""";

    private FunctionTextsQuery() {}

    static List<Text> read(Session session, TableName table) {
        return session.query(
                FUNCTIONS, row -> new Text(row.getString("function"), 0, row.getString("text")), table.name());
    }
}

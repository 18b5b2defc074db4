package dev.tidemark.catalog;

import dev.tidemark.schema.SqlTexts.Text;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;

/** Statements that pg_stat_statements knows of this database. */
final class StatementsQuery {
    /** More different ones nobody reads. */
    private static final int MOST = 200;

    /** The view, if the library is loaded, which its settings show to everybody, and it may be read. */
    private static final String VIEW =
            """
            SELECT n.nspname AS schema
              FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
             WHERE e.extname = 'pg_stat_statements'
               AND EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max')
               AND has_schema_privilege(n.oid, 'USAGE')
               AND has_table_privilege(to_regclass(format('%I.pg_stat_statements', n.nspname)), 'SELECT')""";

    private static final String TEXTS =
            """
            SELECT sum(s.calls)::bigint AS calls, s.query AS text
              FROM %I AS s
             WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND s.query ~* 'on\\s+conflict|\\mcopy\\M|\\monly\\M|group\\s+by' AND strpos(lower(s.query), lower(%L)) > 0
             GROUP BY s.query
             ORDER BY 1 DESC
             LIMIT %s""";

    private static final String HIDDEN =
            """
            SELECT count(*) FROM %I AS s
             WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.query = '<insufficient privilege>'""";

    private StatementsQuery() {}

    static Optional<TableName> view(Session session) {
        return session.first(VIEW, row -> new TableName(row.getString("schema"), "pg_stat_statements"));
    }

    static List<Text> read(Session session, TableName view, TableName table) {
        return session.query(
                Sql.of(TEXTS, view, table.name(), MOST).text(),
                row -> new Text("", row.getLong("calls"), row.getString("text")));
    }

    static long hidden(Session session, TableName view) {
        return session.first(Sql.of(HIDDEN, view).text(), row -> row.getLong(1)).orElse(0L);
    }
}

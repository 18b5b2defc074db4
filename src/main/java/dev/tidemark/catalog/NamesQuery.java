package dev.tidemark.catalog;

import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** The names that are taken in a schema, as far as renaming tables, indexes, sequences and statistics is concerned. */
final class NamesQuery {
    private static final String NAMES =
            """
            SELECT n.nspname AS schema, c.relname AS name
              FROM pg_class AS c
              JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = ANY (?)
            UNION ALL
            SELECT n.nspname, s.stxname
              FROM pg_statistic_ext AS s
              JOIN pg_namespace AS n ON n.oid = s.stxnamespace
             WHERE n.nspname = ANY (?)
            UNION ALL
            -- A table has a type of its name; an array's gives way.
            SELECT n.nspname, t.typname
              FROM pg_type AS t
              JOIN pg_namespace AS n ON n.oid = t.typnamespace
             WHERE n.nspname = ANY (?) AND t.typrelid = 0 AND t.typcategory <> 'A'""";

    private NamesQuery() {}

    static Set<TableName> read(Session session, Collection<String> schemas) {
        String[] names = schemas.toArray(String[]::new);
        return new HashSet<>(session.query(
                NAMES, row -> new TableName(row.getString("schema"), row.getString("name")), names, names, names));
    }
}

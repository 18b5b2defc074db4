package dev.tidemark.catalog;

import dev.tidemark.schema.Constraint;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Definition;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Primary key, unique, exclusion and CHECK constraints of many relations at once. */
final class ConstraintsQuery {
    private record RelationConstraint(long relation, Constraint constraint) {}

    private ConstraintsQuery() {}

    private static final String CONSTRAINTS =
            """
            SELECT c.conrelid::bigint AS relation,
                   c.conname::text    AS name,
                   c.contype::text    AS kind,
                   pg_get_constraintdef(c.oid) AS definition,
                   ARRAY(SELECT a.attname::text
                           FROM unnest(c.conkey) WITH ORDINALITY k(number, place)
                           JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number
                          ORDER BY k.place) AS columns,
                   c.convalidated     AS validated,
                   c.coninhcount > 0 OR c.conparentid <> 0 AS inherited,
                   d.description      AS comment
              FROM pg_constraint c
              LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass AND d.objsubid = 0
             WHERE c.conrelid = ANY (?::bigint[]::oid[])
               AND c.contype IN ('p', 'u', 'x', 'c')
             ORDER BY c.conname
            """;

    /** By relation, ordered by name. */
    static Map<Long, List<Constraint>> read(Session session, Collection<Long> relations) {
        return session
                .query(
                        CONSTRAINTS,
                        row -> new RelationConstraint(
                                row.getLong("relation"),
                                new Constraint(
                                        row.getString("name"),
                                        Constraint.Kind.of(row.getString("kind")),
                                        new Definition(row.getString("definition")),
                                        RowArray.texts(row, "columns"),
                                        row.getBoolean("validated"),
                                        row.getBoolean("inherited"),
                                        row.getString("comment"))),
                        (Object) relations.toArray(Long[]::new))
                .stream()
                .collect(Collectors.groupingBy(
                        RelationConstraint::relation,
                        Collectors.mapping(RelationConstraint::constraint, Collectors.toList())));
    }
}

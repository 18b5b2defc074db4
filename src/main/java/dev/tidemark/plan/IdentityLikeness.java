package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/** Makes the sequence of an identity column, which comes and goes with its column, what its predecessor was beyond its options. */
final class IdentityLikeness {
    private IdentityLikeness() {}

    /** Statements of a block with variables {@code old_sequence} and {@code new_sequence} of type regclass, and {@code likeness} of type text. */
    static Sql carry() {
        return new Sql(
                """
                FOR likeness IN
                            WITH both_of AS (
                                SELECT o.relpersistence AS former, n.relpersistence AS kind,
                                       coalesce(o.relacl, acldefault('s', o.relowner)) AS granted, coalesce(n.relacl, acldefault('s', n.relowner)) AS present
                                  FROM pg_class AS o JOIN pg_class AS n ON n.oid = new_sequence WHERE o.oid = old_sequence),
                            statements (place, text) AS (
                                SELECT 1, format('ALTER SEQUENCE %s SET %s', new_sequence, CASE former WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END)
                                  FROM both_of WHERE former <> kind
                                UNION ALL
                                SELECT 2, format('COMMENT ON SEQUENCE %s IS %L', new_sequence, obj_description(old_sequence, 'pg_class'))
                                 WHERE obj_description(old_sequence, 'pg_class') IS DISTINCT FROM obj_description(new_sequence, 'pg_class')
                                UNION ALL
                                SELECT DISTINCT 3, format('REVOKE ALL ON SEQUENCE %s FROM %s', new_sequence, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
                                  FROM both_of CROSS JOIN LATERAL aclexplode(present) AS a WHERE granted <> present
                                UNION ALL
                                SELECT 4, format('GRANT %s ON SEQUENCE %s TO %s%s', a.privilege_type, new_sequence,
                                                 CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                                                 CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
                                  FROM both_of CROSS JOIN LATERAL aclexplode(granted) AS a WHERE granted <> present)
                            SELECT s.text FROM statements AS s ORDER BY s.place
                        LOOP
                            EXECUTE likeness;
                        END LOOP;""");
    }
}

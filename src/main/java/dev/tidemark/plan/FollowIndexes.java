package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.Set;

/**
 * Gives the table that comes back the keys, indexes and extended statistics that the hypertable has now. Their names must be unique in the schema, so
 * new ones have makeshift names until the hypertable is gone: {@link NamesBack}.
 *
 * <p>A partitioned table gets them while it has no partition with rows: nothing is built. Chunks bring theirs along, and ATTACH PARTITION joins
 * them by definition.
 */
final class FollowIndexes {
    private FollowIndexes() {}

    static Sql block(Subject subject) {
        return block(subject, Set.of());
    }

    /** Gives a partition, before it is attached, what indexes its table has and it has not: attached, it would build them while everybody waits. */
    static Sql ahead(TableName target, TableName follower) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %L::regclass;
                    follower CONSTANT regclass := %L::regclass;
                    object record;
                BEGIN
                    FOR object IN
                        SELECT t.* FROM (%s) AS t LEFT JOIN (%s) AS r USING (definition, number) WHERE r.definition IS NULL AND t.kind = 'INDEX'
                    LOOP
                        EXECUTE CASE
                            WHEN object.key THEN format('ALTER TABLE %%s ADD %%s', follower, object.definition)
                            ELSE format('CREATE %%sINDEX ON %%s %%s', CASE WHEN object.only_once THEN 'UNIQUE ' END, follower,
                                        substr(object.definition, strpos(object.definition, 'USING '))) END;
                    END LOOP;
                END
                $tidemark$""",
                target.quoted(), follower.quoted(), all("target"), all("follower"));
    }

    /** @param different names of indexes of the table, and by their retired names of the other, that are meant to differ */
    static Sql block(Subject subject, Set<String> different) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %L::regclass;
                    follower CONSTANT regclass := %L::regclass;
                    object record;
                BEGIN
                    FOR object IN
                        SELECT r.* FROM (%s) AS r LEFT JOIN (%s) AS t USING (definition, number) WHERE t.definition IS NULL AND %s AND r.name <> ALL (ARRAY[%s]::name[])
                    LOOP
                        EXECUTE format(CASE WHEN object.key THEN 'ALTER TABLE %%1$s DROP CONSTRAINT %%3$I' ELSE 'DROP %%4$s %%2$I.%%3$I' END,
                                       follower, object.schema, object.name, object.kind);
                    END LOOP;
                    FOR object IN
                        SELECT t.* FROM (%s) AS t LEFT JOIN (%s) AS r USING (definition, number) WHERE r.definition IS NULL AND t.name <> ALL (ARRAY[%s]::name[])
                    LOOP
                        EXECUTE CASE
                            WHEN object.key THEN format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', follower, 'tidemark_' || object.oid, object.definition)
                            WHEN object.kind = 'STATISTICS'
                            THEN format('CREATE STATISTICS %%I.%%I %%s FROM %%s', object.schema, 'tidemark_' || object.oid, object.definition, follower)
                            ELSE format('CREATE %%sINDEX %%I ON %%s %%s', CASE WHEN object.only_once THEN 'UNIQUE ' END, 'tidemark_' || object.oid, follower,
                                        substr(object.definition, strpos(object.definition, 'USING '))) END;
                    END LOOP;
                END
                $tidemark$""",
                subject.name().quoted(),
                subject.retired().quoted(),
                all("follower"),
                all("target"),
                // A chunk has lost what its hypertable has lost; what it has besides is its own.
                !subject.isHeap(),
                Sql.join(
                        ", ",
                        different.stream()
                                .map(i -> Sql.of("%L", subject.retiredNameOf(i)))
                                .toList()),
                all("target"),
                all("follower"),
                Sql.join(", ", different.stream().map(i -> Sql.of("%L", i)).toList()));
    }

    /**
     * {@code kind, oid, schema, name, key, only_once, definition, comment, number} of a relation's keys, indexes and statistics; definitions are equal where
     * the objects are, and of equal ones each has its number.
     */
    static Sql all(String relation) {
        return Sql.of(
                """
                SELECT o.*, row_number() OVER (PARTITION BY o.definition ORDER BY o.name) AS number
                                  FROM (SELECT 'INDEX' AS kind, x.oid, n.nspname AS schema, x.relname AS name, k.oid IS NOT NULL AS key, i.indisunique AS only_once,
                                               coalesce(pg_get_constraintdef(k.oid), CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || %s) AS definition,
                                               obj_description(x.oid, 'pg_class') AS comment
                                          FROM pg_index AS i
                                          JOIN pg_class AS x ON x.oid = i.indexrelid
                                          JOIN pg_namespace AS n ON n.oid = x.relnamespace
                                          LEFT JOIN pg_constraint AS k ON k.conindid = x.oid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
                                         WHERE i.indrelid = %s
                                        UNION ALL
                                        SELECT 'STATISTICS', s.oid, n.nspname, s.stxname, false, false,
                                               concat('(' || (SELECT string_agg(CASE w WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' ELSE 'mcv' END, ', ')
                                                               FROM unnest(s.stxkind) AS w WHERE w <> 'e') || ') ', 'ON ',
                                                      array_to_string(pg_get_statisticsobjdef_expressions(s.oid), ', '),
                                                      CASE WHEN s.stxexprs IS NOT NULL AND array_length(s.stxkeys::int2[], 1) > 0 THEN ', ' END,
                                                      (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY c.n)
                                                         FROM unnest(s.stxkeys::int2[]) WITH ORDINALITY AS c(attnum, n)
                                                         JOIN pg_attribute AS a ON a.attrelid = s.stxrelid AND a.attnum = c.attnum)),
                                               obj_description(s.oid, 'pg_statistic_ext')
                                          FROM pg_statistic_ext AS s
                                          JOIN pg_namespace AS n ON n.oid = s.stxnamespace
                                         WHERE s.stxrelid = %s) AS o""",
                PieceList.indexTail("i"), new Sql(relation), new Sql(relation));
    }
}

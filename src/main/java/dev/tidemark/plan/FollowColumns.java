package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives the retired table the columns that the hypertable has now, before its chunks become partitions again: a partition must have exactly its
 * parent's columns. The retired table is empty, so all of it is catalog work, and repeating it changes nothing.
 */
final class FollowColumns {
    private FollowColumns() {}

    static Sql block(Subject subject) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %L::regclass;
                    follower CONSTANT regclass := %L::regclass;
                    col record;
                    changed text;
                BEGIN
                %s
                    FOR col IN
                        SELECT t.*, t.type <> r.type OR t.collation IS DISTINCT FROM r.collation AS retyped, r.generated AS was_generated,
                               t.expression IS DISTINCT FROM r.expression AS reset, t.required <> r.required AS constrained,
                               t.storage <> r.storage OR t.compression <> r.compression AS restored, t.statistics <> r.statistics AS measured,
                               r.identity IS NOT NULL AND t.identity IS NULL AS unnumbered, r.expression IS NOT NULL AS had_expression,
                               t.comment IS DISTINCT FROM r.comment AS commented, t.options IS DISTINCT FROM r.options AS tuned
                          FROM (%s) AS t JOIN (%s) AS r USING (name)
                    LOOP
                        IF col.unnumbered THEN
                            EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I DROP IDENTITY', follower, col.name);
                        END IF;
                        IF col.retyped THEN
                            IF col.had_expression AND col.was_generated = '' THEN
                                EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I DROP DEFAULT', follower, col.name);
                                col.reset := true;
                            END IF;
                            EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I TYPE %%s%%s%%s', follower, col.name, col.type, ' COLLATE ' || col.collation,
                                           CASE col.was_generated WHEN '' THEN format(' USING NULL::%%s', col.type) END);
                        END IF;
                        IF col.was_generated <> '' AND col.generated = '' THEN
                            EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I DROP EXPRESSION', follower, col.name);
                            col.reset := col.expression IS NOT NULL;
                        END IF;
                        IF col.reset THEN
                            EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I %%s', follower, col.name,
                                CASE WHEN col.generated <> '' THEN 'SET EXPRESSION AS (' || col.expression || ')'
                                     WHEN col.expression IS NULL THEN 'DROP DEFAULT' ELSE 'SET DEFAULT ' || col.expression END);
                        END IF;
                        IF col.constrained AND (col.required OR col.identity IS NULL) THEN
                            EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I %%s NOT NULL', follower, col.name,
                                           CASE WHEN col.required THEN 'SET' ELSE 'DROP' END);
                        END IF;
                        IF col.restored THEN
                            EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I SET STORAGE %%s, ALTER COLUMN %%2$I SET COMPRESSION %%4$s', follower, col.name,
                                CASE col.storage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END,
                                CASE col.compression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE 'DEFAULT' END);
                        END IF;
                        IF col.measured THEN
                            EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I SET STATISTICS %%s', follower, col.name, col.statistics);
                        END IF;
                        IF col.tuned THEN
                            EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I RESET (n_distinct, n_distinct_inherited)', follower, col.name);
                            IF col.options IS NOT NULL THEN
                                EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I SET (%%s)', follower, col.name, col.options);
                            END IF;
                        END IF;
                        IF col.commented THEN
                            EXECUTE format('COMMENT ON COLUMN %%s.%%I IS %%L', follower, col.name, col.comment);
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                subject.name().quoted(),
                subject.retired().quoted(),
                // A plain table was a chunk, and chunks have their hypertable's columns.
                subject.isHeap() ? new Sql("") : shape(subject),
                columns("target", subject),
                columns("follower", subject));
    }

    /**
     * Which column is which is told by its number, not by its name: the successor was made with the live columns in their order. What came
     * later has no number in common and is told by its name.
     */
    private static Sql shape(Subject subject) {
        return Sql.of(
                """
                    -- In two steps, because names may have been exchanged.
                    FOR col IN
                        SELECT r.attname AS old_name, t.attname AS new_name, 'tidemark_' || r.attnum AS meanwhile
                          FROM %s
                          JOIN pg_attribute AS r ON r.attrelid = follower AND r.attnum = m.old_number AND NOT r.attisdropped
                          JOIN pg_attribute AS t ON t.attrelid = target AND t.attnum = m.new_number AND NOT t.attisdropped
                         WHERE r.attname <> t.attname
                    LOOP
                        EXECUTE format('ALTER TABLE %%s RENAME COLUMN %%I TO %%I', follower, col.old_name, col.meanwhile);
                        changed := concat_ws('; ', changed,
                                             format('ALTER TABLE %%s RENAME COLUMN %%I TO %%I', follower, col.meanwhile, col.new_name));
                    END LOOP;
                    FOR col IN
                        SELECT r.attname AS name
                          FROM pg_attribute AS r
                          LEFT JOIN %s ON m.old_number = r.attnum
                          LEFT JOIN pg_attribute AS t ON t.attrelid = target AND NOT t.attisdropped
                               AND CASE WHEN m.new_number IS NULL THEN t.attname = r.attname AND t.attnum > %s ELSE t.attnum = m.new_number END
                         WHERE r.attrelid = follower AND r.attnum > 0 AND NOT r.attisdropped AND t.attnum IS NULL
                         -- A generated column before those that it is made of.
                         ORDER BY r.attgenerated = ''
                    LOOP
                        EXECUTE format('ALTER TABLE %%s DROP COLUMN %%I', follower, col.name);
                    END LOOP;
                    IF changed IS NOT NULL THEN
                        EXECUTE changed;
                    END IF;
                    FOR col IN
                        SELECT * FROM (%s) AS t
                         WHERE NOT EXISTS (SELECT FROM pg_attribute AS r
                                            WHERE r.attrelid = follower AND r.attname = t.name AND r.attnum > 0 AND NOT r.attisdropped)
                         ORDER BY t.number
                    LOOP
                        EXECUTE concat_ws(' ', format('ALTER TABLE %%s ADD COLUMN %%I %%s', follower, col.name, col.type),
                            'COLLATE ' || col.collation,
                            CASE col.generated WHEN '' THEN 'DEFAULT ' || col.expression
                                               ELSE 'GENERATED ALWAYS AS (' || col.expression || ') STORED' END,
                            'GENERATED ' || col.identity || ' AS IDENTITY', CASE WHEN col.required THEN 'NOT NULL' END);
                    END LOOP;""",
                numbers(subject), numbers(subject), subject.table().columns().size(), columns("target", subject));
    }

    /** {@code m(old_number, new_number)}: the numbers of the columns that both tables were begun with. */
    private static Sql numbers(Subject subject) {
        List<Sql> rows = new ArrayList<>();
        for (Column column : subject.table().columns()) {
            rows.add(Sql.of("(%s, %s)", column.number(), rows.size() + 1));
        }
        return Sql.of("(VALUES %s) AS m(old_number, new_number)", Sql.join(", ", rows));
    }

    /** The columns of a relation; a hypertable's time column is NOT NULL even where the table's own was not. */
    private static Sql columns(String relation, Subject subject) {
        return Sql.of(
                """
                SELECT a.attname AS name, a.attnum AS number, format_type(a.atttypid, a.atttypmod) AS type,
                                       CASE WHEN a.attcollation <> y.typcollation THEN a.attcollation::regcollation::text END AS collation,
                                       a.attgenerated AS generated, pg_get_expr(d.adbin, d.adrelid) AS expression, a.attstorage AS storage,
                                       CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END AS identity,
                                       a.attnotnull AND (a.attname <> %L OR %s) AS required, a.attcompression AS compression,
                                       coalesce(a.attstattarget, -1) AS statistics, col_description(a.attrelid, a.attnum) AS comment,
                                       (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(a.attoptions) AS o WHERE o LIKE 'n\\_distinct%%') AS options
                                  FROM pg_attribute AS a
                                  JOIN pg_type AS y ON y.oid = a.atttypid
                                  LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                                 WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped""",
                subject.timeColumnName(), subject.timeColumn().notNull(), new Sql(relation));
    }
}

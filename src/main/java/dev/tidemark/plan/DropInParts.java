package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;

/**
 * Drops a table that nobody uses any more. PostgreSQL keeps a lock for each table, TOAST table and index that goes until the transaction ends: 3,000 chunks with three
 * indexes are more than a server with its usual settings has room for ("out of shared memory"). Partitions and chunks therefore go before it, some at a
 * time, each time committed.
 */
final class DropInParts {
    /** So many parts go in one transaction. With 20 indexes each they take 2,300 locks; a server has room for 6,400 unless it was told otherwise. */
    private static final int AT_A_TIME = 100;

    private DropInParts() {}

    /** Each commits by itself; repeated, they go on. Without the table they do nothing. */
    static List<Sql> of(TableName table) {
        return List.of(orPrepare(table), parts(table), Sql.of("DROP TABLE IF EXISTS %I", table));
    }

    /**
     * Within a transaction: drops it where one transaction can, and otherwise makes sure that nobody's object stands in the way of {@link #of}, on the table, its
     * parts, their row types or their sequences.
     */
    static Sql orPrepare(TableName table) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    whole CONSTANT regclass := to_regclass(%L);
                    dependents text;
                BEGIN
                    IF whole IS NULL THEN
                        RETURN;
                    END IF;
                    IF (SELECT count(*) FROM (%s) AS m) <= %s THEN
                        DROP TABLE %I;
                        RETURN;
                    END IF;
                    WITH member AS MATERIALIZED (SELECT m.oid FROM (%s) AS m UNION ALL SELECT whole),
                    part AS (
                        SELECT 'pg_class'::regclass AS class, m.oid FROM member AS m
                        UNION ALL SELECT 'pg_type'::regclass, y.oid FROM member AS m JOIN pg_type AS y ON y.typrelid = m.oid
                        UNION ALL SELECT 'pg_type'::regclass, y.typarray FROM member AS m JOIN pg_type AS y ON y.typrelid = m.oid
                        UNION ALL SELECT o.classid, o.objid FROM member AS m JOIN pg_depend AS o ON o.refobjid = m.oid
                                   WHERE o.refclassid = 'pg_class'::regclass AND o.classid = 'pg_class'::regclass AND o.deptype IN ('a', 'i'))
                    SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid), ', ') INTO dependents
                      FROM part AS p JOIN pg_depend AS d ON d.refclassid = p.class AND d.refobjid = p.oid
                     WHERE d.deptype = 'n' AND NOT (d.classid = 'pg_class'::regclass AND d.objid IN (SELECT m.oid FROM member AS m))
                       AND NOT EXISTS (SELECT FROM pg_depend AS own JOIN member AS m ON m.oid = own.refobjid
                                        WHERE own.classid = d.classid AND own.objid = d.objid AND own.refclassid = 'pg_class'::regclass
                                          AND own.deptype IN ('a', 'i', 'P', 'S'));
                    IF dependents IS NOT NULL THEN
                        RAISE EXCEPTION 'cannot drop table %% because other objects depend on it: %%', whole, dependents
                            USING ERRCODE = 'dependent_objects_still_exist', HINT = 'Drop them first, or let them use the table that the application uses.';
                    END IF;
                END
                $tidemark$""",
                table.quoted(), members(), AT_A_TIME, table, members());
    }

    /** A part that belongs to somebody else goes with the whole, for which its owner is not asked. */
    private static Sql parts(TableName table) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    whole CONSTANT regclass := to_regclass(%L);
                    part regclass;
                    gone integer := 0;
                BEGIN
                    FOR part IN
                        SELECT m.oid FROM (%s) AS m JOIN pg_class AS c ON c.oid = m.oid WHERE c.relkind IN ('r', 'p') ORDER BY m.depth DESC
                    LOOP
                        BEGIN
                            EXECUTE format('DROP TABLE %%s', part);
                        EXCEPTION WHEN insufficient_privilege THEN
                            NULL;
                        END;
                        gone := gone + 1;
                        IF gone %% %s = 0 THEN
                            COMMIT;
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                table.quoted(), members(), AT_A_TIME);
    }

    /** What hangs below {@code whole} at any depth. */
    private static Sql members() {
        return new Sql(
                """
                WITH RECURSIVE below AS (
                        SELECT i.inhrelid AS oid, 1 AS depth FROM pg_inherits AS i WHERE i.inhparent = whole
                        UNION ALL
                        SELECT i.inhrelid, b.depth + 1 FROM pg_inherits AS i JOIN below AS b ON i.inhparent = b.oid)
                        SELECT DISTINCT b.oid, b.depth FROM below AS b""");
    }
}

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

    /** Within a transaction: drops it where one transaction can, and otherwise makes sure that nobody's object stands in the way of {@link #of}. */
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
                    IF (SELECT count(*) FROM pg_inherits WHERE inhparent = whole) <= %s THEN
                        DROP TABLE %I;
                        RETURN;
                    END IF;
                    SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, 0), ', ') INTO dependents
                      FROM pg_depend AS d
                     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = whole AND d.deptype = 'n'
                       AND NOT EXISTS (SELECT FROM pg_depend AS own
                                        WHERE own.classid = d.classid AND own.objid = d.objid
                                          AND own.refclassid = 'pg_class'::regclass AND own.deptype IN ('a', 'i', 'P', 'S')
                                          AND (own.refobjid = whole OR own.refobjid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = whole)))
                       AND NOT (d.classid = 'pg_class'::regclass AND d.objid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = whole));
                    IF dependents IS NOT NULL THEN
                        RAISE EXCEPTION 'cannot drop table %% because other objects depend on it: %%', whole, dependents
                            USING ERRCODE = 'dependent_objects_still_exist', HINT = 'Drop them first, or let them use the table that the application uses.';
                    END IF;
                END
                $tidemark$""",
                table.quoted(), AT_A_TIME, table);
    }

    /** A chunk that TimescaleDB does not let go by itself, a frozen one, goes with the whole. */
    private static Sql parts(TableName table) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part regclass;
                    gone integer := 0;
                BEGIN
                    FOR part IN
                        SELECT i.inhrelid FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
                         WHERE i.inhparent = to_regclass(%L) AND c.relkind IN ('r', 'p')
                    LOOP
                        BEGIN
                            EXECUTE format('DROP TABLE %%s', part);
                        EXCEPTION WHEN feature_not_supported OR SQLSTATE 'TS101' THEN
                            NULL;
                        END;
                        gone := gone + 1;
                        IF gone %% %s = 0 THEN
                            COMMIT;
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                table.quoted(), AT_A_TIME);
    }
}

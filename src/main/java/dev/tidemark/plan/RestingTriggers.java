package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;

/**
 * Triggers that single partitions of the retired table have for themselves: switched off while it is retired, because what is replayed in it is nothing that the
 * application does, and switched on again as they were when it comes back.
 */
final class RestingTriggers {
    private static final String KIND = "resting trigger";

    private final TableName table;
    private final boolean itself;
    private final Sql objects;

    RestingTriggers(CopySubject subject) {
        this(subject, false);
    }

    /** @param itself whether the table's own rest, and not its partitions' */
    RestingTriggers(CopySubject subject, boolean itself) {
        this.table = subject.name();
        this.itself = itself;
        this.objects = subject.subject().journalTable("object");
    }

    /** In the cutover, while the table has its name. */
    Sql rest() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    own record;
                BEGIN
                    FOR own IN
                        SELECT t.tgrelid::regclass::text AS relation, t.tgname AS name, t.tgenabled::text AS enabled
                          FROM (%s) AS p
                          JOIN pg_trigger AS t ON t.tgrelid = p.relid
                         WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'D'
                    LOOP
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, jsonb_build_array(own.relation, own.name)::text, own.enabled);
                        EXECUTE format('ALTER TABLE %%s DISABLE TRIGGER %%I', own.relation, own.name);
                    END LOOP;
                END
                $tidemark$""",
                relations(), objects, PieceRecord.RUN, KIND);
    }

    private Sql relations() {
        return itself
                ? Sql.of("SELECT %L::regclass AS relid", table.quoted())
                : Sql.of("SELECT relid FROM pg_partition_tree(%L::regclass) WHERE level > 0", table.quoted());
    }

    /** In the window of the way back, once the table has its name again. */
    Sql goOn() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    own record;
                BEGIN
                    FOR own IN
                        SELECT o.identity, t.tgrelid::regclass::text AS relation, t.tgname AS name, o.purpose AS enabled
                          FROM %s AS o
                          JOIN pg_trigger AS t ON t.tgrelid = to_regclass(o.identity::jsonb ->> 0) AND t.tgname = o.identity::jsonb ->> 1
                         WHERE o.run = %s AND o.kind = %L AND t.tgrelid IN (SELECT relid FROM pg_partition_tree(%L::regclass))
                    LOOP
                        EXECUTE format('ALTER TABLE %%s ENABLE %%s TRIGGER %%I', own.relation,
                            CASE own.enabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, own.name);
                        DELETE FROM %s WHERE run = %s AND kind = %L AND identity = own.identity;
                    END LOOP;
                END
                $tidemark$""",
                objects, PieceRecord.RUN, KIND, table.quoted(), objects, PieceRecord.RUN, KIND);
    }
}

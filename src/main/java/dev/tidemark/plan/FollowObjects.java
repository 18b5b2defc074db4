package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/**
 * Gives the table that comes back the CHECKs, foreign keys, triggers, privileges and owner that the hypertable has now: what was added since the
 * cutover is added, what was dropped since is dropped. Repeating it changes nothing.
 */
final class FollowObjects {
    /** Stands for the table's name in a trigger's definition, and cannot be part of any name there. */
    private static final String TABLE = "\u0001";

    private static final Sql RETYPED = new Sql(
            """
            EXISTS (SELECT FROM pg_attribute AS a JOIN pg_attribute AS b ON b.attrelid = target AND b.attname = a.attname
                     WHERE a.attrelid = follower AND a.attnum > 0 AND (a.atttypid, a.atttypmod, a.attcollation) <> (b.atttypid, b.atttypmod, b.attcollation))""");

    private FollowObjects() {}

    /** Takes away what the hypertable has no longer. Before columns follow: a column cannot go while a policy or trigger uses it. */
    static Sql drop(Subject subject) {
        return block(
                subject,
                Sql.of(
                        """
                            -- They come back, all of them, when the table has its name again: their text may contain it.
                            FOR object IN SELECT polname AS name FROM pg_policy WHERE polrelid = follower
                            LOOP
                                EXECUTE format('DROP POLICY %%I ON %%s', object.name, follower);
                            END LOOP;
                            -- TimescaleDB gives foreign keys of chunks names of their own.
                            FOR object IN
                                SELECT r.conname AS old_name, t.conname AS new_name
                                  FROM pg_constraint AS t
                                  JOIN pg_constraint AS r ON r.contype = 'f' AND r.conrelid = follower AND r.conparentid = 0
                                       AND pg_get_constraintdef(r.oid) = pg_get_constraintdef(t.oid)
                                 WHERE t.contype = 'f' AND t.conrelid = target AND t.conparentid = 0
                                   AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.conrelid = follower AND o.conname = t.conname)
                                   AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.conrelid = target AND o.conname = r.conname)
                            LOOP
                                EXECUTE format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', follower, object.old_name, object.new_name);
                            END LOOP;
                            -- A trigger forbids that a column which it names gets another type; a chunk has lost what its hypertable has.
                            FOR object IN (%s WHERE kind = 'TRIGGER' OR %s) EXCEPT (%s WHERE kind <> 'TRIGGER' OR NOT %s)
                            LOOP
                                EXECUTE format(CASE object.kind WHEN 'TRIGGER' THEN 'DROP TRIGGER %%2$I ON %%1$s' ELSE 'ALTER TABLE %%s DROP CONSTRAINT %%I' END,
                                               follower, object.name);
                            END LOOP;""",
                        objects("follower", subject), mayGo(subject), objects("target", subject), RETYPED));
    }

    /** A chunk may have CHECKs of its own, which stay; those that the table had and its hypertable has no longer are known by name. */
    private static Sql mayGo(Subject subject) {
        return subject.isHeap()
                ? Sql.of(
                        "name = ANY (ARRAY[%s]::name[])",
                        Sql.join(
                                ", ",
                                subject.table().constraints().stream()
                                        .map(c -> Sql.of("%L", c.name()))
                                        .toList()))
                : new Sql("true");
    }

    /** Adds what the hypertable has besides. After its columns have followed. */
    static Sql add(Subject subject) {
        return add(subject, "");
    }

    /** The same for a table that has its rows, which is not to be read now. */
    static Sql addUnvalidated(Subject subject) {
        return add(subject, " NOT VALID");
    }

    private static Sql add(Subject subject, String afterConstraint) {
        return block(
                subject,
                Sql.of(
                        """
                            FOR object IN (%s) EXCEPT (%s) ORDER BY 1, 2
                            LOOP
                                IF object.kind = 'TRIGGER' THEN
                                    EXECUTE replace(object.definition, %L, follower::text);
                                    IF object.state <> 'O' THEN
                                        EXECUTE format('ALTER TABLE %%s %%s TRIGGER %%I', follower,
                                            CASE object.state WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, object.name);
                                    END IF;
                                ELSE
                                    EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', follower, object.name, object.definition)
                                        || CASE WHEN object.definition LIKE '%% NOT VALID' THEN '' ELSE %L END;
                                END IF;
                            END LOOP;
                            FOR object IN (%s) EXCEPT (%s)
                            LOOP
                                EXECUTE format('COMMENT ON %%s %%I ON %%s IS %%L', object.kind, object.name, follower, object.comment);
                            END LOOP;
                            IF (SELECT obj_description(target, 'pg_class')) IS DISTINCT FROM (SELECT obj_description(follower, 'pg_class')) THEN
                                EXECUTE format('COMMENT ON TABLE %%s IS %%L', follower, obj_description(target, 'pg_class'));
                            END IF;
                            SELECT t.relowner::regrole AS owner, t.relowner <> r.relowner AS sold, t.relreplident AS identity,
                                   t.relreplident <> r.relreplident AND t.relreplident <> 'i' AS identified,
                                   t.relrowsecurity AS secured, t.relrowsecurity <> r.relrowsecurity AS resecured,
                                   t.relforcerowsecurity AS forced, t.relforcerowsecurity <> r.relforcerowsecurity AS reforced
                              INTO object FROM pg_class AS t, pg_class AS r WHERE t.oid = target AND r.oid = follower;
                            IF object.sold THEN
                                EXECUTE format('ALTER TABLE %%s OWNER TO %%s', follower, object.owner);
                            END IF;
                            IF object.identified THEN
                                EXECUTE format('ALTER TABLE %%s REPLICA IDENTITY %%s', follower,
                                               CASE object.identity WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL' ELSE 'DEFAULT' END);
                            END IF;
                            IF object.resecured THEN
                                EXECUTE format('ALTER TABLE %%s %%s ROW LEVEL SECURITY', follower, CASE WHEN object.secured THEN 'ENABLE' ELSE 'DISABLE' END);
                            END IF;
                            IF object.reforced THEN
                                EXECUTE format('ALTER TABLE %%s %%s ROW LEVEL SECURITY', follower, CASE WHEN object.forced THEN 'FORCE' ELSE 'NO FORCE' END);
                            END IF;
                            FOR object IN (%s) EXCEPT (%s)
                            LOOP
                                EXECUTE format('REVOKE %%s%%s ON TABLE %%s FROM %%s CASCADE', object.privilege, ' (' || quote_ident(object.col) || ')',
                                               follower, object.grantee);
                            END LOOP;
                            FOR object IN (%s) EXCEPT (%s)
                            LOOP
                                EXECUTE format('GRANT %%s%%s ON TABLE %%s TO %%s%%s', object.privilege, ' (' || quote_ident(object.col) || ')',
                                               follower, object.grantee, CASE WHEN object.grantable THEN ' WITH GRANT OPTION' END);
                            END LOOP;""",
                        objects("target", subject),
                        objects("follower", subject),
                        TABLE,
                        afterConstraint,
                        comments("target", subject),
                        comments("follower", subject),
                        privileges("follower"),
                        privileges("target"),
                        privileges("target"),
                        privileges("follower")));
    }

    private static Sql block(Subject subject, Sql statements) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := %L::regclass;
                    follower CONSTANT regclass := %L::regclass;
                    object record;
                BEGIN
                %s
                END
                $tidemark$""",
                subject.name().quoted(), subject.retired().quoted(), statements);
    }

    private static Sql objects(String relation, Subject subject) {
        return Sql.of("SELECT kind, name, definition, state FROM (%s) AS o", all(relation, subject));
    }

    private static Sql comments(String relation, Subject subject) {
        return Sql.of("SELECT kind, name, comment FROM (%s) AS o", all(relation, subject));
    }

    /** CHECKs, foreign keys and triggers, without those that are TimescaleDB's or ours. */
    private static Sql all(String relation, Subject subject) {
        return Sql.of(
                """
                SELECT 'CONSTRAINT' AS kind, conname AS name, pg_get_constraintdef(oid) AS definition, '' AS state,
                                       obj_description(oid, 'pg_constraint') AS comment
                                  FROM pg_constraint
                                 WHERE conrelid = %s AND contype IN ('c', 'f') AND conparentid = 0
                                UNION ALL
                                SELECT 'TRIGGER', t.tgname, overlay(d.text PLACING ' ON ' || %L || ' ' FROM strpos(d.text, d.place) FOR length(d.place)),
                                       t.tgenabled::text, obj_description(t.oid, 'pg_trigger')
                                  FROM pg_trigger AS t
                                  JOIN pg_proc AS f ON f.oid = t.tgfoid
                                  JOIN pg_namespace AS n ON n.oid = f.pronamespace
                                 CROSS JOIN LATERAL (SELECT pg_get_triggerdef(t.oid) AS text, ' ON ' || t.tgrelid::regclass || ' ' AS place) AS d
                                 WHERE t.tgrelid = %s AND NOT t.tgisinternal AND t.tgparentid = 0
                                   AND n.nspname <> %L AND n.nspname NOT LIKE '\\_timescaledb\\_%%'""",
                new Sql(relation), TABLE, new Sql(relation), subject.journal());
    }

    private static Sql privileges(String relation) {
        return new Sql(
                """
                SELECT NULL::name AS col, a.privilege_type AS privilege, a.is_grantable AS grantable,
                                       CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee
                                  FROM pg_class AS c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
                                 WHERE c.oid = RELATION
                                UNION ALL
                                SELECT c.attname, a.privilege_type, a.is_grantable, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
                                  FROM pg_attribute AS c, aclexplode(c.attacl) AS a
                                 WHERE c.attrelid = RELATION AND NOT c.attisdropped"""
                        .replace("RELATION", relation));
    }
}

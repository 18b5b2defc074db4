package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/**
 * The end of the way back: the hypertable, by now without chunks, gives its name to the table that comes back, and with it the names of its indexes
 * and statistics, its sequences, its policies, its holds, and the views and functions that are tied to it. What there is of all that is asked of the
 * catalog at that moment, because a week may have passed since the cutover.
 */
final class NamesBack {
    private NamesBack() {}

    /** One block for all tables, because a view may be tied to several of them; the hypertables, empty by now, are dropped. */
    static Sql block(List<Subject> subjects) {
        return block(
                subjects,
                Sql.of(
                        "FOR pair IN SELECT * FROM (VALUES %s) AS v(leaving) LOOP EXECUTE format('DROP TABLE %%s', pair.leaving); END LOOP;",
                        leaving(subjects)));
    }

    /** The same, but the tables that go stay under another name, {@link #leaving(Subject)}, with all their rows. */
    static Sql keeping(List<Subject> subjects) {
        return block(
                subjects,
                Sql.of(
                        """
                        FOR counted IN
                                        SELECT format('ALTER %%s %%s RENAME %%s TO %%I', o.kind, o.name, o.key, 'tidemark_leaving_' || o.oid) AS text
                                          FROM (VALUES %s) AS v(leaving)
                                         CROSS JOIN LATERAL (
                                               SELECT 'INDEX' AS kind, i.indexrelid::regclass::text AS name, i.indexrelid AS oid, '' AS key
                                                 FROM pg_index AS i WHERE i.indrelid = v.leaving::regclass AND NOT EXISTS (%s)
                                               UNION ALL
                                               SELECT 'TABLE', v.leaving, k.conindid, format('CONSTRAINT %%I', k.conname)
                                                 FROM pg_constraint AS k WHERE k.conrelid = v.leaving::regclass AND k.contype IN ('p', 'u', 'x')
                                               UNION ALL
                                               SELECT 'STATISTICS', format('%%I.%%I', n.nspname, s.stxname), s.oid, ''
                                                 FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace WHERE s.stxrelid = v.leaving::regclass
                                               UNION ALL
                                               SELECT 'SEQUENCE', d.objid::regclass::text, d.objid, '' FROM pg_depend AS d
                                                WHERE d.refobjid = v.leaving::regclass AND d.deptype = 'i' AND d.classid = 'pg_class'::regclass
                                                  AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = d.objid AND c.relkind = 'S')) AS o
                                    LOOP
                                        EXECUTE counted.text;
                                    END LOOP;""",
                        leaving(subjects),
                        new Sql(
                                "SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')")));
    }

    private static Sql leaving(List<Subject> subjects) {
        return Sql.join(
                ", ",
                subjects.stream().map(s -> Sql.of("(%L)", leaving(s).quoted())).toList());
    }

    private static Sql block(List<Subject> subjects, Sql away) {
        Sql pairs = Sql.join(
                ", ",
                subjects.stream()
                        .map(s -> Sql.of(
                                "(%L::regclass, %L::regclass, %L, %L)",
                                s.name().quoted(),
                                s.retired().quoted(),
                                s.name().name(),
                                leaving(s).name()))
                        .toList());
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    pair record;
                    one text;
                    before text[] := '{}';
                    renamed text[] := '{}';
                    after text[] := '{}';
                    counted record;
                    old_sequence regclass;
                    new_sequence regclass;
                    likeness text;
                    target regclass;
                    follower regclass;
                BEGIN
                    FOR pair IN SELECT * FROM (VALUES %s) AS v(target, follower, name, leaving)
                    LOOP
                        target := pair.target;
                        follower := pair.follower;
                        -- A number that nextval() has given is not given again.
                        FOR counted IN
                            SELECT t.seq::regclass AS from_sequence, r.seq::regclass AS to_sequence, c.relname AS name, n.nspname AS schema, rc.relname AS old_name
                              FROM (SELECT d.objid AS seq, a.attname FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                                     WHERE d.refobjid = pair.target AND d.deptype = 'i' AND d.classid = 'pg_class'::regclass AND a.attidentity <> '') AS t
                              JOIN (SELECT d.objid AS seq, a.attname FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                                     WHERE d.refobjid = pair.follower AND d.deptype = 'i' AND d.classid = 'pg_class'::regclass AND a.attidentity <> '') AS r USING (attname)
                              JOIN pg_class AS c ON c.oid = t.seq JOIN pg_class AS rc ON rc.oid = r.seq JOIN pg_namespace AS n ON n.oid = rc.relnamespace
                        LOOP
                            EXECUTE format('SELECT setval(%%L, last_value, is_called) FROM %%s', counted.to_sequence, counted.from_sequence);
                            old_sequence := counted.from_sequence;
                            new_sequence := counted.to_sequence;
                            %s
                            after := after || format('ALTER SEQUENCE %%I.%%I RENAME TO %%I', counted.schema, counted.old_name, counted.name);
                        END LOOP;
                        before := before || ARRAY(
                            SELECT format('ALTER SEQUENCE %%s OWNED BY %%s.%%I', d.objid::regclass, pair.follower, a.attname)
                              FROM pg_depend AS d
                              JOIN pg_class AS c ON c.oid = d.objid AND c.relkind = 'S'
                              JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                             WHERE d.classid = 'pg_class'::regclass AND d.refobjid = pair.target AND d.deptype = 'a');
                        before := before || format('ALTER TABLE %%s RENAME TO %%I', pair.target, pair.leaving);
                        before := before || format('ALTER TABLE %%s RENAME TO %%I', pair.follower, pair.name);
                        renamed := renamed || format('UPDATE %s SET relation = %%s WHERE relation = %%s', pair.follower::oid, pair.target::oid);
                        after := after || ARRAY(SELECT format('DROP POLICY %%I ON %%s', polname, pair.target) FROM pg_policy WHERE polrelid = pair.follower) || ARRAY(%s);
                        after := after || ARRAY(
                            SELECT unnest(array_remove(ARRAY[
                                       CASE WHEN r.name <> t.name AND t.key THEN format('ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', pair.target, r.name, t.name)
                                            WHEN r.name <> t.name THEN format('ALTER %%s %%I.%%I RENAME TO %%I', t.kind, r.schema, r.name, t.name) END,
                                       CASE WHEN r.comment IS DISTINCT FROM t.comment THEN format('COMMENT ON %%s %%I.%%I IS %%L', t.kind, r.schema, t.name, t.comment) END,
                                       CASE WHEN i.indisreplident THEN format('ALTER TABLE %%s REPLICA IDENTITY USING INDEX %%I', pair.target, t.name) END], NULL))
                              FROM (%s) AS t
                              JOIN (%s) AS r USING (definition, number)
                              LEFT JOIN pg_index AS i ON i.indexrelid = t.oid);
                    END LOOP;
                    renamed := renamed || ARRAY(%s);
                    -- Texts were written while the hypertables had the names; whoever bears them when they are run is meant.
                    FOREACH one IN ARRAY before LOOP EXECUTE one; END LOOP;
                    FOREACH one IN ARRAY renamed LOOP EXECUTE one; END LOOP;
                    %s
                    FOREACH one IN ARRAY after LOOP EXECUTE one; END LOOP;
                END
                $tidemark$""",
                pairs,
                IdentityLikeness.carry(),
                new Sql(subjects.get(0).journalTable("hold").text()),
                policies(),
                FollowIndexes.all("target"),
                FollowIndexes.all("follower"),
                Dependents.statements(subjects),
                away);
    }

    /** The hypertable's name while it has given its own away: of one table only, whatever its name is and however long. */
    static TableName leaving(Subject subject) {
        return subject.name()
                .sibling("tidemark_leaving_"
                        + UUID.nameUUIDFromBytes(subject.name().quoted().getBytes(StandardCharsets.UTF_8)));
    }

    /** Statements that make the policies of {@code target}, under its present name, and their comments. */
    private static Sql policies() {
        return new Sql(
                """

                            SELECT concat_ws(' ', format('CREATE POLICY %I ON %s', p.polname, p.polrelid::regclass),
                                       CASE WHEN p.polpermissive THEN 'AS PERMISSIVE' ELSE 'AS RESTRICTIVE' END,
                                       'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                                       'TO ' || (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END, ', ') FROM unnest(p.polroles) AS r),
                                       'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
                                   || coalesce(format('; COMMENT ON POLICY %I ON %s IS %L', p.polname, p.polrelid::regclass, obj_description(p.oid, 'pg_policy')), '')
                              FROM pg_policy AS p WHERE p.polrelid = pair.target""");
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Stream;

/** Looks for what a plain table that became a history partition cannot carry back or cannot do without, like {@link WayBackCheck}. */
final class HistoryWayBackCheck {
    private HistoryWayBackCheck() {}

    /** Raises TM502 or TM503 for a plain table that became a history partition; keys that pointed to it move back. */
    static Sql attached(Subject subject) {
        return WayBackCheck.block(
                subject,
                List.of(
                        partitionGone(subject),
                        WayBackCheck.unable(subject, subject.table().referencedBy()),
                        WayBackCheck.unreadable(),
                        unlike(subject),
                        hidden(subject),
                        published(subject),
                        tooMany(subject)));
    }

    /** A partition with rows becomes a child of the table, which takes an ordinary table that has every CHECK of it. */
    private static Sql unlike(Subject subject) {
        return Sql.of(
                """
                        SELECT 'TM502', format('CHECK %%I of the history partition %%s is none of %%s, and rows of other partitions return to a table that has it', k.conname, follower, target),
                               format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s; or drop it.', target, k.conname, pg_get_constraintdef(k.oid))
                          FROM pg_constraint AS k
                         WHERE k.conrelid = follower AND k.contype = 'c' AND NOT k.connoinherit
                           AND NOT EXISTS (SELECT FROM pg_constraint AS w WHERE w.conrelid = target AND w.contype = 'c' AND w.conname = k.conname)
                           AND EXISTS (%s)
                        UNION ALL
                        SELECT 'TM502', format('partition %%s of %%s has partitions of its own, and no such table returns to a plain one', p.inhrelid::regclass, target),
                               'Go forward to a plain table with convertToPlainTable, which copies; or detach it, and keep it as a table of its own.'
                          FROM (%s) AS p JOIN pg_class AS c ON c.oid = p.inhrelid
                         WHERE c.relkind = 'p'""",
                filled(subject), filled(subject));
    }

    /** What stands for keys while rows return runs as the owner, whom forced row security would not let see every row. */
    private static Sql hidden(Subject subject) {
        return Sql.of(
                """
                        SELECT 'TM502', format('%%s forces row security on its owner, who could not see every row to keep keys while rows return to %%s', c.oid::regclass, target),
                               format('ALTER TABLE %%s NO FORCE ROW LEVEL SECURITY; and force it again afterwards.', c.oid::regclass)
                          FROM pg_class AS c JOIN pg_roles AS o ON o.oid = c.relowner
                         WHERE c.oid IN (%s) AND c.relrowsecurity AND c.relforcerowsecurity AND NOT o.rolsuper AND NOT o.rolbypassrls
                           AND EXISTS (%s)""",
                Sql.join(
                        ", ",
                        Stream.concat(
                                        Stream.of(subject.name()),
                                        subject.table().referencedBy().stream().map(ForeignKey::child))
                                .map(t -> Sql.of("to_regclass(%L)", t.quoted()))
                                .toList()),
                filled(subject));
    }

    /** A row that returns is deleted in one place and inserted in another: a subscriber would hear of both, and has the row. */
    private static Sql published(Subject subject) {
        return Sql.of(
                """
                        SELECT 'TM502', format('publication %%I publishes %%s whether it is named or not, and so would the rows that return to it be, which subscribers have', p.pubname, target),
                               format('%%s; go back, make it again, and let subscribers copy the table anew. Or keep the partitions.',
                                      CASE WHEN p.puballtables THEN format('DROP PUBLICATION %%I', p.pubname)
                                           ELSE format('ALTER PUBLICATION %%I DROP TABLES IN SCHEMA %%s', p.pubname, whole.schema) END)
                          FROM pg_publication AS p
                         CROSS JOIN (SELECT relnamespace::regnamespace AS schema FROM pg_class WHERE oid = target) AS whole
                         WHERE (p.puballtables OR EXISTS (SELECT FROM pg_publication_tables AS t
                                                           WHERE t.pubname = p.pubname
                                                             AND to_regclass(format('%%I.%%I', t.schemaname, t.tablename)) IN (SELECT relid FROM pg_partition_tree(target))))
                           AND p.oid NOT IN (SELECT r.prpubid FROM pg_publication_rel AS r WHERE r.prrelid IN (SELECT relid FROM pg_partition_tree(target)))
                           AND EXISTS (%s)""",
                filled(subject));
    }

    /** Partitions that have got rows of their own; those that were deleted are there still for who has an older snapshot. */
    private static Sql filled(Subject subject) {
        return Sql.of(
                """
                SELECT i.inhrelid FROM pg_inherits AS i
                                 WHERE i.inhparent = to_regclass(%L) AND i.inhrelid IS DISTINCT FROM follower
                                   AND (SELECT sum(pg_relation_size(l.relid)) > 0 FROM pg_partition_tree(i.inhrelid) AS l WHERE l.isleaf)""",
                subject.name().quoted());
    }

    /** Partitions with rows become parts of the plain table in the window, one after the other. */
    private static Sql tooMany(Subject subject) {
        return Sql.of(
                """
                        SELECT 'TM504', format('%%s partitions of %%s have got rows of their own, to take them along takes about %%s s, and maxPause is %%s s',
                                               f.number, target, round(f.takes / 1000.0, 2), round(m.pause / 1000.0, 2)),
                               format('Go back with maxPause="%%s seconds" or more, or when retention has let some of them go.', f.takes / 1000 + 1)
                          FROM (SELECT count(*) AS number, %s + (%s * count(*) + %s * count(*) * count(*)) / 1000 AS takes FROM (%s) AS p) AS f
                         CROSS JOIN (SELECT current_setting('tidemark.max_pause_ms', true)::bigint AS pause) AS m
                         WHERE f.takes > m.pause""",
                AttachEstimator.BACK.toMillis(),
                AttachEstimator.BACK_PER_PARTITION,
                AttachEstimator.BACK_PER_PAIR,
                filled(subject));
    }

    private static Sql partitionGone(Subject subject) {
        return Sql.of(
                """
                SELECT 'TM503' AS code, format('%%s is not there any more as a partitioned table, so it cannot be taken back', %L) AS what,
                               'Give it its name back if it was renamed or moved.' AS remedy
                         WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = target AND relkind = 'p')
                        UNION ALL
                        SELECT 'TM503', format('the history partition %%s of %%s, which was to become the table again, is no partition of it any more', %L, %L),
                               'Attach it again; or drop it, if its rows may stay away: then an empty one takes its place.'
                         WHERE follower IS NOT NULL AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = follower AND inhparent = target)""",
                subject.name().quoted(),
                subject.retired().quoted(),
                subject.name().quoted());
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks, before the way back changes anything, for what it cannot carry back or cannot do without, and asks again inside its window. Each answer
 * names the object, the reason and the remedy; without one the way back goes through.
 */
final class WayBackCheck {
    /**
     * Bytes of a plain table's later chunks that return to it in a second of the window: 538 MB with a key, an index and a foreign key took
     * 35.5 s. Higher, and a window that began might not end in time; lower, and ways back are refused that would work.
     */
    private static final long MOVED_BYTES_PER_SECOND = 15_000_000;
    /** Share of maxPause, in percent, that moving them may take; the rest is for the locks and the catalog. */
    private static final int MOVING_SHARE = 75;

    private WayBackCheck() {}

    /**
     * Raises TM502 or TM503 for a table whose rows were copied: the retired one has its rows still. Keys that pointed to the table before point to
     * its successor too, unless that is a hypertable, and move back.
     */
    static Sql copied(Subject subject, boolean partman, boolean hypertable) {
        return block(
                subject,
                List.of(
                        partman
                                ? Sql.of(
                                        "%s\n        UNION ALL\n        %s", retiredGone(subject), partmanGone(subject))
                                : retiredGone(subject),
                        hypertable
                                ? unable(subject, List.of())
                                : unable(subject, subject.table().referencedBy()),
                        hypertable && !subject.isHypertable()
                                ? Sql.of("%s\n        UNION ALL\n%s", dimensions(subject), reshaped(subject))
                                : reshaped(subject)));
    }

    /**
     * Raises TM502 or TM503 for a hypertable whose chunks became partitions.
     *
     * @param versions of TimescaleDB, one of which is needed; none if any will do
     */
    static Sql formerChunks(Subject subject, List<String> versions) {
        Sql asked = block(
                subject,
                List.of(
                        hypertableGone(subject),
                        unfitForChunks(),
                        unable(subject, subject.table().referencedBy()),
                        unreadable()));
        // The views that are asked are the extension's own.
        return Sql.of(
                """
                DO $extension$
                DECLARE
                    present CONSTANT text := (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb');
                BEGIN
                    IF present IS NULL THEN
                        RAISE EXCEPTION 'TM503: TimescaleDB, of which %% is to become a hypertable again, is not there any more', %L
                            USING ERRCODE = 'TM503', HINT = 'There is no way back without it: keep the partitioned table, or convert it anew with convertToHypertable once it is installed.';
                    ELSIF cardinality(ARRAY[%s]::text[]) > 0 AND present <> ALL (ARRAY[%s]::text[]) THEN
                        RAISE EXCEPTION 'TM503: TimescaleDB is now %%, whose catalog may not be written', present
                            USING ERRCODE = 'TM503', HINT = 'Keep the partitioned table, or convert it anew with convertToHypertable.';
                    END IF;
                    EXECUTE %L;
                END
                $extension$""",
                subject.name().quoted(), literals(versions), literals(versions), asked.text());
    }

    private static Sql literals(List<String> texts) {
        return Sql.join(", ", texts.stream().map(t -> Sql.of("%L", t)).toList());
    }

    private static Sql hypertableGone(Subject subject) {
        return Sql.of(
                """
                        SELECT 'TM503' AS code, format('%%s is not there any more as a partitioned table, so it cannot be taken back', %L) AS what,
                               'Give it its name back if it was renamed or moved.' AS remedy
                         WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = target AND relkind = 'p')
                        UNION ALL
                        SELECT 'TM503', format('the retired hypertable %%s, which was to come back in place of %%s, is gone', %L, %L),
                               'There is no way back without it: keep the partitioned table, or convert it anew with convertToHypertable.'
                         WHERE NOT EXISTS (SELECT FROM timescaledb_information.hypertables WHERE hypertable_schema = %L AND hypertable_name = %L)""",
                subject.name().quoted(),
                subject.retired().quoted(),
                subject.name().quoted(),
                subject.retired().schema(),
                subject.retired().name());
    }

    /** Partitions that somebody made and that can be no chunks. */
    private static Sql unfitForChunks() {
        return new Sql(
                """
                        SELECT 'TM502', format('partition %s of %s %s', c.oid::regclass, target,
                                               CASE WHEN c.relkind <> 'r' OR t.level > 1 THEN 'is no ordinary table'
                                                    WHEN c.relpersistence <> w.relpersistence THEN 'is of another persistence'
                                                    ELSE 'has inheritance children' END),
                               'Detach it, and keep it as a table of its own; or turn it into an ordinary partition.'
                          FROM pg_partition_tree(target) AS t
                          JOIN pg_class AS c ON c.oid = t.relid
                          JOIN pg_class AS w ON w.oid = target
                         WHERE t.level > 0 AND (c.relkind <> 'r' OR t.level > 1 OR c.relpersistence <> w.relpersistence
                                                OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = c.oid))
                        UNION ALL
                        SELECT 'TM502', format('the DEFAULT partition %s of %s holds rows, for which there is no chunk', d.part, target),
                               'Give them partitions of their own (drainDefault), or move them into the others.'
                          FROM (SELECT c.oid::regclass AS part FROM pg_partitioned_table AS p JOIN pg_class AS c ON c.oid = p.partdefid
                                 WHERE p.partrelid = target AND c.relkind = 'r'
                                   AND (xpath('/row/filled/text()', query_to_xml(format('SELECT EXISTS (SELECT FROM ONLY %s) AS filled', c.oid::regclass), false, true, '')))[1]::text = 'true') AS d""");
    }

    /** Raises TM502 to TM504; {@code chunks} lists what the hypertable consists of. */
    static Sql block(Subject subject, Sql chunks, boolean partman, boolean proved) {
        List<Sql> all =
                new ArrayList<>(List.of(gone(subject, partman), unable(subject, List.of()), dimensions(subject)));
        if (subject.isHeap()) {
            all.add(tooMuch(chunks));
        }
        if (proved) {
            all.add(unreadable());
        }
        return block(subject, all);
    }

    static Sql block(Subject subject, List<Sql> all) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    target CONSTANT regclass := to_regclass(%L);
                    follower CONSTANT regclass := to_regclass(%L);
                    found record;
                BEGIN
                    FOR found IN
                %s
                    LOOP
                        RAISE EXCEPTION '%%: %%', found.code, found.what USING ERRCODE = found.code, HINT = found.remedy;
                    END LOOP;
                END
                $tidemark$""",
                subject.name().quoted(), subject.retired().quoted(), Sql.join("\n        UNION ALL\n", all));
    }

    /** Raises TM409 where a chunk is compressed, which its preparation undoes: without its compressed part it would lose rows. */
    static Sql uncompressed(Subject subject) {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF EXISTS (SELECT FROM timescaledb_information.chunks WHERE hypertable_schema = %L AND hypertable_name = %L AND is_compressed) THEN
                        RAISE EXCEPTION 'a chunk of %% has been compressed since the preparation', %L USING ERRCODE = 'TM409';
                    END IF;
                END
                $tidemark$""",
                subject.name().schema(), subject.name().name(), subject.name().quoted());
    }

    /** What the way back cannot do without. */
    private static Sql gone(Subject subject, boolean partman) {
        Sql hypertable = Sql.of(
                """
                        SELECT 'TM503' AS code, format('%%s is not there any more as a hypertable, so it cannot be taken back', %L) AS what,
                               'Give it its name back if it was renamed or moved.' AS remedy
                         WHERE NOT EXISTS (SELECT FROM timescaledb_information.hypertables WHERE hypertable_schema = %L AND hypertable_name = %L)
                        UNION ALL
                        %s""",
                subject.name().quoted(),
                subject.name().schema(),
                subject.name().name(),
                subject.isHeap() ? nameTaken(subject) : retiredGone(subject));
        return !partman
                ? hypertable
                : Sql.of(
                        """
                        %s
                                UNION ALL
                                %s""",
                        hypertable, partmanGone(subject));
    }

    private static Sql partmanGone(Subject subject) {
        return Sql.of(
                """
                SELECT 'TM503', 'pg_partman, which managed ' || %L || ', is not there any more', 'CREATE EXTENSION pg_partman in its former schema.'
                                 WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_partman')""",
                subject.name().quoted());
    }

    /** A column that has come, gone or changed since: the retired table's rows know nothing of it. */
    static Sql reshaped(Subject subject) {
        return Sql.of(
                """
                SELECT 'TM502', format('column %%I of %%s has come, gone or changed its type since the cutover; the retired table %%s does not have it so', coalesce(t.attname, r.attname), target, follower),
                               'Make the same change to the retired table, values included, or change it back.'
                          FROM (SELECT * FROM pg_attribute WHERE attrelid = target AND attnum > 0 AND NOT attisdropped) AS t
                          FULL JOIN (SELECT * FROM pg_attribute WHERE attrelid = follower AND attnum > 0 AND NOT attisdropped) AS r USING (attname)
                         WHERE follower IS NOT NULL AND target IS NOT NULL AND %L <> ''
                           AND (t.atttypid, t.atttypmod, t.attcollation, t.attgenerated) IS DISTINCT FROM (r.atttypid, r.atttypmod, r.attcollation, r.attgenerated)""",
                subject.name().name());
    }

    static Sql retiredGone(Subject subject) {
        return Sql.of(
                """
                SELECT 'TM503' AS code, format('the retired table %%s, which was to come back in place of %%s, is gone', %L, %L) AS what,
                               'There is no way back without it: keep the table as it is, or convert it anew in the other direction.' AS remedy
                         WHERE follower IS NULL""",
                subject.retired().quoted(), subject.name().quoted());
    }

    private static Sql nameTaken(Subject subject) {
        return Sql.of(
                """
                SELECT 'TM503', format('%%s is another table now; the chunk of that name was to become %%s again', %L, %L), 'Rename that other table.'
                         WHERE follower IS NOT NULL AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = follower AND inhparent = target)""",
                subject.retired().quoted(), subject.name().quoted());
    }

    private static Sql dimensions(Subject subject) {
        return Sql.of(
                """
                        SELECT 'TM502', format('%%s has got further dimensions', target), 'There is no way back for chunks with more than one dimension.'
                          FROM timescaledb_information.dimensions
                         WHERE hypertable_schema = %L AND hypertable_name = %L AND dimension_number = 2""",
                subject.name().schema(), subject.name().name());
    }

    /** What has come since and cannot be carried back. {@code moving}: keys to the table that the way back takes along. */
    static Sql unable(Subject subject, List<ForeignKey> moving) {
        int number = 1;
        for (int i = 0; i < subject.table().columns().size(); i++) {
            number = subject.table().columns().get(i).name().equals(subject.timeColumnName()) ? i + 1 : number;
        }
        Sql unvalidated = subject.isHeap()
                ? new Sql("")
                : new Sql(
                        """

                                UNION ALL
                                SELECT 'TM502', format('foreign key %I of %s is NOT VALID, which a partitioned table cannot have', k.conname, target),
                                       format('ALTER TABLE %s VALIDATE CONSTRAINT %I; or drop it.', target, k.conname)
                                  FROM pg_constraint AS k
                                 WHERE k.conrelid = target AND k.contype = 'f' AND k.conparentid = 0 AND NOT k.convalidated""");
        return Sql.of(
                """
                        SELECT 'TM502', format('the time column of %%s is now %%I %%s', target, a.attname, format_type(a.atttypid, a.atttypmod)),
                               format('Make it %%I %%s again for the way back.', %L, %L)
                          FROM pg_attribute AS a
                         WHERE a.attrelid = target AND a.attnum = %s AND (a.attname <> %L OR format_type(a.atttypid, a.atttypmod) <> %L)
                        UNION ALL
                        SELECT 'TM502', format('foreign key %%I of %%s points to %%s, which would have to lose it', k.conname, k.conrelid::regclass, target),
                               format('ALTER TABLE %%s DROP CONSTRAINT %%I; and add it again afterwards: %%s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
                          FROM pg_constraint AS k
                         WHERE k.contype = 'f' AND k.confrelid = target AND k.conrelid <> target AND k.conparentid = 0%s
                        UNION ALL
                        SELECT 'TM502', format('row security of %%s applies to %%I, who does not see all rows', target, current_user),
                               format('Go back as a role with BYPASSRLS; or, until that is done: ALTER TABLE %%s NO FORCE ROW LEVEL SECURITY;', target)
                         WHERE row_security_active(target)
                        UNION ALL
                        SELECT 'TM502', format('index %%s of %%s is invalid', i.indexrelid::regclass, target), 'REINDEX or drop it.'
                          FROM pg_index AS i WHERE i.indrelid = target AND NOT i.indisvalid
                        UNION ALL
                        SELECT 'TM502', format('%%s is in publication %%I, which would lose it', target, p.pubname),
                               format('ALTER PUBLICATION %%I DROP TABLE %%s; and add it again afterwards.', p.pubname, target)
                          FROM pg_publication_rel AS r JOIN pg_publication AS p ON p.oid = r.prpubid WHERE r.prrelid = target
                        UNION ALL
                        SELECT 'TM502', format('subscription %%I writes into %%s, which it knows by its oid, and would pass over every change afterwards', s.subname, target),
                               format('ALTER SUBSCRIPTION %%1$I DISABLE; and afterwards: ALTER SUBSCRIPTION %%1$I SET (slot_name = not_yet); ALTER SUBSCRIPTION %%1$I ENABLE; ALTER SUBSCRIPTION %%1$I REFRESH PUBLICATION WITH (copy_data = false); ALTER SUBSCRIPTION %%1$I SET (slot_name = %%2$L);',
                                      s.subname, s.subslotname)
                          FROM pg_subscription AS s WHERE s.subenabled AND s.oid IN (SELECT r.srsubid FROM pg_subscription_rel AS r WHERE r.srrelid IN (SELECT t.relid FROM pg_partition_tree(target) AS t UNION ALL SELECT target))
                        UNION ALL
                        SELECT 'TM502', format('%%s depends on %%s, and cannot follow it', pg_describe_object(d.classid, d.objid, 0), target),
                               'Drop it, and make it again afterwards.'
                          FROM pg_depend AS d
                          LEFT JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
                          LEFT JOIN pg_class AS v ON v.oid = w.ev_class
                          LEFT JOIN pg_policy AS p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
                         WHERE d.deptype = 'n' AND d.refclassid = 'pg_class'::regclass AND d.refobjid = target
                           AND (v.relkind = 'm' OR v.relnamespace::regnamespace::text LIKE '%%\\_timescaledb\\_%%' OR p.polrelid <> target)%s""",
                subject.timeColumnName(),
                subject.timeColumn().type(),
                number,
                subject.timeColumnName(),
                subject.timeColumn().type(),
                Sql.join(
                        "",
                        moving.stream()
                                .map(key -> Sql.of(
                                        "\n                           AND NOT (k.conname = %L AND k.conrelid IS NOT DISTINCT FROM to_regclass(%L))",
                                        key.name(), key.child().quoted()))
                                .toList()),
                unvalidated);
    }

    /** What the proof of the way back cannot hash. */
    static Sql unreadable() {
        return new Sql(
                """
                        SELECT 'TM502', format('column %I of %s is of type %s, which has no binary form; no proof can read it',
                                               a.attname, target, format_type(a.atttypid, a.atttypmod)),
                               'Give it another type, text for example.'
                          FROM pg_attribute AS a
                          JOIN pg_type AS t ON t.oid = a.atttypid
                          LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typcategory = 'A'
                         WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND coalesce(e.typsend, t.typsend) = 0""");
    }

    /** Rows of a plain table's later chunks move inside the window. */
    private static Sql tooMuch(Sql chunks) {
        return Sql.of(
                """
                        SELECT 'TM504', format('chunks that came since the cutover of %%s hold %%s, which take about %%s s to move back, and maxPause is %%s s',
                                               target, pg_size_pretty(m.bytes), round(m.bytes / %s.0, 1), round(m.pause / 1000.0, 1)),
                               format('Go back with maxPause="%%s seconds" or more, or in a quiet hour.', ceil(m.bytes / %s.0 * 100 / %s) + 1)
                          FROM (SELECT sum(pg_table_size(to_regclass(c.part))) AS bytes, current_setting('tidemark.max_pause_ms', true)::bigint AS pause
                                  FROM (%s) AS c WHERE to_regclass(c.part) IS DISTINCT FROM follower) AS m
                         WHERE m.bytes / %s * 1000 > m.pause * %s / 100""",
                MOVED_BYTES_PER_SECOND,
                MOVED_BYTES_PER_SECOND,
                MOVING_SHARE,
                chunks,
                MOVED_BYTES_PER_SECOND,
                MOVING_SHARE);
    }
}

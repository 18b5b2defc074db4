package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;

/**
 * Empties a DEFAULT partition before the window: each stretch of its rows moves into a proper partition of its own, in one short transaction.
 *
 * <p>DELETE and INSERT in one transaction are what every snapshot understands: an older one goes on seeing the rows in DEFAULT, a newer one
 * sees them in the new partition. Therefore the cutover, which takes DEFAULT away, waits until no older snapshot is left.
 */
final class DefaultDrain {
    /** Rows moved in one transaction; at some 50,000 rows a second with a handful of indexes this holds the table for less than half a second. */
    private static final int ROWS_AT_ONCE = 20_000;
    /** How long older snapshots are waited for before the attempt counts as failed. */
    private static final int SNAPSHOT_WAIT_SECONDS = 60;

    private DefaultDrain() {}

    /** Moves all rows of {@code partition} that the time column places somewhere. Does nothing where it is empty. */
    static Sql drain(Subject subject, Partition partition) {
        TimeType type = subject.timeType();
        TableName parent = partition.parent() == null ? subject.name() : partition.parent();
        List<String> columns = subject.table().insertableColumns();
        boolean quiet = !subject.table().triggers().isEmpty()
                || !subject.table().referencedBy().isEmpty();
        boolean identity = subject.table().columns().stream().anyMatch(Column::isIdentity);
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    parent_table CONSTANT text := %L;
                    width CONSTANT bigint := %s;
                    lowest bigint;
                    stretch_lower bigint;
                    stretch_upper bigint;
                    cut bigint;
                    part text;
                BEGIN
                    LOOP
                        SELECT min(%s) INTO lowest FROM ONLY %I;
                        EXIT WHEN lowest IS NULL;
                        -- One step of the grid, cut where it meets partitions that exist, and where it holds too many rows for one transaction.
                        stretch_lower := lowest - ((lowest %% width) + width) %% width;
                        stretch_upper := stretch_lower + width;
                        SELECT greatest(stretch_lower, max(b.upper) FILTER (WHERE b.upper <= lowest)),
                               least(stretch_upper, min(b.lower) FILTER (WHERE b.lower > lowest))
                          INTO stretch_lower, stretch_upper
                          FROM pg_inherits AS i
                          JOIN pg_class AS c ON c.oid = i.inhrelid
                         CROSS JOIN LATERAL (%s) AS b
                         WHERE i.inhparent = parent_table::regclass AND b.bounds IS NOT NULL;
                        SELECT %s INTO cut FROM ONLY %I AS d
                         WHERE %s < stretch_upper ORDER BY d.%I OFFSET %s LIMIT 1;
                        IF cut > lowest THEN
                            stretch_upper := cut;
                        END IF;
                        part := %s;
                        -- The parent first: a statement that waited for DEFAULT alone would go on with the list of partitions it had read
                        -- before, and miss the rows that have moved meanwhile.
                        LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE;
                        LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE;
                        %sEXECUTE format('CREATE TABLE %%I.%%I (LIKE %%s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED '
                                       'INCLUDING INDEXES INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)', %L, part, parent_table);
                        EXECUTE format('ALTER TABLE %%I.%%I OWNER TO %%I', %L, part, %L);
                        EXECUTE format('WITH moved AS (DELETE FROM ONLY %%1$s WHERE %%2$I >= %%3$L AND %%2$I < %%4$L RETURNING %%5$s) '
                                       'INSERT INTO %%6$I.%%7$I (%%5$s)%s SELECT %%5$s FROM moved',
                                       %L, %L, %s, %s, %L, %L, part);
                        EXECUTE format('ALTER TABLE %%s ATTACH PARTITION %%I.%%I FOR VALUES FROM (%%L) TO (%%L)', parent_table, %L, part, %s, %s);
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                parent.quoted(),
                type.length(subject.chunkInterval(), subject.target().epoch()),
                type.positionOf(Sql.of("%I", subject.timeColumnName())),
                partition.name(),
                PieceList.bounds(type, "c"),
                type.positionOf(Sql.of("d.%I", subject.timeColumnName())),
                partition.name(),
                type.positionOf(Sql.of("d.%I", subject.timeColumnName())),
                subject.timeColumnName(),
                ROWS_AT_ONCE,
                partitionName(subject),
                parent,
                partition.name(),
                new Sql(quiet ? "SET LOCAL session_replication_role = replica;\n        " : ""),
                subject.name().schema(),
                subject.name().schema(),
                subject.table().owner(),
                new Sql(identity ? " OVERRIDING SYSTEM VALUE" : ""),
                partition.name().quoted(),
                subject.timeColumnName(),
                type.textOfPosition(new Sql("stretch_lower")),
                type.textOfPosition(new Sql("stretch_upper")),
                Sql.of("%I", columns).text(),
                subject.name().schema(),
                subject.name().schema(),
                type.textOfPosition(new Sql("stretch_lower")),
                type.textOfPosition(new Sql("stretch_upper")));
    }

    /** Waits until no other session works with a snapshot from before now. */
    static Sql waitForOlderSnapshots() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    horizon xid8 := pg_current_xact_id();
                    deadline timestamptz := clock_timestamp() + interval '%s seconds';
                    oldest record;
                BEGIN
                    COMMIT;
                    LOOP
                        PERFORM pg_stat_clear_snapshot();
                        SELECT a.pid, a.application_name, clock_timestamp() - a.xact_start AS age INTO oldest
                          FROM pg_stat_activity AS a
                         WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
                           AND age(a.backend_xmin) >= age(horizon::xid)
                         ORDER BY a.xact_start
                         LIMIT 1;
                        EXIT WHEN NOT FOUND;
                        IF clock_timestamp() > deadline THEN
                            RAISE EXCEPTION 'session %% (%%) has worked with an old snapshot for %%', oldest.pid, oldest.application_name, oldest.age
                                USING ERRCODE = 'TM408', HINT = 'Wait until it ends, or end it.';
                        END IF;
                        PERFORM pg_sleep(0.05);
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                SNAPSHOT_WAIT_SECONDS);
    }

    /** For the window: fails, to be tried again after another drain, if rows have come in since. */
    static Sql assertEmpty(Partition partition) {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF EXISTS (SELECT FROM ONLY %I) THEN
                        RAISE EXCEPTION 'rows have come into the DEFAULT partition %% since it was drained', %L USING ERRCODE = 'TM409';
                    END IF;
                END
                $tidemark$""",
                partition.name(), partition.name().quoted());
    }

    /** Names like pg_partman's where it manages the table and steps of its grid need no more; else with the time in digits. */
    private static Sql partitionName(Subject subject) {
        String format =
                subject.partman().flatMap(PartmanConfiguration::suffixFormat).orElse("YYYYMMDD_HH24MISS");
        if (subject.timeType().isInteger()) {
            return Sql.of(
                    "%L || stretch_lower::text",
                    RetiredNames.fitted(subject.name().name(), "_p" + "0".repeat(19))
                            .replaceAll("0{19}$", ""));
        }
        String fitted = RetiredNames.fitted(subject.name().name(), "_p" + "0".repeat(24));
        return Sql.of(
                "%L || to_char((timestamp 'epoch' + stretch_lower * interval '1 microsecond'), "
                        + "CASE WHEN stretch_lower %% width = 0 THEN %L ELSE 'YYYYMMDD_HH24MISSUS' END)",
                fitted.substring(0, fitted.length() - 24), format);
    }
}

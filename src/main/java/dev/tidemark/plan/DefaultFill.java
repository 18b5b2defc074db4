package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Persistence;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;

/**
 * Copies the rows of a DEFAULT partition, slice by slice. Readers never wait; writers of this partition, and of no other, wait while a slice is
 * copied.
 */
final class DefaultFill {
    /** What a slice should take while writers wait; every slice is sized by the one before it. */
    private static final int TARGET_MILLISECONDS = 40;
    /**
     * As many times as long as a slice took do writers get before the next one, where any wait. Without, 100 writers a second to a DEFAULT of two
     * million rows waited up to 5 s, because each of their statements waited for a slice of its own.
     */
    private static final int PAUSE_FACTOR = 4;
    /** Even rows of a megabyte each are copied within maxPause by this many. */
    private static final int FIRST_ROWS = 200;

    private static final int MOST_ROWS = 100_000;

    private final Subject subject;
    private final Partition partition;
    private final DefaultWrites writes;
    private final TimeType type;

    DefaultFill(Subject subject, Partition partition, DefaultWrites writes) {
        this.subject = subject;
        this.partition = partition;
        this.writes = writes;
        this.type = subject.timeType();
    }

    Sql fill() {
        Sql copies = DefaultCopies.copies(subject);
        Sql notes = DefaultCopies.notes(subject);
        String source = partition.name().quoted();
        Sql first = type.positionOf(Sql.of("min(d.%I)", subject.timeColumnName()));
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    source_table CONSTANT text := %L;
                    parent_table CONSTANT text := %L;
                    columns CONSTANT text := %L;
                    width CONSTANT bigint := %s;
                    rows_at_once bigint := %s;
                    began timestamptz;
                    reached bigint;
                    lowest bigint;
                    noted boolean;
                    slice_lower bigint;
                    slice_upper bigint;
                    part text;
                    crowded boolean;
                    copy record;
                    given record;
                BEGIN
                    LOOP
                        EXIT WHEN NOT %s;
                        -- Rows that no slice has reached yet, from below; then positions at which the triggers could not follow.
                        SELECT max(c.filled) INTO reached FROM %s AS c WHERE c.source = source_table AND c.filled > c.lower;
                        IF reached IS NULL THEN
                            SELECT %s INTO lowest FROM ONLY %I AS d;
                        ELSE
                            SELECT %s INTO lowest FROM ONLY %I AS d WHERE d.%I >= %s;
                        END IF;
                        noted := lowest IS NULL;
                        IF noted THEN
                            SELECT min(n.position) INTO lowest FROM %s AS n WHERE n.source = source_table;
                            EXIT WHEN lowest IS NULL;
                        END IF;
                        SELECT c.* INTO copy FROM %s AS c WHERE c.source = source_table AND c.lower <= lowest AND lowest < c.upper;
                        IF NOT FOUND THEN
                %s        END IF;
                        IF lowest < copy.filled THEN
                            slice_lower := lowest;
                            slice_upper := lowest + %s;
                        ELSE
                            -- From where the copy ends, not from the first row: before the lock is there, others may come in between.
                            slice_lower := copy.filled;
                            SELECT %s INTO slice_upper FROM ONLY %I AS d
                             WHERE d.%I >= %s AND d.%I < %s ORDER BY d.%I OFFSET rows_at_once LIMIT 1;
                            slice_upper := CASE WHEN FOUND THEN least(copy.upper, greatest(slice_upper, lowest + %s)) ELSE copy.upper END;
                        END IF;
                        -- No writer is on his way, and none begins, until this slice is known to the triggers.
                        LOCK TABLE ONLY %I IN SHARE MODE;
                        began := clock_timestamp();
                        IF slice_lower < copy.filled THEN
                            EXECUTE format('DELETE FROM ONLY %%1$s WHERE %%2$I >= %%3$L AND %%2$I < %%4$L', copy.relation, %L, %s, %s);
                        END IF;
                        EXECUTE format('INSERT INTO %%1$s (%%2$s) SELECT %%2$s FROM ONLY %%3$s WHERE %%4$I >= %%5$L AND %%4$I < %%6$L',
                                       copy.relation, columns, source_table, %L, %s, %s);
                        UPDATE %s SET filled = greatest(filled, slice_upper) WHERE relation = copy.relation;
                        DELETE FROM %s WHERE source = source_table AND position >= slice_lower AND position < slice_upper;
                        DELETE FROM %s WHERE run = %s AND kind = %L AND subject = source_table;
                        PERFORM set_config(%L, 'yes', false);
                        crowded := EXISTS (SELECT FROM pg_locks WHERE relation = source_table::regclass AND NOT granted);
                        COMMIT;
                        rows_at_once := least(%s, rows_at_once * 2, greatest(1, (rows_at_once * %s
                                              / greatest(1, extract(epoch FROM clock_timestamp() - began) * 1000))::bigint));
                        IF crowded THEN
                            PERFORM pg_sleep(%s * extract(epoch FROM clock_timestamp() - began));
                            COMMIT;
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                source,
                parent().quoted(),
                Sql.of("%I", subject.table().insertableColumns()).text(),
                type.length(subject.chunkInterval(), subject.target().epoch()),
                FIRST_ROWS,
                writes.followed(),
                copies,
                first,
                partition.name(),
                first,
                partition.name(),
                subject.timeColumnName(),
                value("reached"),
                notes,
                copies,
                create(),
                step(),
                type.positionOf(Sql.of("d.%I", subject.timeColumnName())),
                partition.name(),
                subject.timeColumnName(),
                value("copy.filled"),
                subject.timeColumnName(),
                value("copy.upper"),
                subject.timeColumnName(),
                step(),
                partition.name(),
                subject.timeColumnName(),
                text("slice_lower"),
                text("slice_upper"),
                subject.timeColumnName(),
                text("slice_lower"),
                text("slice_upper"),
                copies,
                notes,
                subject.journalTable("proof"),
                PieceRecord.RUN,
                DefaultCopies.PROOF,
                OldSnapshots.ROWS_COPIED,
                MOST_ROWS,
                TARGET_MILLISECONDS,
                PAUSE_FACTOR);
    }

    /** Finds the stretch around {@code lowest} that no partition and no copy has, makes a copy for it, and leaves it in {@code copy}. */
    private Sql create() {
        return Sql.of(
                """
                            IF noted THEN
                                LOCK TABLE ONLY %I IN SHARE MODE;
                                IF NOT EXISTS (SELECT FROM ONLY %I AS d WHERE d.%I = %s) THEN
                                    DELETE FROM %s WHERE source = source_table AND position = lowest;
                                    COMMIT;
                                    CONTINUE;
                                END IF;
                            END IF;
                            -- One step of the grid, cut where it meets partitions and copies that exist.
                            slice_lower := lowest - ((lowest %% width) + width) %% width;
                            slice_upper := slice_lower + width;
                            SELECT greatest(slice_lower, max(b.upper) FILTER (WHERE b.upper <= lowest)),
                                   least(slice_upper, min(b.lower) FILTER (WHERE b.lower > lowest))
                              INTO slice_lower, slice_upper
                              FROM (SELECT p.lower, p.upper FROM (%s) AS p
                                    UNION ALL
                                    SELECT c.lower, c.upper FROM %s AS c WHERE c.source = source_table) AS b;
                            -- Below a range of its own, the parent gets no row outside it; a piece that claimed more would overlap others.
                            SELECT greatest(slice_lower, max(b.lower)), least(slice_upper, min(b.upper))
                              INTO slice_lower, slice_upper
                              FROM pg_partition_ancestors(parent_table::regclass) AS a
                              JOIN pg_class AS c ON c.oid = a.relid
                             CROSS JOIN LATERAL (%s) AS b
                             WHERE b.bounds IS NOT NULL;
                            part := %s;
                            FOR n IN 1..99
                            LOOP
                                EXIT WHEN to_regclass(format('%%I.%%I', %L, part)) IS NULL;
                                part := regexp_replace(part, '~\\d+$', '') || '~' || n;
                            END LOOP;
                            EXECUTE format('CREATE %sTABLE %%I.%%I (LIKE %%s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED '
                                           'INCLUDING INDEXES INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)', %L, part, parent_table);
                            -- Default privileges of the schema were meant for new tables, not for these rows.
                            FOR given IN
                                SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
                                  FROM pg_class AS c, aclexplode(c.relacl) AS a
                                 WHERE c.oid = format('%%I.%%I', %L, part)::regclass AND a.grantee <> c.relowner
                            LOOP
                                EXECUTE format('REVOKE ALL ON TABLE %%I.%%I FROM %%s', %L, part, given.grantee);
                            END LOOP;
                            EXECUTE format('ALTER TABLE %%I.%%I OWNER TO %%I', %L, part, %L);
                            INSERT INTO %s (source, relation, lower, upper, filled, lower_text, upper_text)
                            VALUES (source_table, format('%%I.%%I', %L, part), slice_lower, slice_upper, slice_lower, %s, %s)
                            RETURNING * INTO copy;
                """,
                partition.name(),
                partition.name(),
                subject.timeColumnName(),
                value("lowest"),
                DefaultCopies.notes(subject),
                NewPartition.children(type),
                DefaultCopies.copies(subject),
                PieceList.bounds(type, "c"),
                name(),
                subject.name().schema(),
                new Sql(partition.persistence() == Persistence.UNLOGGED ? "UNLOGGED " : ""),
                subject.name().schema(),
                subject.name().schema(),
                subject.name().schema(),
                subject.name().schema(),
                subject.table().owner(),
                DefaultCopies.copies(subject),
                subject.name().schema(),
                text("slice_lower"),
                text("slice_upper"));
    }

    /** Names like pg_partman's where it manages the table and steps of its grid need no more; else with the time in digits. */
    private Sql name() {
        String format =
                subject.partman().flatMap(PartmanConfiguration::suffixFormat).orElse("YYYYMMDD_HH24MISS");
        if (type.isInteger()) {
            return Sql.of(
                    "%L || slice_lower::text",
                    RetiredNames.fitted(subject.name().name(), "_p" + "0".repeat(22))
                            .replaceAll("0{22}$", ""));
        }
        String fitted = RetiredNames.fitted(subject.name().name(), "_p" + "0".repeat(24));
        return Sql.of(
                "%L || to_char((timestamp 'epoch' + slice_lower * interval '1 microsecond'), "
                        + "CASE WHEN slice_lower %% width = 0 THEN %L ELSE 'YYYYMMDD_HH24MISSUS' END)",
                fitted.substring(0, fitted.length() - 24), format);
    }

    private TableName parent() {
        return partition.parent() == null ? subject.name() : partition.parent();
    }

    private Sql text(String position) {
        return type.textOfPosition(new Sql(position));
    }

    private Sql value(String position) {
        return Sql.of("(%s)::%s", text(position), type.cast());
    }

    /** The distance of two values that follow each other: a day's text is the same at any hour of it. */
    private long step() {
        return type == TimeType.DATE ? 86_400_000_000L : 1;
    }
}

package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Makes sure that a table is still what its copy was planned from: an index, a trigger or a privilege that came during hours of copying would be
 * missing afterwards, and rows of a partition that is attached, detached or dropped come and go without a trigger that fires.
 *
 * <p>A partition or chunk is known by the trigger that records its rows: one that left and came back has another. A TRUNCATE of a hypertable drops its
 * chunks, but it is recorded; as long as it waits in the log, chunks may go.
 */
final class Unaltered {
    private static final String DEFINITION = "captured definition";
    private static final String PARTITION = "captured partition";
    private static final String REMEDY = "Change it back, or take the conversion back and begin it again.";

    private final CopySubject subject;
    private final Capture capture;
    private final Sql objects;

    Unaltered(CopySubject subject) {
        this.subject = subject;
        this.capture = subject.captureOfSource();
        this.objects = subject.subject().journalTable("object");
    }

    /** In the window in which capture starts. */
    List<Sql> remember() {
        return List.of(
                forget(),
                CapturedDefinition.remember(subject.subject(), DEFINITION, definition()),
                Sql.of(
                        "INSERT INTO %s (run, kind, identity, purpose) SELECT %s, %L, p.identity, p.name FROM (%s) AS p",
                        objects, PieceRecord.RUN, PARTITION, partitions()));
    }

    /** When nobody asks any more. */
    Sql forget() {
        return Sql.of(
                "DELETE FROM %s WHERE run = %s AND (kind = %L AND identity = %L OR kind = %L AND identity LIKE %L)",
                objects,
                PieceRecord.RUN,
                DEFINITION,
                subject.name().quoted(),
                PARTITION,
                capture.log().name() + " %");
    }

    /**
     * Raises TM410 if not, with what has changed. A partition that was made since is as good as the others once it is known that all its rows were
     * recorded.
     *
     * @param window whether writers wait: then a partition that nobody has looked at raises TM409
     */
    Sql check(boolean window) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    changed record;
                    unrecorded boolean;
                BEGIN
                    %s
                    FOR changed IN
                        %s
                    LOOP
                        RAISE EXCEPTION 'the definition of %% has changed since the copy was begun: %% %%', %L, changed.line, changed.what USING ERRCODE = 'TM410', HINT = %L;
                    END LOOP;
                    FOR changed IN
                        SELECT n.identity, coalesce(n.name, o.purpose) AS name, n.identity IS NULL AS gone
                          FROM (%s) AS n
                          FULL JOIN (SELECT identity, purpose FROM %s WHERE run = %s AND kind = %L AND identity LIKE %L) AS o USING (identity)
                         WHERE n.identity IS NULL AND NOT %s OR o.identity IS NULL ORDER BY gone DESC
                    LOOP
                        IF changed.gone THEN
                            IF EXISTS (SELECT FROM (%s) AS p WHERE p.name = changed.name) THEN
                                RAISE EXCEPTION 'changes of %s %% of %% have not been recorded all the time: it was detached and came back, or its triggers were switched off',
                                    changed.name, %L USING ERRCODE = 'TM410', HINT = %L;
                            END IF;
                            RAISE EXCEPTION '%s %% of %% has been detached or dropped since the copy was begun', changed.name, %L USING ERRCODE = 'TM410', HINT = %L;
                        ELSIF %s THEN
                            RAISE EXCEPTION '%s %% of %% has just come', changed.name, %L USING ERRCODE = 'TM409';
                        END IF;
                        IF NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = to_regclass(changed.name) AND t.tgname = %L) THEN
                            %s
                        END IF;
                        -- Nobody may wait for what is read now.
                        COMMIT;
                        -- What was emptied before nobody recorded it.
                        EXECUTE format(%L, changed.name, coalesce(pg_get_partition_constraintdef(to_regclass(changed.name)),
                            (SELECT string_agg(pg_get_expr(k.conbin, k.conrelid), ' AND ') FROM pg_constraint AS k
                              WHERE k.conrelid = to_regclass(changed.name) AND k.contype = 'c' AND k.conname LIKE 'constraint\\_%%'), 'false'));
                        EXECUTE format(%L, changed.name) INTO unrecorded;
                        IF unrecorded THEN
                            RAISE EXCEPTION '%s %% of %% has been attached with rows since the copy was begun', changed.name, %L USING ERRCODE = 'TM410', HINT = %L;
                        END IF;
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, changed.identity, changed.name);
                    END LOOP;
                END
                $tidemark$""",
                stillRecorded(),
                CapturedDefinition.changed(subject.subject(), DEFINITION, definition()),
                subject.name().quoted(),
                REMEDY,
                partitions(),
                objects,
                PieceRecord.RUN,
                PARTITION,
                capture.log().name() + " %",
                truncated(),
                partitions(),
                part(),
                subject.name().quoted(),
                REMEDY,
                part(),
                subject.name().quoted(),
                REMEDY,
                window,
                part(),
                subject.name().quoted(),
                Capture.TRUNCATE,
                capture.recordTruncate("changed.name"),
                emptied(),
                unrecorded(),
                part(),
                subject.name().quoted(),
                REMEDY,
                objects,
                PieceRecord.RUN,
                PARTITION);
    }

    /** Chunks that a TRUNCATE has dropped are not missed any more; before everything is copied anew. */
    Sql forgetGone() {
        return Sql.of(
                "DELETE FROM %s WHERE run = %s AND kind = %L AND identity LIKE %L AND identity NOT IN (SELECT p.identity FROM (%s) AS p)",
                objects, PieceRecord.RUN, PARTITION, capture.log().name() + " %", partitions());
    }

    private Sql truncated() {
        return subject.subject().isHypertable()
                ? Sql.of("EXISTS (SELECT FROM %I WHERE what = 'T')", capture.log())
                : new Sql("false");
    }

    private Sql part() {
        return new Sql(subject.subject().isHypertable() ? "chunk" : "partition");
    }

    /** A {@code format()} template: whether a partition has a row that neither waits in the log nor was replayed. */
    private String unrecorded() {
        if (subject.offline()) {
            return "SELECT false";
        }
        return Sql.of(
                        "SELECT EXISTS (SELECT FROM :partition: AS s WHERE %s%s AND NOT EXISTS (SELECT FROM %I AS c WHERE %s))",
                        capture.unchanged("s"), subject.andTakenAlong("s"), subject.copy(), sameKey())
                .text()
                .replace("%", "%%")
                .replace(":partition:", "%1$s");
    }

    /** A {@code format()} template: keys of rows of the copy that a partition, by its constraint, has no more, as if each had been recorded. */
    private String emptied() {
        List<String> captured = subject.captured();
        return Sql.of(
                        "INSERT INTO %I (%I) SELECT %s FROM (SELECT * FROM %I WHERE :constraint:) AS c WHERE NOT EXISTS (SELECT FROM ONLY :partition: AS s WHERE %s) AND %s",
                        capture.log(),
                        IntStream.range(0, captured.size())
                                .mapToObj(Capture::column)
                                .toList(),
                        Sql.join(
                                ", ",
                                captured.stream().map(c -> Sql.of("c.%I", c)).toList()),
                        subject.copy(),
                        sameKey(),
                        capture.unchanged("c"))
                .text()
                .replace("%", "%%")
                .replace(":constraint:", "%2$s")
                .replace(":partition:", "%1$s");
    }

    private Sql sameKey() {
        return Sql.join(
                " AND ",
                subject.key().stream().map(c -> Sql.of("c.%I = s.%I", c, c)).toList());
    }

    /** Statements of a block: the name still leads to the table whose changes are recorded, and they are recorded. */
    private Sql stillRecorded() {
        return Sql.of(
                """
                IF EXISTS (SELECT FROM %I WHERE what = %L) THEN
                        RAISE EXCEPTION 'the log of changes of %% has reached its limit, and nothing has been recorded since', %L
                            USING ERRCODE = 'TM411', HINT = 'Take the conversion back and begin it again, with a higher logLimit or when less is written.';
                    END IF;
                    IF NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = to_regclass(%L) AND t.tgname = %L AND t.tgfoid = to_regproc(%L)) THEN
                        FOR changed IN
                            SELECT t.tgrelid::regclass AS name FROM pg_trigger AS t
                             WHERE t.tgfoid = to_regproc(%L) AND t.tgname = %L AND t.tgparentid = 0
                               AND NOT EXISTS (SELECT FROM pg_inherits AS i JOIN pg_trigger AS p ON p.tgrelid = i.inhparent AND p.tgname = t.tgname WHERE i.inhrelid = t.tgrelid)
                        LOOP
                            RAISE EXCEPTION 'table %% has been renamed to %% since the copy was begun', %L, changed.name USING ERRCODE = 'TM410', HINT = %L;
                        END LOOP;
                        RAISE EXCEPTION 'table %%, or the trigger that records its changes, has been dropped since the copy was begun', %L USING ERRCODE = 'TM410', HINT = %L;
                    END IF;""",
                capture.log(),
                ChangeLogs.FULL,
                subject.name().quoted(),
                subject.name().quoted(),
                Capture.ROWS,
                capture.log().quoted(),
                capture.log().quoted(),
                Capture.ROWS,
                subject.name().quoted(),
                REMEDY,
                subject.name().quoted(),
                REMEDY);
    }

    private Sql partitions() {
        return Sql.of(
                """
                SELECT concat_ws(' ', %L, t.oid, t.tgenabled) AS identity, format('%%I.%%I', n.nspname, c.relname) AS name
                  FROM (SELECT relid FROM pg_partition_tree(%L::regclass) WHERE isleaf AND level > 0
                        UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = %L::regclass AND %s) AS p
                  JOIN pg_class AS c ON c.oid = p.relid
                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                  JOIN pg_trigger AS t ON t.tgrelid = p.relid AND t.tgname = %L""",
                capture.log().name(),
                subject.name().quoted(),
                subject.name().quoted(),
                subject.subject().isHypertable(),
                Capture.ROWS);
    }

    private Sql definition() {
        return new CapturedDefinition(subject.table()).lines();
    }
}

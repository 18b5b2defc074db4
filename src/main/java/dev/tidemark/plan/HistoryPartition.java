package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Range;
import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * The partition that a plain table becomes: of everything before a boundary in the future, which is fixed when the run comes to it and moved on when
 * the clock comes near before the cutover has been.
 *
 * <p>A CHECK proves the range beforehand, so that attaching reads nothing. It refuses no row: one from beyond the boundary, which lies {@link #LEAD} ahead of
 * now and of the latest row, is noted, and makes the boundary move on.
 */
final class HistoryPartition {
    /** Longer, and it takes longer until rows get partitions of their own. */
    static final Interval LEAD = new Interval(0, 3, 0);

    /**
     * Left of {@link #LEAD} when the boundary is moved on: a run may wait, or have been killed, right before its cutover.
     */
    private static final Interval LEAST_LEAD = new Interval(0, 2, 0);

    /** A row later than a year, and than so many intervals, is a mistake: all rows until then would be in one partition. */
    static final Interval FAR = new Interval(12, 0, 0);

    static final int FAR_INTERVALS = 100;

    /** What the proofs of storage compare: rows of the history partition have any time. */
    static final Range EVERYTHING = new Range(Bound.MINVALUE, Bound.MAXVALUE);

    private static final String BOUNDARY = "boundary";
    private static final String LOWEST = "'-9223372036854775808'::bigint";
    private static final String HIGHEST = "9223372036854775807::bigint";

    private final CopySubject subject;
    private final PartitionGrid grid;
    private final TimeType type;
    private final BoundaryWatch watch;

    HistoryPartition(CopySubject subject) {
        this.subject = subject;
        this.grid = new PartitionGrid(subject);
        this.type = subject.subject().timeType();
        this.watch = new BoundaryWatch(subject);
    }

    /**
     * Fixes the boundary, or moves it on where the clock has come near or a row has come from beyond it, and proves it. Commits by itself; repeated, it goes
     * on.
     */
    Sql prove() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part CONSTANT regclass := %L::regclass;
                    boundary text := %s;
                    proved boolean;
                BEGIN
                    IF boundary IS NULL OR %s OR %s < %s + interval %L THEN
                        %s
                        ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I;
                        %s
                        DELETE FROM %s WHERE run = %s AND kind = %L AND identity = %L;
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, %L, boundary);
                        %s
                        COMMIT;
                    END IF;
                    SELECT convalidated INTO proved FROM pg_constraint WHERE conrelid = part AND conname = %L;
                    IF NOT proved THEN
                        ALTER TABLE %I VALIDATE CONSTRAINT %I;
                        COMMIT;
                    END IF;
                    IF %s THEN
                        RAISE EXCEPTION 'a row of %% has come from beyond the boundary', part USING ERRCODE = 'TM409';
                    END IF;
                END
                $tidemark$""",
                subject.name().quoted(),
                boundary(),
                watch.mustLook(),
                grid.local(Sql.of("boundary::%s", type.cast()).text()),
                grid.now(),
                LEAST_LEAD.toString(),
                choose(),
                subject.name(),
                ChunkStorage.BOUND,
                watch.end(),
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                BOUNDARY,
                subject.name().quoted(),
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                BOUNDARY,
                subject.name().quoted(),
                watch.begin(),
                ChunkStorage.BOUND,
                subject.name(),
                ChunkStorage.BOUND,
                watch.mustLook());
    }

    /** A block that gives {@code boundary} a value. */
    private Sql choose() {
        String time = subject.subject().timeColumnName();
        return Sql.of(
                """
                DECLARE
                            step CONSTANT interval := %L;
                            today CONSTANT timestamp := %s;
                            last timestamp;
                        BEGIN
                            IF boundary IS NOT NULL AND EXISTS (SELECT FROM %I AS s WHERE s.%I IS NULL%s) THEN
                                RAISE EXCEPTION 'rows of %% have come that have no finite %%', part, %L
                                    USING ERRCODE = 'TM172', HINT = 'Give them a time, or delete them, then run the same change again.';
                            END IF;
                            SELECT %s INTO last FROM (SELECT max(s.%I) AS last FROM %I AS s WHERE %s) AS b;
                            last := greatest(last, today);
                            IF last > today + greatest(interval %L, %s * step) THEN
                                RAISE EXCEPTION 'rows of %% go on until %%; one partition would hold all rows until then', part, last
                                    USING ERRCODE = 'TM172', HINT = 'Correct or delete the row that lies by itself, then run the same change again; or take strategy="copy".';
                            END IF;
                            last := last + interval %L;
                            last := %s + step;
                            boundary := %s;
                        END;""",
                subject.subject().chunkInterval().toString(),
                grid.now(),
                subject.name(),
                time,
                type.isInteger() ? new Sql("") : Sql.of(" OR s.%I = 'infinity'", time),
                time,
                grid.local("b.last"),
                time,
                subject.name(),
                type.isInteger() ? new Sql("true") : Sql.of("isfinite(s.%I)", time),
                FAR.toString(),
                FAR_INTERVALS,
                LEAD.toString(),
                grid.floor(new Sql("last")),
                grid.bound("last"));
    }

    /** Takes the proof back. */
    Sql release() {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I;
                    %s
                    DELETE FROM %s WHERE run = %s AND kind = %L AND identity = %L;
                END
                $tidemark$""",
                subject.name(),
                ChunkStorage.BOUND,
                watch.end(),
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                BOUNDARY,
                subject.name().quoted());
    }

    /** Makes the partitions that follow it, of a table that nobody uses yet; those that lie before a boundary which was moved on go. */
    Sql successors() {
        return grid.createFrom(boundary());
    }

    Sql dropOvertaken() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part regclass;
                BEGIN
                    FOR part IN
                        SELECT c.oid FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid CROSS JOIN LATERAL (%s) AS b
                         WHERE i.inhparent = to_regclass(%L) AND b.lower < %s
                    LOOP
                        EXECUTE format('DROP TABLE %%s', part);
                    END LOOP;
                END
                $tidemark$""",
                PieceList.bounds(type, "c"),
                subject.copy().quoted(),
                type.positionOf(Sql.of("%s::%s", boundary(), type.cast())));
    }

    /** Within the window, before anything is changed: raises TM409 where the proof is missing or its time is running out. */
    Sql assertProved() {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = %L::regclass AND conname = %L AND convalidated)
                       OR %s
                       OR %s < %s + interval '1 hour'
                       OR NOT EXISTS (SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid CROSS JOIN LATERAL (%s) AS b
                                       WHERE i.inhparent = to_regclass(%L) AND b.lower = %s) THEN
                        RAISE EXCEPTION 'the boundary of %% has to be proved again' , %L USING ERRCODE = 'TM409';
                    END IF;
                END
                $tidemark$""",
                subject.name().quoted(),
                ChunkStorage.BOUND,
                watch.mustLook(),
                grid.local(Sql.of("%s::%s", boundary(), type.cast()).text()),
                grid.now(),
                PieceList.bounds(type, "c"),
                subject.copy().quoted(),
                type.positionOf(Sql.of("%s::%s", boundary(), type.cast())),
                subject.name().toString());
    }

    /** Within the window, with the names exchanged: attaches it, which its CHECK saves from being read, and writes it down. */
    Sql attach() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    boundary CONSTANT text := %s;
                BEGIN
                    %s
                    ALTER TABLE %I ALTER COLUMN %I SET NOT NULL;
                    EXECUTE format('ALTER TABLE %%s ATTACH PARTITION %%s FOR VALUES FROM (MINVALUE) TO (%%L)', %L, %L, boundary);
                    ALTER TABLE %I DROP CONSTRAINT %I;
                    %s
                    INSERT INTO %s (run, target, relation, lower_text, upper_text, attached, keys) VALUES (%s, %L, %L, 'MINVALUE', boundary, false, '{}');
                END
                $tidemark$""",
                boundary(),
                watch.conclude(),
                subject.retired(),
                subject.subject().timeColumnName(),
                subject.name().quoted(),
                subject.retired().quoted(),
                subject.retired(),
                ChunkStorage.BOUND,
                watch.end(),
                subject.subject().journalTable("piece"),
                PieceRecord.RUN,
                subject.name().quoted(),
                subject.retired().quoted());
    }

    /** Before the way back: an empty one where somebody's retention has dropped it with all its rows. Commits by itself. */
    Sql revive() {
        List<Sql> keys = new KeyExchange(subject).keysOfHistory();
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    boundary CONSTANT text := %s;
                BEGIN
                    IF to_regclass(%L) IS NULL THEN
                        CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS EXCLUDING IDENTITY);
                        ALTER TABLE %I OWNER TO %I;
                %s
                        EXECUTE format('ALTER TABLE %%s ATTACH PARTITION %%s FOR VALUES FROM (MINVALUE) TO (%%L)', %L, %L, boundary);
                    END IF;
                END
                $tidemark$""",
                boundary(),
                subject.retired().quoted(),
                subject.retired(),
                subject.name(),
                subject.retired(),
                subject.table().owner(),
                Sql.join(
                        "\n",
                        keys.stream().map(key -> Sql.of("        %s;", key)).toList()),
                subject.name().quoted(),
                subject.retired().quoted());
    }

    /** As {@link ChunkStorage#chunks} lists chunks, for the proofs: the history partition while it is one, with the range that the table had. */
    Sql listed() {
        return Sql.of(
                """
                SELECT 0 AS chunk, 0 AS slice, %L AS part, %s AS lower, %s AS upper
                          FROM pg_inherits AS i WHERE i.inhparent = to_regclass(%L) AND i.inhrelid = to_regclass(%L)""",
                subject.retired().quoted(),
                new Sql(LOWEST),
                new Sql(HIGHEST),
                subject.name().quoted(),
                subject.retired().quoted());
    }

    /** The same whether it is a partition or not. */
    Sql itself() {
        return Sql.of(
                "SELECT 0 AS chunk, 0 AS slice, %L AS part, %s AS lower, %s AS upper",
                subject.retired().quoted(), new Sql(LOWEST), new Sql(HIGHEST));
    }

    private Sql boundary() {
        return Sql.of(
                "(SELECT o.purpose FROM %s AS o WHERE o.run = %s AND o.kind = %L AND o.identity = %L)",
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                BOUNDARY,
                subject.name().quoted());
    }
}

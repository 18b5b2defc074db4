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
 * <p>A CHECK proves the range beforehand, so that attaching reads nothing. It refuses rows beyond the boundary, which is why that lies {@link #LEAD}
 * ahead of now and of the latest row.
 */
final class HistoryPartition {
    /** Longer, and it takes longer until rows get partitions of their own. */
    static final Interval LEAD = new Interval(0, 3, 0);

    /**
     * Left of {@link #LEAD} when the boundary is moved on. A run that is killed right before its cutover leaves the CHECK behind, and writers must not be
     * refused before somebody has looked.
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

    HistoryPartition(CopySubject subject) {
        this.subject = subject;
        this.grid = new PartitionGrid(subject);
        this.type = subject.subject().timeType();
    }

    /** Fixes the boundary, or moves it on where the clock has come near, and proves it. Commits by itself; repeated, it goes on. */
    Sql prove() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    part CONSTANT regclass := %L::regclass;
                    step CONSTANT interval := %L;
                    today CONSTANT timestamp := %s;
                    boundary text := %s;
                    last timestamp;
                    proved boolean;
                BEGIN
                    IF boundary IS NULL OR %s < today + interval %L THEN
                        SELECT %s INTO last FROM (SELECT max(s.%I) AS last FROM %I AS s WHERE %s) AS b;
                        last := greatest(last, today);
                        IF last > today + greatest(interval %L, %s * step) THEN
                            RAISE EXCEPTION 'rows of %% go on until %%; one partition would hold all rows until then', part, last
                                USING ERRCODE = 'TM172', HINT = 'Correct or delete the row that lies by itself, then run the same change again; or take strategy="copy".';
                        END IF;
                        last := last + interval %L;
                        last := %s + step;
                        ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I;
                        DELETE FROM %s WHERE run = %s AND kind = %L AND identity = %L;
                        boundary := %s;
                        INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, %L, boundary);
                        EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I CHECK (%%I IS NOT NULL AND %%3$I < %%4$L::%s) NOT VALID', part, %L, %L, boundary);
                        COMMIT;
                    END IF;
                    SELECT convalidated INTO proved FROM pg_constraint WHERE conrelid = part AND conname = %L;
                    IF NOT proved THEN
                        BEGIN
                            ALTER TABLE %I VALIDATE CONSTRAINT %I;
                        EXCEPTION WHEN check_violation THEN
                            -- A row from beyond was committed between the look at the latest and the CHECK.
                            ALTER TABLE %I DROP CONSTRAINT %I;
                            DELETE FROM %s WHERE run = %s AND kind = %L AND identity = %L;
                            proved := NULL;
                        END;
                        COMMIT;
                        IF proved IS NULL THEN
                            RAISE EXCEPTION 'a row of %% has come from beyond the boundary', part USING ERRCODE = 'TM409';
                        END IF;
                    END IF;
                END
                $tidemark$""",
                subject.name().quoted(),
                subject.subject().chunkInterval().toString(),
                grid.now(),
                boundary(),
                grid.local(Sql.of("boundary::%s", type.cast()).text()),
                LEAST_LEAD.toString(),
                grid.local("b.last"),
                subject.subject().timeColumnName(),
                subject.name(),
                type.isInteger()
                        ? new Sql("true")
                        : Sql.of("isfinite(s.%I)", subject.subject().timeColumnName()),
                FAR.toString(),
                FAR_INTERVALS,
                LEAD.toString(),
                grid.floor(new Sql("last")),
                subject.name(),
                ChunkStorage.BOUND,
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                BOUNDARY,
                subject.name().quoted(),
                grid.bound("last"),
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                BOUNDARY,
                subject.name().quoted(),
                type.cast(),
                ChunkStorage.BOUND,
                subject.subject().timeColumnName(),
                ChunkStorage.BOUND,
                subject.name(),
                ChunkStorage.BOUND,
                subject.name(),
                ChunkStorage.BOUND,
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                BOUNDARY,
                subject.name().quoted());
    }

    /** Takes the proof back. */
    Sql release() {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I;
                    DELETE FROM %s WHERE run = %s AND kind = %L AND identity = %L;
                END
                $tidemark$""",
                subject.name(),
                ChunkStorage.BOUND,
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
                       OR %s < %s + interval '1 hour'
                       OR NOT EXISTS (SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid CROSS JOIN LATERAL (%s) AS b
                                       WHERE i.inhparent = to_regclass(%L) AND b.lower = %s) THEN
                        RAISE EXCEPTION 'the boundary of %% has to be proved again' , %L USING ERRCODE = 'TM409';
                    END IF;
                END
                $tidemark$""",
                subject.name().quoted(),
                ChunkStorage.BOUND,
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
                    ALTER TABLE %I ALTER COLUMN %I SET NOT NULL;
                    EXECUTE format('ALTER TABLE %%s ATTACH PARTITION %%s FOR VALUES FROM (MINVALUE) TO (%%L)', %L, %L, boundary);
                    ALTER TABLE %I DROP CONSTRAINT %I;
                    INSERT INTO %s (run, target, relation, lower_text, upper_text, attached, keys) VALUES (%s, %L, %L, 'MINVALUE', boundary, false, '{}');
                END
                $tidemark$""",
                boundary(),
                subject.retired(),
                subject.subject().timeColumnName(),
                subject.name().quoted(),
                subject.retired().quoted(),
                subject.retired(),
                ChunkStorage.BOUND,
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

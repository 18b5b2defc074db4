package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.Partition;
import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * What becomes of the rows of a DEFAULT partition, which has no range and so cannot be a chunk: beside the application they are copied into
 * tables of their own, one for each step of the grid, and these become chunks in its place.
 *
 * <p>Until the cutover the partition keeps its rows, and every write to it is made in the copies too ({@link DefaultWrites}); so whoever reads the
 * table, with whatever snapshot, misses nothing. Moving rows into partitions beforehand does not have that: between the move and the cutover an older
 * snapshot looks for them where they no longer are.
 */
final class DefaultCopies {
    /** The kind of the proof that the copies have the rows. */
    static final String PROOF = "rows copied out of DEFAULT";

    private final Subject subject;
    private final Partition partition;
    private final DefaultWrites writes;
    private final String source;

    DefaultCopies(Subject subject, Partition partition) {
        this.subject = subject;
        this.partition = partition;
        this.writes = new DefaultWrites(subject, partition);
        this.source = partition.name().quoted();
    }

    /** The journal's table of copies. */
    static Sql copies(Subject subject) {
        return subject.journalTable("default_copy");
    }

    /** The journal's table of positions that must be copied once more. */
    static Sql notes(Subject subject) {
        return subject.journalTable("default_note");
    }

    /** Self-committing statements that begin, go on, or catch up. Where the partition is empty nothing happens. */
    List<Sql> catchUp() {
        return List.of(follow(), new DefaultFill(subject, partition, writes).fill(), analyze());
    }

    /** Makes sure that writes are followed, and begins anew where they were not, or where nobody can say what changed. */
    private Sql follow() {
        String time = Sql.identifier(subject.timeColumnName());
        Sql nowhere = new Sql(
                subject.timeType().isInteger()
                        ? time + " IS NULL"
                        : time + " IS NULL OR " + time + " = 'infinity' OR " + time + " = '-infinity'");
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    copy record;
                    anew boolean := NOT %s;
                BEGIN
                    %s
                    IF NOT anew THEN
                        anew := EXISTS (SELECT FROM %s WHERE source = %L AND position IS NULL) OR %s;
                    ELSIF NOT EXISTS (SELECT FROM ONLY %I) AND NOT EXISTS (SELECT FROM %s WHERE source = %L) THEN
                        RETURN;
                    END IF;
                    IF anew THEN
                        LOCK TABLE ONLY %I IN SHARE ROW EXCLUSIVE MODE;
                        FOR copy IN SELECT * FROM %s WHERE source = %L
                        LOOP
                            EXECUTE format('DROP TABLE IF EXISTS %%s', copy.relation);
                        END LOOP;
                        DELETE FROM %s WHERE source = %L;
                        DELETE FROM %s WHERE source = %L;
                        %s
                        COMMIT;
                    END IF;
                    IF NOT EXISTS (SELECT FROM %s WHERE source = %L) AND EXISTS (SELECT FROM ONLY %I WHERE %s) THEN
                        RAISE EXCEPTION 'rows of %% have no time, or an infinite one, and belong into no chunk', %L
                            USING ERRCODE = 'TM422', HINT = 'Give them a finite time, or delete them.';
                    END IF;
                END
                $tidemark$""",
                writes.followed(),
                fitToCopy(),
                notes(subject),
                source,
                overlap(),
                partition.name(),
                copies(subject),
                source,
                partition.name(),
                copies(subject),
                source,
                copies(subject),
                source,
                notes(subject),
                source,
                writes.create(),
                copies(subject),
                source,
                partition.name(),
                nowhere,
                source);
    }

    private Sql analyze() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    copy record;
                BEGIN
                    -- Not asked of pg_statistic, which only a superuser may read.
                    FOR copy IN SELECT c.relation FROM %s AS c WHERE c.source = %L
                                   AND (SELECT reltuples FROM pg_class WHERE oid = to_regclass(c.relation)) < 0
                    LOOP
                        EXECUTE format('ANALYZE %%s', copy.relation);
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                copies(subject), source);
    }

    /**
     * For the window: gives the copies the foreign keys that stay, as the partition has them. They hold, because it has the same rows, and need not be
     * checked again. Not before the window: a writer with an old snapshot may delete a row and the one it refers to, and the copy that
     * has not followed yet would make his statement fail.
     */
    Sql addForeignKeys(List<ForeignKey> kept) {
        List<Sql> keys = kept.stream()
                .map(k -> Sql.of("(%L, %L, %s)", k.name(), k.definition().text(), k.validated()))
                .toList();
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    copy record;
                    key record;
                BEGIN
                    FOR copy IN SELECT * FROM %s WHERE source = %L ORDER BY lower
                    LOOP
                        FOR key IN SELECT * FROM %s AS k(name, definition, validated)
                        LOOP
                            EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s NOT VALID', copy.relation, key.name, key.definition);
                            UPDATE pg_constraint SET convalidated = key.validated
                             WHERE conrelid = copy.relation::regclass AND conname = key.name;
                        END LOOP;
                    END LOOP;
                END
                $tidemark$""",
                copies(subject),
                source,
                keys.isEmpty()
                        ? new Sql("(SELECT NULL::text, NULL::text, NULL::boolean WHERE false)")
                        : Sql.of("(VALUES %s)", Sql.join(", ", keys)));
    }

    /** Compares all rows with those of the copies, in one snapshot; once, and again after more was copied. */
    Sql prove() {
        String columns = Sql.of(
                        "%I",
                        subject.table().columns().stream().map(Column::name).toList())
                .text();
        Sql hash = new Sql(RowHash.of("r"));
        String select = "SELECT " + columns + " FROM ONLY ";
        String parts = "\u0001";
        Sql compared = Sql.of(
                "SELECT (%s), (%s), EXISTS (SELECT FROM %s WHERE source = %L)",
                RowHash.summary(hash, new Sql("(" + select + source + ") AS r")),
                RowHash.summary(hash, new Sql("(" + parts + ") AS r")),
                notes(subject),
                source);
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    parts text := (SELECT string_agg(%L || c.relation, ' UNION ALL ') FROM %s AS c WHERE c.source = %L);
                    wanted text;
                    found text;
                    noted boolean;
                BEGIN
                    IF NOT %s OR EXISTS (SELECT FROM %s WHERE run = %s AND kind = %L AND subject = %L) THEN
                        RETURN;
                    END IF;
                    EXECUTE format(%L, coalesce(parts, %L)) INTO wanted, found, noted;
                    IF noted THEN
                        RAISE EXCEPTION 'rows of %% have changed in a way that could not be followed', %L USING ERRCODE = 'TM409';
                    ELSIF wanted <> found THEN
                        RAISE EXCEPTION 'proof failed: %% has %%, its copies have %%', %L, wanted, found
                            USING ERRCODE = 'TM500', HINT = 'Nothing has changed; "liquibase tidemark abort" drops the copies.';
                    END IF;
                    INSERT INTO %s (run, kind, subject, before, after) VALUES (%s, %L, %L, wanted, found);
                END
                $tidemark$""",
                select,
                copies(subject),
                source,
                writes.followed(),
                subject.journalTable("proof"),
                PieceRecord.RUN,
                PROOF,
                source,
                compared.text().replace("%", "%%").replace(parts, "%s"),
                select + source + " WHERE false",
                source,
                source,
                subject.journalTable("proof"),
                PieceRecord.RUN,
                PROOF,
                source);
    }

    /** For the window: fails, to be tried again after catching up, if anything is not in the copies. */
    Sql assertComplete() {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    %s
                    IF (CASE WHEN %s THEN EXISTS (SELECT FROM %s WHERE source = %L) OR %s ELSE EXISTS (SELECT FROM ONLY %I) END) THEN
                        RAISE EXCEPTION 'rows have come into the DEFAULT partition %% since they were copied', %L USING ERRCODE = 'TM409';
                    END IF;
                END
                $tidemark$""",
                fitToCopy(), writes.followed(), notes(subject), source, overlap(), partition.name(), source);
    }

    /** Statements of a block: what would be lost without a word is rows that nobody shows us, and values of columns that came after the plan. */
    private Sql fitToCopy() {
        List<Sql> columns = subject.table().columns().stream()
                .map(c -> Sql.of("(%s, %L)", c.number(), c.name()))
                .toList();
        return Sql.of(
                """
                IF row_security_active(%L) THEN
                        RAISE EXCEPTION 'row security of %% hides rows from %%, which would be missing in the copies', %L, current_user
                            USING ERRCODE = 'TM422',
                                  HINT = 'Run as a role that it does not apply to, or ALTER TABLE ' || %L || ' NO FORCE ROW LEVEL SECURITY meanwhile.';
                    END IF;
                    IF (EXISTS (SELECT FROM %s AS t WHERE t.source = %L) OR EXISTS (SELECT FROM ONLY %I))
                       AND (SELECT jsonb_object_agg(a.attnum, a.attname) FROM pg_attribute AS a
                             WHERE a.attrelid = %L::regclass AND a.attnum > 0 AND NOT a.attisdropped)
                           IS DISTINCT FROM (SELECT jsonb_object_agg(p.number, p.name) FROM (VALUES %s) AS p(number, name)) THEN
                        RAISE EXCEPTION 'columns of %% have changed since the plan, and rows of DEFAULT are copied with the columns of the plan', %L
                            USING ERRCODE = 'TM422', HINT = 'Nothing is lost: "liquibase tidemark abort", then run the change again.';
                    END IF;""",
                source,
                source,
                source,
                copies(subject),
                source,
                partition.name(),
                subject.name().quoted(),
                Sql.join(", ", columns),
                subject.name().quoted());
    }

    /** For the window, when no foreign key points here any more: from now on the copies alone have the rows. */
    Sql handOver() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    other record;
                    switched text[] := '{}';
                BEGIN
                    %s
                    IF EXISTS (SELECT FROM ONLY %I) THEN
                        -- Nobody's rows are truncated: they are in the copies.
                        FOR other IN
                            SELECT tgname, tgenabled FROM pg_trigger
                             WHERE tgrelid = %L::regclass AND NOT tgisinternal AND tgtype & 32 <> 0 AND tgenabled <> 'D'
                        LOOP
                            EXECUTE format('ALTER TABLE ONLY %%s DISABLE TRIGGER %%I', %L, other.tgname);
                            switched := switched || format('ALTER TABLE ONLY %%s %%s TRIGGER %%I', %L,
                                CASE other.tgenabled WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, other.tgname);
                        END LOOP;
                        TRUNCATE ONLY %I;
                        IF switched <> '{}' THEN
                            EXECUTE array_to_string(switched, '; ');
                        END IF;
                    END IF;
                END
                $tidemark$""",
                writes.drop(), partition.name(), source, source, source, partition.name());
    }

    /** For the window, when the copies are chunks. */
    Sql forget() {
        return Sql.of("DELETE FROM %s WHERE source = %L", copies(subject), source);
    }

    /** Takes everything back, as long as the partition has its rows; afterwards there is nothing left to take back. */
    Sql drop() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    copy record;
                BEGIN
                    %s
                    COMMIT;
                    FOR copy IN SELECT * FROM %s WHERE source = %L
                    LOOP
                        EXECUTE format('DROP TABLE IF EXISTS %%s', copy.relation);
                        DELETE FROM %s WHERE relation = copy.relation;
                        COMMIT;
                    END LOOP;
                    DELETE FROM %s WHERE source = %L;
                END
                $tidemark$""",
                writes.drop(), copies(subject), source, copies(subject), notes(subject), source);
    }

    /** Whether somebody has made a partition for a stretch that has a copy; the rows in question are in that partition now. */
    private Sql overlap() {
        return Sql.of(
                """
                EXISTS (SELECT FROM %s AS c
                                       JOIN pg_inherits AS own ON own.inhrelid = c.source::regclass
                                       JOIN pg_inherits AS sibling ON sibling.inhparent = own.inhparent
                                       JOIN pg_class AS s ON s.oid = sibling.inhrelid
                                      CROSS JOIN LATERAL (%s) AS b
                                      WHERE c.source = %L AND b.bounds IS NOT NULL AND b.lower < c.upper AND c.lower < b.upper)""",
                copies(subject), PieceList.bounds(subject.timeType(), "s"), source);
    }
}

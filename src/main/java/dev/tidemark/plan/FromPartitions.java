package dev.tidemark.plan;

import dev.tidemark.plan.Action.Check;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.schema.OwnedSequence;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The cutover to partitions backwards: the history partition becomes the plain table again, with whatever the partitioned table has got since. A week
 * may have passed, so that is asked of the catalog when this runs.
 */
final class FromPartitions {
    private final List<CopySubject> subjects;
    private final ForeignKeys foreignKeys;
    private final ReturningForeignKeys meanwhile;
    private final boolean proved;

    /** @param substitute stands for the foreign keys while rows return */
    FromPartitions(
            List<CopySubject> subjects, ForeignKeys foreignKeys, ForeignKeySubstitute substitute, boolean proved) {
        this.subjects = List.copyOf(subjects);
        this.foreignKeys = foreignKeys;
        this.meanwhile = new ReturningForeignKeys(
                foreignKeys, substitute, subjects.get(0).subject().journalTable("substitute"));
        this.proved = proved;
    }

    /** Whether it is possible. */
    Check check() {
        return new Check(each(s -> HistoryWayBackCheck.attached(s.subject())));
    }

    Window window() {
        return new Window(List.of(), Locks.ofWayBack(plain(), foreignKeys), statements());
    }

    /** After the window: rows that were written into partitions of their own return, then the keys of the table rule alone again. */
    SelfCommitting rowsReturn() {
        List<Sql> sql = new ArrayList<>(each(s -> new ReturningRows(s).move()));
        sql.addAll(each(s -> new ReturningRows(s).release()));
        sql.addAll(meanwhile.restore());
        sql.addAll(each(s -> new AwaitedRows(s).drop()));
        sql.addAll(each(s -> new ReturningKeys(s).drop()));
        // Who has an older snapshot reads the rows where they were.
        sql.add(OldSnapshots.waitFor(false));
        sql.addAll(each(s -> new ReturningRows(s).dropParts()));
        return new SelfCommitting(sql);
    }

    private List<Sql> statements() {
        List<Sql> sql = new ArrayList<>();
        for (CopySubject subject : subjects) {
            sql.add(HistoryWayBackCheck.attached(subject.subject()));
            if (proved) {
                sql.add(WayBackProof.rows(subject.subject(), new HistoryPartition(subject).listed()));
            }
        }
        subjects.forEach(s -> s.guard().ifPresent(guard -> sql.addAll(guard.drop())));
        sql.addAll(foreignKeys.dropSubstitutes());
        sql.addAll(foreignKeys.dropRemaining());
        for (CopySubject subject : subjects) {
            sql.add(new ReturningRows(subject).detach());
            sql.addAll(new KeyExchange(subject).exchangeBack());
            if (proved) {
                sql.add(WayBackProof.storage(subject.subject(), new HistoryPartition(subject).itself()));
            }
            sql.addAll(identities(subject));
            sql.addAll(FromHypertable.follow(subject.subject(), subject.extendedKeys()));
        }
        sql.add(NamesBack.keeping(plain()));
        for (CopySubject subject : subjects) {
            sql.addAll(new KeyExchange(subject).nameBack());
            if (!subject.subject().timeColumn().notNull()) {
                sql.add(Sql.of(
                        "ALTER TABLE %I ALTER COLUMN %I DROP NOT NULL",
                        subject.name(), subject.subject().timeColumnName()));
            }
        }
        sql.add(restoreKeys());
        for (CopySubject subject : subjects) {
            sql.add(new ReturningKeys(subject).create());
            sql.add(new ReturningRows(subject).inherit());
            sql.add(new AwaitedRows(subject).create());
        }
        if (proved) {
            subjects.forEach(s -> sql.addAll(WayBackProof.after(s.subject())));
            sql.add(StorageProof.check(journalTable("proof")));
        }
        subjects.forEach(s -> sql.add(Sql.of(
                "DELETE FROM %s WHERE run = %s AND relation = %L",
                journalTable("piece"), PieceRecord.RUN, s.retired().quoted())));
        sql.add(CutoverTime.none(subjects.get(0).subject()));
        return sql;
    }

    /** A partition has no identity of its own; its sequence takes over from the parent's, options and name. */
    private static List<Sql> identities(CopySubject subject) {
        return subject.table().sequences().stream()
                .filter(OwnedSequence::identity)
                .map(sequence -> Sql.of(
                        """
                        DO $tidemark$
                        DECLARE
                            counting record;
                        BEGIN
                            SELECT s.*, CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END AS given
                              INTO counting
                              FROM pg_sequence AS s
                              JOIN pg_attribute AS a ON a.attrelid = %L::regclass AND a.attname = %L AND a.attidentity <> ''
                             WHERE s.seqrelid = pg_get_serial_sequence(%L, %L)::regclass;
                            IF FOUND THEN
                                EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I ADD GENERATED %%s AS IDENTITY (START %%s INCREMENT %%s MINVALUE %%s MAXVALUE %%s CACHE %%s %%s)',
                                    %L, %L, counting.given, counting.seqstart, counting.seqincrement, counting.seqmin, counting.seqmax, counting.seqcache,
                                    CASE WHEN counting.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END);
                            END IF;
                        END
                        $tidemark$""",
                        subject.name().quoted(),
                        sequence.column(),
                        subject.name().quoted(),
                        sequence.column(),
                        subject.retired().quoted(),
                        sequence.column()))
                .toList();
    }

    /** Keys that point here come back in the window; where a row that they may mean has not returned yet, triggers stand for them until it has. */
    private Sql restoreKeys() {
        List<Sql> restored = foreignKeys.restoreUnvalidated();
        if (restored.isEmpty()) {
            return new Sql("SELECT 'no foreign key points here'");
        }
        return Sql.of(
                """
                DO $keys$
                BEGIN
                    IF NOT (%s) THEN
                %s
                    ELSE
                %s
                    END IF;
                END
                $keys$""",
                Sql.join(" OR ", each(s -> new ReturningRows(s).any())),
                Sql.executed(restored),
                Sql.executed(meanwhile.watch()));
    }

    private Sql journalTable(String name) {
        return subjects.get(0).subject().journalTable(name);
    }

    private List<Subject> plain() {
        return subjects.stream().map(CopySubject::subject).toList();
    }

    private List<Sql> each(Function<CopySubject, Sql> statement) {
        return subjects.stream().map(statement).toList();
    }

    /** Drops what the way back leaves behind. */
    static List<Sql> leavings(CopySubject subject) {
        return Stream.of(subject.copy(), NamesBack.leaving(subject.subject()))
                .flatMap(table -> DropInParts.of(table).stream())
                .toList();
    }
}

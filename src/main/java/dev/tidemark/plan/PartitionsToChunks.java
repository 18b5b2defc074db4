package dev.tidemark.plan;

import dev.tidemark.plan.Action.Check;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The cutover of chunks to partitions backwards: every partition, those made since too, becomes a chunk of the hypertable that the table was, with whatever the
 * partitioned table has got since. A week may have passed, so that is asked of the catalog when this runs.
 */
final class PartitionsToChunks {
    private final List<CopySubject> subjects;
    private final ChunkStorage storage;
    private final ForeignKeys foreignKeys;
    private final boolean proved;

    PartitionsToChunks(List<CopySubject> subjects, ChunkStorage storage, ForeignKeys foreignKeys, boolean proved) {
        this.subjects = List.copyOf(subjects);
        this.storage = storage;
        this.foreignKeys = foreignKeys;
        this.proved = proved;
    }

    /** Whether it is possible. */
    Check check() {
        return new Check(each(this::check));
    }

    Window window() {
        return new Window(each(s -> BoundChecks.add(s.subject())), Locks.ofWayBack(plain(), foreignKeys), statements());
    }

    private Sql check(CopySubject subject) {
        return WayBackCheck.formerChunks(subject.subject(), storage.versions());
    }

    private List<Sql> statements() {
        List<Sql> sql = new ArrayList<>();
        for (CopySubject subject : subjects) {
            sql.add(check(subject));
            if (proved) {
                sql.addAll(proof(subject).before(ChunksToPartitions.partitions(subject)));
            }
        }
        sql.addAll(foreignKeys.dropSubstitutes());
        sql.addAll(foreignKeys.dropRemaining());
        for (CopySubject subject : subjects) {
            sql.addAll(FromHypertable.follow(subject.subject(), Set.of()));
            sql.add(new FormerChunks(subject, storage).nameBack());
        }
        // Before it has chunks: TimescaleDB would rename the indexes of every chunk with the hypertable's.
        sql.add(NamesBack.keeping(plain()));
        for (CopySubject subject : subjects) {
            sql.addAll(storage.intoChunks(subject.subject().retiredAs(NamesBack.leaving(subject.subject()))));
        }
        sql.addAll(foreignKeys.restoreUnvalidated());
        for (CopySubject subject : subjects) {
            sql.add(proof(subject)
                    .leaveBehind(
                            Sql.of("%L", NamesBack.leaving(subject.subject()).quoted())));
            if (proved) {
                sql.addAll(proof(subject).after(storage.chunks(subject.subject())));
            }
            sql.add(Sql.of(
                    "DELETE FROM %s WHERE run = %s AND target = %L",
                    journalTable("piece"), PieceRecord.RUN, subject.name().quoted()));
        }
        if (proved) {
            sql.add(StorageProof.check(journalTable("proof")));
        }
        sql.add(Sql.of(
                "DELETE FROM %s WHERE run = %s AND kind = 'retired table'", journalTable("object"), PieceRecord.RUN));
        sql.add(CutoverTime.none(subjects.get(0).subject()));
        return sql;
    }

    private static PieceProof proof(CopySubject subject) {
        return new PieceProof(subject.subject(), StorageProof.WAY_BACK);
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
}

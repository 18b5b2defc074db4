package dev.tidemark.plan;

import dev.tidemark.plan.Action.Check;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Server;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The cutover backwards. Between the two a week may have passed, so whatever can have changed meanwhile is asked of the catalog when this runs;
 * of the tables as they were planned it takes only what they come back to.
 */
final class FromHypertable {
    private final List<Subject> subjects;
    private final Server server;
    private final ChunkStorage storage;
    private final ForeignKeys foreignKeys;
    private final Policies policies;
    private final boolean proved;

    FromHypertable(
            List<Subject> subjects,
            Server server,
            ChunkStorage storage,
            ForeignKeys foreignKeys,
            Policies policies,
            boolean proved) {
        this.subjects = List.copyOf(subjects);
        this.server = server;
        this.storage = storage;
        this.foreignKeys = foreignKeys;
        this.policies = policies;
        this.proved = proved;
    }

    /** Whether it is possible. */
    Check check() {
        return new Check(subjects.stream().map(this::check).toList());
    }

    Window window() {
        return new Window(prepare(), Locks.ofWayBack(subjects, foreignKeys), statements());
    }

    private Sql check(Subject subject) {
        return WayBackCheck.block(
                subject, storage.chunks(subject), subject.partman().isPresent(), proved);
    }

    /** Before each attempt at the window of the way back: whatever must be done chunk by chunk, for chunks that have come since too. */
    private List<Sql> prepare() {
        List<Sql> sql = new ArrayList<>();
        for (Subject subject : subjects) {
            sql.addAll(policies.decompress(subject));
            sql.addAll(storage.beforeWayBack(subject));
        }
        return sql;
    }

    private static List<Sql> follow(Subject subject) {
        return follow(subject, Set.of());
    }

    /** @param different names of indexes that are meant to differ */
    static List<Sql> follow(Subject subject, Set<String> different) {
        return List.of(
                FollowObjects.drop(subject),
                FollowColumns.block(subject),
                FollowIndexes.block(subject, different),
                FollowObjects.add(subject));
    }

    private List<Sql> statements() {
        List<Sql> sql = new ArrayList<>();
        for (Subject subject : subjects) {
            sql.add(WayBackCheck.uncompressed(subject));
            sql.add(check(subject));
            if (proved) {
                sql.addAll(WayBackProof.before(subject, storage.chunks(subject)));
            }
        }
        sql.addAll(foreignKeys.dropSubstitutes());
        for (Subject subject : subjects) {
            // A retired table follows before its chunks become its partitions, a plain one when it is a table again.
            sql.addAll(subject.isHeap() ? List.of() : follow(subject));
            sql.addAll(storage.backFromChunks(subject));
            sql.addAll(subject.isHeap() ? follow(subject) : List.of());
        }
        sql.add(NamesBack.block(subjects));
        subjects.forEach(s -> s.partman().ifPresent(p -> sql.addAll(resume(p))));
        subjects.forEach(s -> sql.addAll(Management.resume(s)));
        sql.addAll(foreignKeys.restoreUnvalidated());
        if (proved) {
            subjects.forEach(s -> sql.addAll(WayBackProof.after(s)));
            sql.add(StorageProof.check(subjects.get(0).journalTable("proof")));
        }
        sql.add(CutoverTime.none(subjects.get(0)));
        return sql;
    }

    private List<Sql> resume(PartmanConfiguration configuration) {
        return PartmanManagement.resume(
                server.partman()
                        .orElseThrow(() ->
                                new IllegalStateException("managed by pg_partman, but the extension is not there")),
                configuration);
    }
}

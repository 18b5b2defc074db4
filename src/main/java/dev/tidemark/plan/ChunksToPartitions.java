package dev.tidemark.plan;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.Online;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.schema.Server;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * The recipe: the chunks of hypertables become native partitions without a row being copied. Read from top to bottom it is the runbook.
 */
final class ChunksToPartitions {
    private static final Nothing LATER = new Nothing("nothing to do until somebody wants to go back");

    private final List<CopySubject> subjects;
    private final Server server;
    private final TimescaleDb timescaledb;
    private final ChunkStorage storage;
    private final ForeignKeys foreignKeys;
    private final Verification verification;
    private final PolicyStart policyStart;

    ChunksToPartitions(
            List<CopySubject> subjects, Server server, ChunkStorage storage, ForeignKeys foreignKeys, Options options) {
        this.subjects = List.copyOf(subjects);
        this.server = server;
        this.timescaledb =
                server.timescaledb().orElseThrow(() -> new IllegalStateException("planned without TimescaleDB"));
        this.storage = storage;
        this.foreignKeys = foreignKeys;
        this.verification = options.verification();
        this.policyStart = options.policies();
    }

    List<Step> steps() {
        PartitionsToChunks back = new PartitionsToChunks(subjects, storage, foreignKeys, proved());
        List<Step> steps = new ArrayList<>();
        steps.add(new Step(
                "rest",
                "Policies and jobs of the hypertable rest: what is decompressed now is not to be compressed again, and what they drop could not come back.",
                new Online(all(s -> new SourceJobs(s.subject(), server).rest())),
                new Online(all(s -> new SourceJobs(s.subject(), server).goOn()))));
        steps.add(new Step(
                "new-table",
                "The partitioned table is made, empty, with indexes; nobody knows of it.",
                new Online(all(ToPartitions::created)),
                new SelfCommitting(all(FromPartitions::leavings))));
        if (subjects.stream().anyMatch(s -> !compressed(s).isEmpty())) {
            steps.add(new Step(
                    "decompress",
                    "Compressed chunks are decompressed, one by one; the chunk that is being decompressed can be read meanwhile, but not written.",
                    new SelfCommitting(each(s -> decompression(s).decompress())),
                    new SelfCommitting(each(s -> decompression(s).compress()))));
        }
        List<Sql> proofs = all(s -> storage.beforeLeaving(s.subject()));
        if (!proofs.isEmpty()) {
            steps.add(new Step(
                    "prove-ranges",
                    "Every chunk gets a CHECK of its own range, because TimescaleDB's own goes when a chunk leaves; with it nothing has to be read later.",
                    new SelfCommitting(proofs),
                    new SelfCommitting(all(s -> storage.withoutProof(s.subject())))));
        }
        steps.add(new Step(
                "room",
                "Partitions are made beside those that the chunks become: between them, and ahead.",
                new SelfCommitting(each(s -> room(s).make())),
                new Nothing("they go with the new table")));
        if (!foreignKeys.cut().isEmpty()) {
            steps.add(new Step(
                    "validate-foreign-keys-back",
                    "On the way back: foreign keys that came back unvalidated are validated beside the application.",
                    new Nothing("the cutover takes the foreign keys along"),
                    new SelfCommitting(foreignKeys.validateAndJoin())));
        }
        steps.add(new Step(
                Step.CUTOVER,
                "In one transaction the chunks leave the hypertable, the partitioned table gets its name, and they become its partitions; no row is read.",
                new Window(prepare(), Locks.ofCutover(plain(), foreignKeys), cutover()),
                back.window()));
        if (verification == Verification.CONTENTS) {
            steps.add(new Step(
                    "prove-contents",
                    "Every row is read through the table's name and from its storage, while the application goes on.",
                    new SelfCommitting(each(s -> ContentsProof.prove(s.subject(), partitions(s)))),
                    new Nothing("a proof has nothing to take back")));
        }
        if (!foreignKeys.remaining().isEmpty()) {
            steps.add(new Step(
                    "validate-foreign-keys",
                    "Foreign keys that point here are validated beside the application; new rows are checked since the cutover.",
                    new SelfCommitting(foreignKeys.validateRemaining()),
                    new Nothing("the cutover takes the foreign keys back")));
        }
        steps.add(new Step(
                "statistics",
                "The planner learns about the table as a whole; its parts have kept what it knew about them.",
                new Online(each(s -> Sql.of("ANALYZE %I", s.name()))),
                new Online(List.of())));
        Management.step(subjects, server, policyStart).ifPresent(steps::add);
        steps.add(new Step(
                "way-back",
                "On the way back, before anything is changed: whether something has come since that cannot be carried back, or gone that is needed.",
                LATER,
                back.check()));
        return steps;
    }

    private boolean proved() {
        return verification != Verification.NONE;
    }

    private static List<TableName> compressed(CopySubject subject) {
        return subject.table().layout().match(h -> List.of(), p -> List.of(), h -> h.compressed());
    }

    private Decompression decompression(CopySubject subject) {
        return new Decompression(subject.subject(), timescaledb);
    }

    private ChunkRoom room(CopySubject subject) {
        return new ChunkRoom(subject, storage);
    }

    /** {@code part, lower, upper} of what the partitioned table consists of. */
    static Sql partitions(CopySubject subject) {
        return Sql.of("SELECT part, lower, upper FROM %s", PieceList.of(subject.subject(), subject.name()));
    }

    /** Before each attempt at the window: chunks may have come, or been compressed by somebody. */
    private List<Sql> prepare() {
        List<Sql> sql = new ArrayList<>(each(s -> decompression(s).decompress()));
        sql.addAll(all(s -> storage.beforeLeaving(s.subject())));
        sql.addAll(each(s -> room(s).make()));
        return sql;
    }

    private List<Sql> cutover() {
        List<Sql> sql = new ArrayList<>();
        for (CopySubject subject : subjects) {
            sql.add(WayBackCheck.uncompressed(subject.subject()));
            sql.add(room(subject).require());
            if (proved()) {
                sql.addAll(new PieceProof(subject.subject(), "").before(storage.chunks(subject.subject())));
            }
        }
        sql.addAll(foreignKeys.drop());
        for (CopySubject subject : subjects) {
            sql.add(new FormerChunks(subject, storage).takeOut());
        }
        for (CopySubject subject : subjects) {
            sql.addAll(exchange(subject));
        }
        sql.addAll(foreignKeys.restoreRemaining());
        sql.addAll(foreignKeys.substitute());
        sql.addAll(Dependents.retie(plain()));
        if (proved()) {
            subjects.forEach(s -> sql.addAll(new PieceProof(s.subject(), "").after(partitions(s))));
            sql.add(StorageProof.check(subjects.get(0).subject().journalTable("proof")));
        }
        sql.add(CutoverTime.now(subjects.get(0).subject()));
        return sql;
    }

    /** The hypertable, empty by now, gives its name away; it stays for the way back, with its settings and its resting jobs. */
    private List<Sql> exchange(CopySubject subject) {
        Subject table = subject.subject();
        Twin twin = new Twin(table);
        List<Sql> sql = new ArrayList<>(Retirement.away(table));
        sql.addAll(CopyCutover.takeNames(subject));
        sql.add(subject.forget());
        sql.add(OwnRetention.moveHolds(table, subject.retired(), subject.name()));
        sql.addAll(Retirement.sequencesTo(table, subject.retired(), subject.name()));
        sql.addAll(twin.foreignKeys(foreignKeys.kept(table)));
        sql.add(new FormerChunks(subject, storage).attach());
        sql.addAll(twin.statistics());
        sql.addAll(twin.behaviour());
        sql.addAll(twin.triggers());
        sql.add(ToHypertable.remember(table));
        return sql;
    }

    private List<Subject> plain() {
        return subjects.stream().map(CopySubject::subject).toList();
    }

    private List<Sql> each(Function<CopySubject, Sql> statement) {
        return subjects.stream().map(statement).toList();
    }

    private List<Sql> all(Function<CopySubject, ? extends Collection<Sql>> statements) {
        return subjects.stream().flatMap(s -> statements.apply(s).stream()).toList();
    }
}

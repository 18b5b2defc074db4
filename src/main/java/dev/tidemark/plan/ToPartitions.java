package dev.tidemark.plan;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.Online;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.OwnedSequence;
import dev.tidemark.schema.Server;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * The recipe: a plain table becomes the history partition of a partitioned table without a row being copied. Read from top to bottom it is the
 * runbook.
 */
final class ToPartitions {
    /** The step that builds the index of a key that the time column extends. */
    static final String LONGER_KEY = "longer-key";

    private static final Nothing LATER = new Nothing("nothing to do until somebody wants to go back");

    private final List<CopySubject> subjects;
    private final Server server;
    private final ForeignKeys foreignKeys;
    private final ForeignKeySubstitute meanwhile;
    private final Verification verification;
    private final PolicyStart policyStart;

    /** @param meanwhile stands for foreign keys to the tables while rows return on the way back */
    ToPartitions(
            List<CopySubject> subjects,
            Server server,
            ForeignKeys foreignKeys,
            ForeignKeySubstitute meanwhile,
            Options options) {
        this.subjects = List.copyOf(subjects);
        this.meanwhile = meanwhile;
        this.server = server;
        this.policyStart = options.policies();
        this.foreignKeys = foreignKeys;
        this.verification = options.verification();
    }

    List<Step> steps() {
        FromPartitions back = new FromPartitions(subjects, foreignKeys, meanwhile, proved());
        List<Step> steps = new ArrayList<>();
        steps.add(new Step(
                "new-table",
                "The partitioned table is made, empty, with indexes; nobody knows of it.",
                new Online(all(ToPartitions::created)),
                new SelfCommitting(all(FromPartitions::leavings))));
        if (subjects.stream().anyMatch(s -> !s.extendedKeys().isEmpty())) {
            steps.add(new Step(
                    LONGER_KEY,
                    "An index for the key with the time column besides is built, while the application goes on.",
                    KeyExchange.build(subjects),
                    new SelfCommitting(all(s -> new KeyExchange(s).drop()))));
        }
        steps.add(new Step(
                "boundary",
                "On the way back, or of a cutover that never came: the CHECK that notes rows beyond the boundary goes.",
                new Nothing("nothing yet: it is fixed right before the cutover"),
                new SelfCommitting(each(s -> new HistoryPartition(s).release()))));
        if (!foreignKeys.cut().isEmpty()) {
            steps.add(new Step(
                    "validate-foreign-keys-back",
                    "On the way back: foreign keys that came back unvalidated are validated beside the application.",
                    new Nothing("the cutover takes the foreign keys along"),
                    new SelfCommitting(foreignKeys.validateAndJoin())));
        }
        steps.add(new Step(
                "rows-return",
                "On the way back: rows that have got partitions of their own since the cutover return to the table, some at a time; they can be seen all the while.",
                LATER,
                back.rowsReturn()));
        steps.add(new Step(
                Step.CUTOVER,
                "A boundary is fixed in the future, a CHECK that refuses nothing, validated while the application goes on, notes whether all rows lie before it, and"
                        + " partitions are made for what comes after. Then, in one transaction, the table gives its name to the partitioned one and becomes its history partition; no row is read.",
                new Window(prepare(), Locks.ofCutover(plain(), foreignKeys), cutover()),
                back.window()));
        if (verification == Verification.CONTENTS) {
            steps.add(new Step(
                    "prove-contents",
                    "Every row is read through the table's name and from its storage, while the application goes on.",
                    new SelfCommitting(each(s -> ContentsProof.prove(s.subject(), new HistoryPartition(s).listed()))),
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
        steps.add(new Step(
                "history",
                "On the way back: the history partition is made again if somebody has dropped it, and the index of the key that the table had is built,"
                        + " while the application goes on.",
                LATER,
                KeyExchange.buildBack(subjects)));
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

    static List<Sql> created(CopySubject subject) {
        Twin twin = CopyTarget.twin(subject);
        List<Sql> sql = new ArrayList<>(List.of(publishedByParts(subject), new AsPlanned(subject).remember()));
        sql.addAll(twin.partitioned());
        if (subject.partitioning().defaultPartition()) {
            sql.add(PartitionsCopy.defaultPartition(subject));
        }
        sql.addAll(twin.indexes());
        sql.addAll(twin.indexComments());
        sql.addAll(twin.replicaIdentity());
        sql.add(subject.remember());
        return sql;
    }

    /**
     * A publication of all tables, or of all of a schema, publishes a partition's changes under the partition's name, which subscribers do not have, unless
     * it says otherwise.
     */
    private static Sql publishedByParts(CopySubject subject) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    publication name;
                BEGIN
                    SELECT p.pubname INTO publication
                      FROM pg_publication AS p
                     WHERE NOT p.pubviaroot
                       AND (p.puballtables OR p.pubname IN (SELECT t.pubname FROM pg_publication_tables AS t WHERE t.schemaname = %L AND t.tablename = %L))
                     LIMIT 1;
                    IF FOUND THEN
                        RAISE EXCEPTION 'publication %% publishes %%, and would publish the changes of its partitions under their own names', publication, %L
                            USING ERRCODE = 'TM153', HINT = format('ALTER PUBLICATION %%I SET (publish_via_partition_root = true); then run the same change again.', publication);
                    END IF;
                END
                $tidemark$""",
                subject.name().schema(), subject.name().name(), subject.name().toString());
    }

    /** Partitions from the boundary on; after a boundary that was moved on, from there. */
    private static List<Sql> room(CopySubject subject) {
        HistoryPartition history = new HistoryPartition(subject);
        return List.of(history.dropOvertaken(), history.successors());
    }

    /** Before each attempt at the window: the boundary is moved on in time, and so are the partitions. */
    private List<Sql> prepare() {
        List<Sql> sql = new ArrayList<>(each(s -> new HistoryPartition(s).prove()));
        sql.addAll(all(ToPartitions::room));
        return sql;
    }

    private List<Sql> cutover() {
        List<Sql> sql = new ArrayList<>(each(s -> new HistoryPartition(s).assertProved()));
        sql.addAll(each(s -> new AsPlanned(s).check()));
        sql.addAll(each(s -> new AsPlanned(s).forget()));
        sql.addAll(foreignKeys.drop());
        for (CopySubject subject : subjects) {
            sql.addAll(new KeyExchange(subject).exchange());
            if (proved()) {
                sql.addAll(StorageProof.before(subject.subject(), subject.name()));
            }
        }
        for (CopySubject subject : subjects) {
            sql.addAll(exchange(subject));
        }
        sql.addAll(foreignKeys.restoreRemaining());
        sql.addAll(foreignKeys.substitute());
        sql.addAll(Dependents.retie(plain()));
        if (proved()) {
            subjects.forEach(s -> sql.addAll(StorageProof.after(s.subject(), new HistoryPartition(s).listed())));
            sql.add(StorageProof.check(subjects.get(0).subject().journalTable("proof")));
        }
        sql.add(CutoverTime.now(subjects.get(0).subject()));
        return sql;
    }

    private List<Sql> exchange(CopySubject subject) {
        Subject table = subject.subject();
        Twin twin = new Twin(table);
        List<Sql> sql = new ArrayList<>();
        // The parent gets them, and with it every part; one that the history partition had itself would stand in the
        // way.
        subject.table().triggers().forEach(t -> sql.add(Sql.of("DROP TRIGGER %I ON %I", t.name(), subject.name())));
        sql.addAll(Retirement.away(table, subject.extendedKeys()));
        sql.addAll(CopyCutover.takeNames(subject));
        sql.add(subject.forget());
        sql.add(OwnRetention.moveHolds(table, subject.retired(), subject.name()));
        sql.addAll(Retirement.sequencesTo(table, subject.retired(), subject.name()));
        // PostgreSQL 17 attaches no table with an identity of its own.
        subject.table().sequences().stream()
                .filter(OwnedSequence::identity)
                .forEach(sequence -> sql.add(
                        Sql.of("ALTER TABLE %I ALTER COLUMN %I DROP IDENTITY", subject.retired(), sequence.column())));
        sql.add(new HistoryPartition(subject).attach());
        // Adopted from the history partition, which has them validated: nothing is read.
        List<ForeignKey> kept = foreignKeys.kept(table);
        sql.addAll(twin.foreignKeys(kept));
        sql.addAll(twin.statistics());
        sql.addAll(twin.behaviour());
        sql.addAll(twin.triggers());
        subject.guard().ifPresent(guard -> sql.addAll(guard.create()));
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

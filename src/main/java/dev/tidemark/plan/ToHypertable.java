package dev.tidemark.plan;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.Online;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.Server;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/**
 * The recipe: plain tables and RANGE partitions become hypertables without a row being copied. Read from top to bottom it is the runbook.
 */
final class ToHypertable {
    private final List<Subject> subjects;
    private final Server server;
    private final TimescaleDb timescaledb;
    private final ChunkStorage storage;
    private final ForeignKeys foreignKeys;
    private final Policies policies;
    private final Verification verification;

    ToHypertable(
            List<Subject> subjects, Server server, ChunkStorage storage, ForeignKeys foreignKeys, Options options) {
        this.subjects = List.copyOf(subjects);
        this.server = server;
        this.timescaledb =
                server.timescaledb().orElseThrow(() -> new IllegalStateException("planned without TimescaleDB"));
        this.storage = storage;
        this.foreignKeys = foreignKeys;
        this.verification = options.verification();
        this.policies = new Policies(server, options.policies());
    }

    List<Step> steps() {
        FromHypertable back =
                new FromHypertable(subjects, server, storage, foreignKeys, policies, verification != Verification.NONE);
        List<Step> steps = new ArrayList<>();
        steps.add(new Step(
                "prove-ranges",
                "Every partition gets a CHECK of its own range, validated while the application goes on, so that nothing has to be read later.",
                new SelfCommitting(each(BoundChecks::add)),
                new SelfCommitting(each(BoundChecks::drop))));
        if (subjects.stream().anyMatch(s -> !s.defaults().isEmpty())) {
            steps.add(new Step(
                    "copy-default",
                    "Rows of DEFAULT, which can be no chunk, are copied into tables that can; until the cutover, writes to DEFAULT are made there too.",
                    new SelfCommitting(copyDefaults()),
                    new SelfCommitting(eachDefault(DefaultCopies::drop))));
        }
        if (!foreignKeys.cut().isEmpty()) {
            steps.add(new Step(
                    "join-foreign-keys",
                    "On the way back: foreign keys that came back partition by partition become one again.",
                    new Nothing("the cutover takes the foreign keys out"),
                    new SelfCommitting(foreignKeys.join())));
            steps.add(new Step(
                    "validate-foreign-keys",
                    "On the way back: foreign keys that came back unvalidated are validated beside the application.",
                    new Nothing("the cutover takes the foreign keys out"),
                    new SelfCommitting(foreignKeys.validate())));
        }
        steps.add(new Step(
                Step.CUTOVER,
                "In one transaction the table makes room for a hypertable of the same name, and its partitions become that one's chunks.",
                new Window(prepareCutover(), Locks.ofCutover(subjects, foreignKeys), cutover()),
                back.window()));
        if (verification == Verification.CONTENTS) {
            steps.add(new Step(
                    "prove-contents",
                    "Every row is read through the table's name and from its storage, chunk by chunk, while the application goes on.",
                    new SelfCommitting(each(s -> ContentsProof.prove(s, storage.chunks(s)))),
                    new Nothing("a proof has nothing to take back")));
        }
        steps.add(new Step(
                "statistics",
                "The planner learns about the new table; its chunks have kept what it knew about them.",
                new Online(each(storage::analyze)),
                new Online(List.of())));
        List<Sql> policyUp =
                subjects.stream().flatMap(s -> policies.create(s).stream()).toList();
        if (!policyUp.isEmpty()) {
            steps.add(new Step(
                    "policies",
                    "Retention and compression, paused until the conversion is finalized unless asked otherwise.",
                    new Online(policyUp),
                    new Online(subjects.stream()
                            .flatMap(s -> policies.remove(s).stream())
                            .toList())));
        }
        steps.add(new Step(
                "way-back",
                "On the way back, before anything is changed: whether something has come since that cannot be carried back, or gone that is needed.",
                new Nothing("nothing to do until somebody wants to go back"),
                back.check()));
        return steps;
    }

    /** Rows of DEFAULT partitions go into copies that become chunks. */
    private List<Sql> copyDefaults() {
        return subjects.stream()
                .flatMap(s -> s.defaults().stream().flatMap(d -> new DefaultCopies(s, d).catchUp().stream()))
                .toList();
    }

    /** Before each attempt at the window: what has come since is copied, late partitions get their CHECK, older snapshots end. */
    private List<Sql> prepareCutover() {
        List<Sql> sql = new ArrayList<>(copyDefaults());
        sql.addAll(eachDefault(DefaultCopies::prove));
        sql.addAll(each(BoundChecks::add));
        if (subjects.stream().anyMatch(s -> !s.defaults().isEmpty())) {
            sql.add(OldSnapshots.waitFor(
                    subjects.stream().flatMap(s -> s.defaults().stream()).anyMatch(partition -> !partition.empty())));
        }
        return sql;
    }

    private List<Sql> cutover() {
        List<Sql> sql = new ArrayList<>();
        if (verification != Verification.NONE) {
            subjects.forEach(s -> sql.addAll(StorageProof.before(s, s.name())));
        }
        sql.addAll(eachDefault(DefaultCopies::assertComplete));
        sql.addAll(foreignKeys.drop());
        sql.addAll(eachDefault(DefaultCopies::handOver));
        for (Subject subject : subjects) {
            Twin twin = new Twin(subject);
            sql.addAll(Retirement.away(subject));
            sql.addAll(twin.create());
            sql.add(OwnRetention.moveHolds(subject, subject.retired(), subject.name()));
            // Before, because a hypertable's triggers can no longer be enabled or disabled one by one (0A000).
            sql.addAll(twin.triggers());
            sql.add(createHypertable(subject));
            sql.addAll(twin.foreignKeys(foreignKeys.kept(subject)));
            sql.addAll(twin.behaviour());
            if (!storage.addsForeignKeys()) {
                List<ForeignKey> kept = foreignKeys.kept(subject);
                subject.defaults().forEach(d -> sql.add(new DefaultCopies(subject, d).addForeignKeys(kept)));
            }
            sql.addAll(storage.intoChunks(subject));
            sql.addAll(Retirement.sequencesTo(subject, subject.retired(), subject.name()));
            subject.partman().ifPresent(p -> sql.addAll(PartmanManagement.stop(partman(), p)));
            sql.addAll(Management.suspend(subject));
        }
        sql.addAll(eachDefault(DefaultCopies::forget));
        sql.addAll(foreignKeys.substitute());
        sql.addAll(Dependents.retie(subjects));
        if (verification != Verification.NONE) {
            subjects.forEach(s -> sql.addAll(StorageProof.after(s, storage.chunks(s))));
            sql.add(StorageProof.check(subjects.get(0).journalTable("proof")));
        }
        subjects.stream().filter(s -> !s.isHeap()).forEach(s -> sql.add(remember(s)));
        sql.add(CutoverTime.now(subjects.get(0)));
        return sql;
    }

    /** What finalize will drop. */
    static Sql remember(Subject subject) {
        return Sql.of(
                "INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, 'retired table', %L, %L)",
                subject.journalTable("object"),
                PieceRecord.RUN,
                subject.retired().quoted(),
                "the way back of " + subject.name());
    }

    private Sql createHypertable(Subject subject) {
        return Sql.of(
                "SELECT %I.create_hypertable(%L::regclass, %I.by_range(%L, %s), create_default_indexes => false)",
                timescaledb.schema(),
                subject.name().quoted(),
                timescaledb.schema(),
                subject.timeColumnName(),
                subject.timeType()
                        .chunkInterval(subject.chunkInterval(), subject.target().epoch()));
    }

    private Server.Extension partman() {
        return server.partman()
                .orElseThrow(() -> new IllegalStateException("managed by pg_partman, but the extension is not there"));
    }

    private List<Sql> each(java.util.function.Function<Subject, Sql> statement) {
        return subjects.stream().map(statement).toList();
    }

    private List<Sql> eachDefault(java.util.function.Function<DefaultCopies, Sql> statement) {
        return subjects.stream()
                .flatMap(s -> s.defaults().stream().map(d -> statement.apply(new DefaultCopies(s, d))))
                .toList();
    }
}

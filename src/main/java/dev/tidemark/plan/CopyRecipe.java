package dev.tidemark.plan;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.Online;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.plan.Action.Window;
import dev.tidemark.schema.Server;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The recipe: rows go into new tables of another layout beside the application, which goes on with the tables until one window exchanges the names. Read from top
 * to bottom it is the runbook.
 */
final class CopyRecipe {
    private static final String PROVE = "prove";
    private static final String PROVE_BACK = "prove-back";
    private static final Action GOES_AS_A_WHOLE = new Nothing("the new table goes as a whole");
    private static final Action NOTHING_TO_TAKE_BACK = new Nothing("a proof has nothing to take back");
    private static final Action LATER = new Nothing("nothing to do until somebody wants to go back");

    private static final String CUTOVER =
            "The last changes are replayed while writers wait, then the new table takes the name; its own changes are recorded from then on, for the way back.";
    private static final String CUTOVER_OFFLINE =
            "What has no key is copied, indexed and proved while its writers wait and readers go on; then the new table takes the name. The way back does the same.";

    private final List<CopySubject> subjects;
    private final Server server;
    private final PolicyStart policyStart;
    /** Those whose changes can be followed. */
    private final List<CopySubject> followed;

    private final CopyTarget target;
    private final Optional<Policies> policies;
    private final CopyExchange cutover;
    private final CopyForeignKeys foreignKeys;
    private final boolean proved;

    CopyRecipe(
            ConversionRequest.Goal goal,
            List<CopySubject> subjects,
            Server server,
            ForeignKeys foreignKeys,
            Options options) {
        this(
                goal,
                subjects,
                server,
                target(goal, server),
                foreignKeys,
                new CopyForeignKeys(subjects, foreignKeys, goal),
                options);
    }

    private CopyRecipe(
            ConversionRequest.Goal goal,
            List<CopySubject> subjects,
            Server server,
            CopyTarget target,
            ForeignKeys foreignKeys,
            CopyForeignKeys copied,
            Options options) {
        this(
                subjects,
                server,
                target,
                goal == ConversionRequest.Goal.HYPERTABLE
                        ? Optional.of(new Policies(server, options.policies()))
                        : Optional.empty(),
                new CopyCutover(
                        subjects, server, target, foreignKeys, copied, options.verification() != Verification.NONE),
                copied,
                options);
    }

    /** @param cutover how what was copied comes into use */
    CopyRecipe(
            List<CopySubject> subjects,
            Server server,
            CopyTarget target,
            Optional<Policies> policies,
            CopyExchange cutover,
            CopyForeignKeys foreignKeys,
            Options options) {
        this.subjects = List.copyOf(subjects);
        this.server = server;
        this.policyStart = options.policies();
        this.followed = subjects.stream().filter(s -> !s.offline()).toList();
        this.proved = options.verification() != Verification.NONE;
        this.target = target;
        this.policies = policies;
        this.foreignKeys = foreignKeys;
        this.cutover = cutover;
    }

    private static CopyTarget target(ConversionRequest.Goal goal, Server server) {
        return switch (goal) {
            case HYPERTABLE ->
                new HypertableCopy(server.timescaledb()
                        .orElseThrow(() -> new IllegalStateException("planned without TimescaleDB")));
            case PARTITIONS -> new PartitionsCopy();
            case PLAIN_TABLE -> new PlainCopy();
            case DRAINED, SPLIT -> throw new IllegalArgumentException(goal + " exchanges a partition");
        };
    }

    List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        steps.add(new Step(
                "capture",
                "Triggers begin to record which rows change; every change from now on is known.",
                new Window(List.of(), cutover.lockWriters(), all(this::captured)),
                new Window(List.of(), cutover.lockCaptured(), all(this::released))));
        steps.add(new Step(
                "new-table",
                "The new table is made, without indexes, and nobody knows of it.",
                new Online(all(target::create)),
                new SelfCommitting(all(cutover::drop))));
        for (CopySubject subject : followed) {
            steps.add(new Step(
                    id("copy", subject),
                    "Rows are copied slice by slice, each slice committed with its row of the journal."
                            + subject.since()
                                    .map(b -> " Those of before " + b.words() + " stay.")
                                    .orElse(""),
                    CopySlices.of(subject, subject.name(), subject.copy(), subject.captureOfSource()),
                    GOES_AS_A_WHOLE));
        }
        if (!followed.isEmpty()) {
            steps.add(new Step(
                    "unmoved",
                    "No row may have got another place while rows were copied by place.",
                    new SelfCommitting(followed.stream()
                            .filter(CopyRecipe::movesMatter)
                            .map(s -> new Unmoved(s).check())
                            .toList()),
                    GOES_AS_A_WHOLE));
        }
        for (CopySubject subject : subjects) {
            steps.add(new Step(
                    id("indexes", subject),
                    "Keys and indexes are built, which takes a third of the time that keeping them while loading would.",
                    target.indexes(subject),
                    GOES_AS_A_WHOLE));
        }
        List<Sql> joined = all(target::joinIndexes);
        if (!joined.isEmpty()) {
            steps.add(new Step(
                    "join-indexes",
                    "Keys and indexes of the parts become those of the whole.",
                    new Online(joined),
                    GOES_AS_A_WHOLE));
        }
        if (!followed.isEmpty()) {
            steps.add(new Step(
                            Step.CATCH_UP,
                            "What has changed since is replayed.",
                            new SelfCommitting(all(cutover::caughtUp)),
                            GOES_AS_A_WHOLE)
                    .ageing());
        }
        steps.add(new Step(
                        "statistics",
                        "The planner learns about the new table before it is proved and the application meets it.",
                        new Online(all(CopyRecipe::analyzed)),
                        GOES_AS_A_WHOLE)
                .ageing());
        if (proved && !followed.isEmpty()) {
            addProof(steps);
        }
        if (foreignKeys.any()) {
            steps.add(foreignKeys.validateBack());
        }
        steps.add(new Step(
                Step.CUTOVER,
                followed.size() == subjects.size() ? CUTOVER : CUTOVER_OFFLINE,
                cutover.up(),
                cutover.down()));
        steps.add(new Step(
                "autovacuum",
                "Autovacuum, which was kept away from a new table of many parts while it was filled, may come; of few parts it has come with the window.",
                new Online(subjects.stream()
                        .filter(s -> Autovacuum.isKeptAway(s) && !Autovacuum.comesInWindow(s))
                        .map(cutover::letIn)
                        .toList()),
                GOES_AS_A_WHOLE));
        if (proved && !followed.isEmpty()) {
            addProofBack(steps);
        }
        steps.add(new Step(
                        "catch-up-back",
                        "On the way back: what has changed since the cutover is replayed in the table that comes back.",
                        LATER,
                        new SelfCommitting(all(cutover::followed)))
                .ageing());
        if (foreignKeys.any()) {
            steps.add(foreignKeys.validate());
        }
        List<Sql> policyUp = all(this::policiesOf);
        if (!policyUp.isEmpty()) {
            steps.add(new Step(
                    "policies",
                    "Retention and compression, paused until the conversion is finalized unless asked otherwise.",
                    new Online(policyUp),
                    new Online(all(this::policiesAway))));
        }
        if (target instanceof PartitionsCopy) {
            Management.step(subjects, server, policyStart).ifPresent(steps::add);
        }
        steps.add(new Step(
                "way-back",
                "On the way back, before anything is changed: whether something has come since that cannot be carried back, or gone that is needed.",
                LATER,
                cutover.check()));
        return steps;
    }

    private void addProof(List<Step> steps) {
        for (CopySubject subject : followed) {
            steps.add(new Step(
                            id(PROVE, subject),
                            "Every row of both tables is read and hashed, range by range, while the application goes on.",
                            proof(subject).slices(),
                            NOTHING_TO_TAKE_BACK)
                    .ageing());
        }
        steps.add(new Step(
                        "judge",
                        "Both sides must be equal in every range, or the run ends here.",
                        new SelfCommitting(followed.stream()
                                .flatMap(s -> Stream.of(
                                        new Unaltered(s).check(false),
                                        s.captureOfSource().requireNoTruncate(),
                                        proof(s).judge(id(PROVE, s), false)))
                                .toList()),
                        NOTHING_TO_TAKE_BACK)
                .ageing());
    }

    private void addProofBack(List<Step> steps) {
        steps.add(new Step(
                        "judge-back",
                        "On the way back: both sides must be equal in every range, or it ends here.",
                        LATER,
                        new SelfCommitting(followed.stream()
                                .map(s -> cutover.proofBack(s).judge(id(PROVE_BACK, s), true))
                                .toList()))
                .ageing());
        for (CopySubject subject : followed) {
            steps.add(new Step(
                            id(PROVE_BACK, subject),
                            "On the way back: every row of both tables is read and hashed, range by range, while the application goes on.",
                            LATER,
                            cutover.proofBack(subject).slices())
                    .ageing());
        }
    }

    private List<Sql> captured(CopySubject subject) {
        List<Sql> sql = new ArrayList<>(subject.captureOfSource().start());
        sql.addAll(new Unaltered(subject).remember());
        if (movesMatter(subject)) {
            sql.add(new Unmoved(subject).remember());
        }
        sql.add(subject.remember());
        subject.rest().ifPresent(rest -> sql.add(rest.remember(subject)));
        jobs(subject).ifPresent(jobs -> sql.addAll(jobs.rest()));
        return sql;
    }

    private List<Sql> released(CopySubject subject) {
        List<Sql> sql = new ArrayList<>(List.of(
                subject.captureOfSource().stop(),
                new Unaltered(subject).forget(),
                new Unmoved(subject).forget(),
                subject.forget()));
        subject.rest().ifPresent(rest -> sql.add(Rest.forget(subject)));
        jobs(subject).ifPresent(jobs -> sql.addAll(jobs.goOn()));
        return sql;
    }

    /** Rows of a hypertable are copied by their time, wherever they lie. */
    private static boolean movesMatter(CopySubject subject) {
        return !subject.subject().isHypertable();
    }

    /** Of a hypertable; nothing else has any. */
    private Optional<SourceJobs> jobs(CopySubject subject) {
        return subject.subject().isHypertable()
                ? Optional.of(new SourceJobs(subject.subject(), server))
                : Optional.empty();
    }

    private List<Sql> policiesOf(CopySubject subject) {
        List<Sql> sql = new ArrayList<>();
        policies.ifPresent(p -> {
            sql.addAll(p.create(subject.subject()));
            jobs(subject).ifPresent(jobs -> sql.addAll(jobs.carry(policyStart)));
        });
        return sql;
    }

    private List<Sql> policiesAway(CopySubject subject) {
        List<Sql> sql = new ArrayList<>();
        policies.ifPresent(p -> {
            sql.addAll(p.remove(subject.subject()));
            jobs(subject).ifPresent(jobs -> sql.addAll(jobs.takeAway()));
        });
        return sql;
    }

    private static List<Sql> analyzed(CopySubject subject) {
        List<Sql> sql = new ArrayList<>(CopyTarget.twin(subject).indexComments());
        sql.addAll(CopyTarget.twin(subject).replicaIdentity());
        sql.add(FirstStatistics.of(subject));
        return sql;
    }

    private static CopyProof proof(CopySubject subject) {
        return new CopyProof(subject, subject.name(), subject.copy(), subject.captureOfSource());
    }

    /** Of a step that each table has for itself. */
    private String id(String step, CopySubject subject) {
        return subjects.size() == 1 ? step : step + "-" + (subjects.indexOf(subject) + 1);
    }

    private List<Sql> all(Function<CopySubject, List<Sql>> statements) {
        return subjects.stream().flatMap(s -> statements.apply(s).stream()).toList();
    }
}

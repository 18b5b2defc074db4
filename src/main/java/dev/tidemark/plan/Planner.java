package dev.tidemark.plan;

import dev.tidemark.schema.Table;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Turns a wish and what there is into a plan. */
public final class Planner {
    private final Clock clock;

    /** @param clock says what "now" is where an open end has to be closed */
    public Planner(Clock clock) {
        this.clock = clock;
    }

    /** The plan of turning tables into hypertables; without steps where a finding says that none can be made. */
    public Plan plan(Situation situation) {
        Decision decision = Decision.of(situation);
        List<Finding> findings = Preflight.findings(situation);
        boolean stepsPossible = findings.stream().noneMatch(Finding::blocking);
        return stepsPossible ? planned(situation, decision, findings) : refused(situation, decision, findings);
    }

    /** A query for how many partitions an exchange makes; nothing where there is none, or something stands against it anyway. */
    public Optional<Sql> pieces(Situation situation) {
        return situation
                .exchanged()
                .filter(part -> Preflight.findings(situation).stream().noneMatch(Finding::blocking))
                .map(part -> new Subjects(situation, clock.instant())
                        .exchange(part)
                        .exchange()
                        .grid()
                        .count());
    }

    private Plan planned(Situation situation, Decision decision, List<Finding> findings) {
        if (situation.request().goal().exchanges()) {
            return exchanged(situation, decision, findings);
        }
        if (decision.strategy() == Strategy.COPY) {
            return copied(situation, decision, findings);
        }
        if (LeavingHypertable.isIn(situation)) {
            return left(situation, decision, findings);
        }
        if (situation.request().goal() == ConversionRequest.Goal.PARTITIONS) {
            return attached(situation, decision, findings);
        }
        List<Subject> subjects = new Subjects(situation, clock.instant()).all();
        ChunkStorage storage = storage(situation, decision);
        ForeignKeys foreignKeys = foreignKeys(situation, subjects);
        List<Table> tables = subjects.stream().map(Subject::table).toList();
        Estimate estimate = new Estimator(tables, situation, decision.strategy())
                .estimate(Stream.concat(foreignKeys.children().stream(), foreignKeys.parents().stream())
                        .toList());
        Planned planned = new Planned(situation, decision.strategy(), subjects, estimate);
        List<Finding> all = Stream.concat(findings.stream(), Preflight.findings(planned).stream())
                .toList();
        if (all.stream().anyMatch(Finding::blocking)) {
            return plan(situation, decision, all, List.of(), estimate);
        }
        List<Step> steps =
                new ToHypertable(subjects, situation.server(), storage, foreignKeys, situation.options()).steps();
        return plan(situation, decision, all, steps, estimate);
    }

    private Plan copied(Situation situation, Decision decision, List<Finding> findings) {
        List<CopySubject> subjects = new Subjects(situation, clock.instant()).copied();
        ForeignKeys foreignKeys = foreignKeys(
                situation, subjects.stream().map(CopySubject::subject).toList());
        Estimate estimate = new CopyEstimator(subjects, situation).estimate();
        List<Step> steps = new CopyRecipe(
                        situation.request().goal(), subjects, situation.server(), foreignKeys, situation.options())
                .steps();
        return plan(situation, decision, findings, steps, estimate);
    }

    private Plan exchanged(Situation situation, Decision decision, List<Finding> findings) {
        return situation
                .exchanged()
                .map(part -> exchanged(situation, decision, findings, part))
                .orElseGet(() -> plan(situation, decision, findings, List.of(), Estimate.NONE));
    }

    private Plan exchanged(Situation situation, Decision decision, List<Finding> findings, ExchangedPart part) {
        Subjects.ExchangeNames decided = new Subjects(situation, clock.instant()).exchange(part);
        Exchange exchange = decided.exchange();
        List<CopySubject> subjects = List.of(exchange.copied());
        Options options = situation.options();
        ForeignKeys foreignKeys = new ForeignKeys(situation.request().goal(), List.of(exchange.whole()), null);
        ExchangeEstimator estimator = new ExchangeEstimator(exchange, situation);
        RestingKeys resting = new RestingKeys(
                exchange.table(), estimator.keysRest() ? foreignKeys.kept(exchange.whole()) : List.of());
        CopyForeignKeys local = new CopyForeignKeys(
                subjects,
                foreignKeys,
                situation.request().goal(),
                resting.validate(),
                !part.part().foreignKeys().isEmpty());
        CopyTarget target = new PiecesCopy(exchange.grid(), part.shape(), decided.rest());
        boolean proved = options.verification() != Verification.NONE;
        List<Step> steps = new CopyRecipe(
                        subjects,
                        situation.server(),
                        target,
                        Optional.empty(),
                        new PartitionExchange(exchange, target, foreignKeys, local, resting, proved),
                        local,
                        options)
                .steps();
        Estimate estimate = estimator.estimate();
        List<Finding> all = Stream.concat(
                        findings.stream(),
                        Preflight.findings(
                                new Planned(situation, decision.strategy(), List.of(exchange.own()), estimate))
                                .stream())
                .toList();
        return plan(situation, decision, all, all.stream().anyMatch(Finding::blocking) ? List.of() : steps, estimate);
    }

    /** Plain tables that become history partitions. */
    private Plan attached(Situation situation, Decision decision, List<Finding> findings) {
        List<CopySubject> subjects = new Subjects(situation, clock.instant())
                .copied().stream().map(CopySubject::withoutRange).toList();
        if (Decision.isHandOver(situation)) {
            return plan(
                    situation,
                    decision,
                    findings,
                    new HandOver(
                                    subjects,
                                    situation.server(),
                                    situation.options().policies())
                            .steps(),
                    Estimate.NONE);
        }
        ForeignKeys foreignKeys = foreignKeys(
                situation, subjects.stream().map(CopySubject::subject).toList());
        Estimate estimate = new AttachEstimator(subjects, situation)
                .estimate(Stream.concat(foreignKeys.children().stream(), foreignKeys.parents().stream())
                        .toList());
        List<Step> steps = new ToPartitions(
                        subjects,
                        situation.server(),
                        foreignKeys,
                        triggers(situation).lockingParents(),
                        situation.options())
                .steps();
        return plan(situation, decision, findings, steps, estimate);
    }

    /** Hypertables whose chunks become partitions. */
    private Plan left(Situation situation, Decision decision, List<Finding> findings) {
        List<CopySubject> subjects = new Subjects(situation, clock.instant()).copied();
        List<Subject> tables = subjects.stream().map(CopySubject::subject).toList();
        ForeignKeys foreignKeys = foreignKeys(situation, tables);
        Estimate estimate = new ChunksEstimator(subjects, situation, decision.strategy())
                .estimate(Stream.concat(foreignKeys.children().stream(), foreignKeys.parents().stream())
                        .toList());
        List<Finding> all = Stream.concat(
                        findings.stream(),
                        Preflight.findings(new Planned(situation, decision.strategy(), tables, estimate)).stream())
                .toList();
        if (all.stream().anyMatch(Finding::blocking)) {
            return plan(situation, decision, all, List.of(), estimate);
        }
        List<Step> steps = new ChunksToPartitions(
                        subjects, situation.server(), storage(situation, decision), foreignKeys, situation.options())
                .steps();
        return plan(situation, decision, all, steps, estimate);
    }

    private static ChunkStorage storage(Situation situation, Decision decision) {
        TimescaleDb timescaledb = situation.timescaledb().orElseThrow();
        return decision.strategy() == Strategy.ADOPT
                ? new AdoptedChunks(timescaledb)
                : new AttachedChunks(timescaledb, situation.server().superuser());
    }

    private static ForeignKeys foreignKeys(Situation situation, List<Subject> subjects) {
        ForeignKeyTriggers triggers = GoalWords.isHypertable(situation)
                ? triggers(situation)
                : triggers(situation).lockingParents();
        ForeignKeySubstitute substitute =
                situation.options().foreignKeys() == ForeignKeyChoice.TRIGGER ? triggers : null;
        return new ForeignKeys(situation.request().goal(), subjects, substitute);
    }

    private static ForeignKeyTriggers triggers(Situation situation) {
        return new ForeignKeyTriggers(
                situation.journal(),
                situation.request().timeColumns(),
                situation.server().version());
    }

    private static Plan refused(Situation situation, Decision decision, List<Finding> findings) {
        return plan(situation, decision, findings, List.of(), Estimate.NONE);
    }

    private static Plan plan(
            Situation situation, Decision decision, List<Finding> findings, List<Step> steps, Estimate estimate) {
        ConversionRequest request = situation.request();
        return new Plan(
                request.goal().kind(),
                request.names(),
                request.identity(),
                decision.strategy(),
                decision.why(),
                request.options().maxPause(),
                findings,
                steps,
                estimate);
    }
}

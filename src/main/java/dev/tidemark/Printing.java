package dev.tidemark;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.UntilCutover;
import dev.tidemark.plan.VerifyRequest;
import dev.tidemark.run.ScriptWriter;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** Plans what is to be printed, or finds it in the journal, and prints it. Statements come without their final semicolon. */
final class Printing {
    private final Session session;
    private final Journal journal;
    private final Planning planning;
    private final Cutovers cutovers;

    Printing(Session session, Journal journal, Planning planning, Cutovers cutovers) {
        this.session = session;
        this.journal = journal;
        this.planning = planning;
        this.cutovers = cutovers;
    }

    List<String> conversion(ConversionRequest request) {
        Plan plan = go(planning.plan(request));
        if (plan.steps().isEmpty()) {
            return List.of();
        }
        return scripts(request.options().maxPause())
                .forward(UUID.randomUUID().toString(), plan, request.options().until());
    }

    /** From the journal if the conversion was made, else as it would be if it were made now. */
    List<String> undo(ConversionRequest request) {
        ScriptWriter scripts = scripts(request.options().maxPause());
        return underWay(request).map(scripts::back).orElseGet(() -> {
            Plan plan = go(planning.plan(request));
            return plan.steps().isEmpty()
                    ? List.of()
                    : scripts.back(plan, request.options().until().manual());
        });
    }

    List<String> finalizing(FinalizeRequest request) {
        return scripts(request.maxPause())
                .forward(UUID.randomUUID().toString(), go(planning.plan(request)), UntilCutover.DEFAULTS);
    }

    List<String> proving(VerifyRequest request) {
        return scripts(request.tuning().maxPause())
                .forward(UUID.randomUUID().toString(), go(planning.plan(request)), UntilCutover.DEFAULTS);
    }

    /** As one text, for psql. */
    String proofs(VerifyRequest request) {
        return scripts(request.tuning().maxPause()).proofs(planning.toProve(request));
    }

    /** What is left of a conversion that waits, or of one that is yet to be made. */
    Plan rest(CutoverRequest request, Optional<ConversionRequest> conversion) {
        return pending(conversion)
                .map(c -> Cutovers.rest(planning.plan(c)))
                .orElseGet(() -> cutovers.rest(request, cutovers.waiting(request.table())));
    }

    List<String> cutover(CutoverRequest request, Optional<ConversionRequest> conversion) {
        Optional<ConversionRequest> pending = pending(conversion);
        if (pending.isPresent()) {
            return scripts(request, pending.get()).cutover(go(planning.plan(pending.get())));
        }
        if (cutovers.isOver(request.table())) {
            return List.of();
        }
        Run run = cutovers.waiting(request.table());
        return scripts(request.maxPause().orElse(run.maxPause())).cutover(run);
    }

    List<String> undoCutover(CutoverRequest request, Optional<ConversionRequest> conversion) {
        return cutovers.withCutover(request.table())
                .map(run -> scripts(request.maxPause().orElse(run.maxPause())).backBeforeCutover(run))
                .or(() -> conversion.map(c -> underWay(c)
                        .map(run -> scripts(request, c).backBeforeCutover(run))
                        .orElseGet(() -> scripts(request, c).backBeforeCutover(go(planning.plan(c))))))
                .orElse(List.of());
    }

    /** The conversion, if it has not been begun. */
    private Optional<ConversionRequest> pending(Optional<ConversionRequest> conversion) {
        return conversion.filter(c -> underWay(c).isEmpty());
    }

    private Optional<Run> underWay(ConversionRequest request) {
        return journal.newest(List.of(request.goal().kind()), request.names())
                .filter(run -> run.state() != State.UNDONE);
    }

    private ScriptWriter scripts(CutoverRequest request, ConversionRequest conversion) {
        return scripts(request.maxPause().orElse(conversion.options().maxPause()));
    }

    private ScriptWriter scripts(Duration maxPause) {
        return new ScriptWriter(
                journal,
                maxPause,
                session.first("SHOW server_version_num", r -> r.getInt(1)).orElse(0));
    }

    /** A plan that nothing blocks. @throws Refused with every blocking finding */
    static Plan go(Plan plan) {
        if (!plan.isGo()) {
            throw new Refused("NO-GO for "
                    + plan.tables().stream().map(TableName::toString).collect(Collectors.joining(", ")) + ":"
                    + System.lineSeparator()
                    + plan.blockers().stream()
                            .map(Object::toString)
                            .collect(Collectors.joining(System.lineSeparator())));
        }
        return plan;
    }
}

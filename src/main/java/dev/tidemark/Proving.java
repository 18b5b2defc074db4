package dev.tidemark;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.plan.CopiedTable;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.VerifyRequest;
import dev.tidemark.run.Outcome;
import dev.tidemark.run.Runner;
import dev.tidemark.run.StepFailed;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Has conversions proved again, each proof a run of its own: recorded, resumable, held back like a copy. */
final class Proving {
    private final Session session;
    private final Journal journal;
    private final Runner runner;

    Proving(Session session, Journal journal, Runner runner) {
        this.session = session;
        this.journal = journal;
        this.runner = runner;
    }

    /** Goes on with the proof that was broken off, or begins one. @throws Refused if it does not hold */
    Outcome prove(VerifyRequest request, Plan plan) {
        if (begun(VerifyRequest.KIND, plan.tables(), plan.identity()).isEmpty()) {
            runner.begin(plan, request.tuning());
        }
        Run run = journal.newest(List.of(VerifyRequest.KIND), plan.tables()).orElseThrow();
        try {
            return carryOut(run, request.tuning());
        } catch (StepFailed e) {
            Throwable cause = e.getCause();
            if (cause != null && raised(SqlState.NOTHING_TO_PROVE, e)) {
                throw new Refused(String.valueOf(cause.getMessage()), e);
            }
            if (!raised(SqlState.PROOF_FAILED, e)) {
                throw e;
            }
            throw new Refused(
                    "The conversion of " + plan.tables() + " does not prove itself:" + System.lineSeparator()
                            + "BROKEN: " + e.getMessage(),
                    e);
        }
    }

    /** The unfinished run of that kind, if it is about the same; one that is about something else, as a conversion that was taken back since, is given up. */
    Optional<Run> begun(String kind, List<TableName> tables, Map<String, String> identity) {
        Optional<Run> run = unfinished(kind, tables);
        Optional<Run> same = run.filter(r -> r.identity().equals(Journal.identityText(identity)));
        if (same.isEmpty()) {
            run.ifPresent(stale -> mark(stale, State.UNDONE));
        }
        return same;
    }

    /** Gives up a proof of those tables that was broken off: what it was about is going to change. */
    void giveUp(List<TableName> tables) {
        tables.forEach(table -> unfinished(VerifyRequest.KIND, List.of(table)).ifPresent(run -> {
            mark(run, State.UNDONE);
            scatter(run.tables());
        }));
    }

    /** Partitions that a proof had shown to itself could not be dropped any more. */
    private void scatter(List<TableName> tables) {
        tables.forEach(table ->
                session.execute(Sql.of("DROP VIEW IF EXISTS %I", CopiedTable.gathered(journal.schema(), table))));
    }

    /** Carries out a run that is over where a proof does not hold: whoever asks again gets a new one, and a new proof. */
    Outcome carryOut(Run run, Tuning tuning) {
        try {
            return runner.forward(run, tuning);
        } catch (StepFailed e) {
            if (raised(SqlState.PROOF_FAILED, e) || raised(SqlState.NOTHING_TO_PROVE, e)) {
                mark(run, State.FAILED);
                scatter(run.tables());
            }
            throw e;
        }
    }

    /** The newest run of that kind that includes one of the tables, if it was not finished. */
    Optional<Run> unfinished(String kind, List<TableName> tables) {
        return tables.stream()
                .flatMap(table -> journal.newest(List.of(kind), table).stream())
                .filter(run -> run.state() == State.RUNNING)
                .findFirst();
    }

    /** For one whose lock we have. */
    private void mark(Run run, State state) {
        session.execute(journal.state(Journal.run(run.id()), state));
    }

    private static boolean raised(String sqlState, StepFailed e) {
        return e.getCause() instanceof DatabaseException cause
                && cause.sqlState().equals(sqlState);
    }
}

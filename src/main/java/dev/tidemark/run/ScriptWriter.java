package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.journal.SliceQueue;
import dev.tidemark.journal.StepState;
import dev.tidemark.plan.Action;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.ProofScript;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.ToProof;
import dev.tidemark.plan.UntilCutover;
import dev.tidemark.sql.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes what the runner would do as a script for psql: the same statements in the same transactions under the same settings, with the same
 * notes in the journal, so that a server which psql changed cannot be told from one that we changed.
 *
 * <p>Statements come without their last semicolon, as Liquibase wants them.
 */
public final class ScriptWriter {
    /** One line for psql: stop at the first error, or later steps would run after a failed one. */
    private static final String STOP_ON_ERROR =
            "\\set ON_ERROR_STOP on \\\\ SELECT 'Tidemark: the script stops at the first error'";

    /** So that psql prints proofs and nothing else. */
    private static final String ALONE =
            "\\set ON_ERROR_STOP on\n\\set QUIET on\n\\pset tuples_only on\n\\pset format unaligned\n";

    private final Journal journal;
    private final Duration maxPause;
    private final int serverVersion;

    public ScriptWriter(Journal journal, Duration maxPause, int serverVersion) {
        this.journal = journal;
        this.maxPause = maxPause;
        this.serverVersion = serverVersion;
    }

    /** A whole new run; up to its cutover where that waits for somebody. */
    public List<String> forward(String runId, Plan plan, UntilCutover until) {
        List<String> script = new ArrayList<>();
        script.add(
                comment(
                        "Tidemark: " + plan.kind() + " of "
                                + plan.tables().stream().map(Object::toString).collect(Collectors.joining(", "))
                                + ", strategy "
                                + plan.strategy().name().toLowerCase(java.util.Locale.ROOT)
                                + (until.manual() ? ", up to its cutover" : "")
                                + ". For psql. If it stops, nothing of the statement that failed has been done: remove the cause and go on from there."));
        script.add(STOP_ON_ERROR);
        journal.installation().ifPresent(sql -> script.add("BEGIN;\n" + sql.strip() + "\nCOMMIT"));
        script.add(setRun(Journal.run(runId)));
        script.add(transaction(List.of(), journal.begin(Journal.CURRENT_RUN, plan, until.logLimit())));
        int end = until.manual() ? cutover(plan.steps()) : plan.steps().size();
        for (int i = 0; i < end; i++) {
            script.addAll(step(plan.steps().get(i), i, plan.steps().size(), false));
        }
        script.add((until.manual()
                        ? journal.cutoverWait().begins(Journal.CURRENT_RUN)
                        : journal.state(Journal.CURRENT_RUN, State.DONE))
                .text());
        return script;
    }

    /** What is left of a plan that will wait for its cutover. */
    public List<String> cutover(Plan plan) {
        return cutover(journal.runOf(plan.kind(), plan.tables()), plan.steps(), "the newest run of these tables");
    }

    /** What is left of a run that waits for its cutover. */
    public List<String> cutover(Run run) {
        return cutover(Journal.run(run.id()), steps(run), "run " + run.id());
    }

    private List<String> cutover(Sql run, List<Step> steps, String which) {
        List<String> script = new ArrayList<>();
        script.add(comment("Tidemark: goes on with " + which + ", which waits for its cutover. For psql."));
        script.add(STOP_ON_ERROR);
        script.add(setRun(run));
        script.add(journal.cutoverWait()
                .require(
                        State.WAITING_FOR_CUTOVER,
                        "Run the script of its conversion first. \"liquibase tidemark status\" lists the runs.")
                .text());
        script.add(transaction(List.of(), journal.cutoverWait().ends(Journal.CURRENT_RUN)));
        for (int i = 0; i < steps.size(); i++) {
            if (i >= cutover(steps) || steps.get(i).ages()) {
                script.addAll(step(steps.get(i), i, steps.size(), false));
            }
        }
        script.add(journal.state(Journal.CURRENT_RUN, State.DONE).text());
        return script;
    }

    /** Proofs alone, for psql: one line for each that holds, an error at the first that does not. */
    public String proofs(ToProof.Subject subject) {
        List<Sql> statements = new ArrayList<>(TransactionSettings.ofReading());
        statements.addAll(ProofScript.of(subject));
        return comment("Tidemark: proves the conversion of "
                        + subject.tables().stream().map(Object::toString).collect(Collectors.joining(", "))
                        + " again. Reads, and changes nothing. Run it with psql -f, not in a transaction:"
                        + " a line for each proof that holds, exit code 3 at the first that does not.")
                + "\n" + ALONE
                + statements.stream().map(sql -> sql.text() + ";\n").collect(Collectors.joining());
    }

    /** The way back of a plan that may not have been carried out yet; what somebody has taken back of it by then is left out where its cutover waits. */
    public List<String> back(Plan plan, boolean manual) {
        return back(
                journal.runOf(plan.kind(), plan.tables()),
                plan.steps(),
                manual,
                "takes back the newest run of these tables");
    }

    /** The way back of a run. */
    public List<String> back(Run run) {
        return back(Journal.run(run.id()), steps(run), run.ready().isPresent(), "takes back run " + run.id());
    }

    private List<String> back(Sql run, List<Step> steps, boolean manual, String which) {
        List<String> script = beginBack(run, which);
        List<String> body = new ArrayList<>();
        int cutover = cutover(steps);
        boolean marked = false;
        for (int i = steps.size() - 1; i >= 0; i--) {
            if (manual && i == cutover - 1) {
                // The cutover may not have been made, or have been taken back by the script of cutoverConversion.
                body.set(
                        0,
                        journal.cutoverWait().hasCutOver(Step.CUTOVER)
                                + " AS tidemark_cut_over \\gset\n\\if :tidemark_cut_over\n" + body.get(0));
                body.add("\\endif\n" + journal.state(Journal.CURRENT_RUN, State.UNDOING));
            }
            if (!marked && !steps.get(i).down().onlyAsks()) {
                body.add(journal.state(Journal.CURRENT_RUN, State.UNDOING).text());
                marked = true;
            }
            body.addAll(step(steps.get(i), i, steps.size(), true));
        }
        script.addAll(body);
        script.add(journal.state(Journal.CURRENT_RUN, State.UNDONE).text());
        return script;
    }

    /** The way back of the cutover alone, of a plan that may not have been carried out yet. */
    public List<String> backBeforeCutover(Plan plan) {
        return backBeforeCutover(
                journal.runOf(plan.kind(), plan.tables()), plan.steps(), "the newest run of these tables");
    }

    /** The way back of the cutover alone. */
    public List<String> backBeforeCutover(Run run) {
        return backBeforeCutover(Journal.run(run.id()), steps(run), "run " + run.id());
    }

    private List<String> backBeforeCutover(Sql run, List<Step> steps, String which) {
        List<String> script = beginBack(run, "takes back the cutover of " + which);
        boolean marked = false;
        for (int i = steps.size() - 1; i >= cutover(steps); i--) {
            if (!marked && !steps.get(i).down().onlyAsks()) {
                script.add(journal.state(Journal.CURRENT_RUN, State.UNDOING).text());
                marked = true;
            }
            script.addAll(step(steps.get(i), i, steps.size(), true));
        }
        return script;
    }

    private static List<String> beginBack(Sql run, String what) {
        return new ArrayList<>(List.of(comment("Tidemark: " + what + ". For psql."), STOP_ON_ERROR, setRun(run)));
    }

    private static List<Step> steps(Run run) {
        return run.steps().stream().map(Run.RecordedStep::step).toList();
    }

    private static int cutover(List<Step> steps) {
        return IntStream.range(0, steps.size())
                .filter(i -> steps.get(i).isCutover())
                .findFirst()
                .orElse(steps.size());
    }

    private List<String> step(Step step, int ordinal, int of, boolean back) {
        List<String> script = new ArrayList<>();
        String title = comment(
                "Step " + (ordinal + 1) + " of " + of + ": " + step.id() + (back ? ", back" : "") + ". " + step.why());
        (back ? step.down() : step.up()).interpretedBy(new Action.Interpreter<Boolean>() {
            @Override
            public Boolean window(Action.Window window) {
                commitThemselves(script, window.prepare());
                List<Sql> statements = new ArrayList<>(List.of(window.lock()));
                statements.add(
                        TransactionSettings.statementTimeout(maxPause.minus(TransactionSettings.lockWait(maxPause))));
                statements.addAll(window.statements());
                statements.add(note(ordinal, back, 1, 1));
                return script.add(transaction(
                        TransactionSettings.ofWindow(Optional.empty(), maxPause, serverVersion), statements));
            }

            @Override
            public Boolean online(Action.Online online) {
                return each(
                        script,
                        online.statements(),
                        TransactionSettings.ofOnlineWork(Optional.empty(), maxPause),
                        ordinal,
                        back);
            }

            @Override
            public Boolean selfCommitting(Action.SelfCommitting action) {
                commitThemselves(script, action.statements());
                return script.add(note(ordinal, back, 1, 1).text());
            }

            @Override
            public Boolean check(Action.Check check) {
                List<Sql> statements = new ArrayList<>(check.statements());
                statements.add(note(ordinal, back, 1, 1));
                return script.add(
                        transaction(TransactionSettings.ofOnlineWork(Optional.empty(), maxPause), statements));
            }

            @Override
            public Boolean slices(Action.Slices slices) {
                SliceQueue queue = journal.slices(Journal.CURRENT_RUN, ordinal, back);
                commitThemselves(
                        script,
                        List.of(
                                queue.list(slices.parts()),
                                queue.doAll(slices.work().format())));
                return script.add(note(ordinal, back, 1, 1).text());
            }

            @Override
            public Boolean cutover(Action.Cutover cutover) {
                commitThemselves(script, cutover.prepare());
                // A script cannot try again; so what has come since is replayed inside, and a transaction that takes
                // its only snapshot in this very
                // moment sees the table without it.
                List<Sql> statements = new ArrayList<>(List.of(
                        cutover.hold(),
                        TransactionSettings.statementTimeout(maxPause.minus(TransactionSettings.lockWait(maxPause)))));
                statements.addAll(cutover.replay());
                statements.add(cutover.settle());
                statements.add(cutover.lock());
                statements.addAll(cutover.statements());
                statements.add(note(ordinal, back, 1, 1));
                return script.add(transaction(
                        TransactionSettings.ofWindow(Optional.empty(), maxPause, serverVersion), statements));
            }

            @Override
            public Boolean buildIndexes(Action.BuildIndexes indexes) {
                commitThemselves(script, indexes.prepare());
                List<Sql> build = new ArrayList<>(List.of(TransactionSettings.UNHURRIED));
                build.addAll(indexes.build());
                commitThemselves(script, build);
                return script.add(note(ordinal, back, 1, 1).text());
            }

            @Override
            public Boolean nothing(Action.Nothing nothing) {
                return script.add(note(ordinal, back, 1, 1).text());
            }
        });
        script.set(0, title + "\n" + script.get(0));
        return script;
    }

    private boolean each(List<String> script, List<Sql> statements, List<Sql> settings, int ordinal, boolean back) {
        if (statements.isEmpty()) {
            return script.add(note(ordinal, back, 0, 0).text());
        }
        for (int i = 0; i < statements.size(); i++) {
            script.add(
                    transaction(settings, List.of(statements.get(i), note(ordinal, back, i + 1, statements.size()))));
        }
        return true;
    }

    private void commitThemselves(List<String> script, List<Sql> statements) {
        if (!statements.isEmpty()) {
            List<Sql> all = new ArrayList<>(TransactionSettings.ofSelfCommitting(Optional.empty(), maxPause));
            all.addAll(statements);
            all.addAll(TransactionSettings.reset());
            script.add(Sql.join(";\n", all).text());
        }
    }

    private Sql note(int ordinal, boolean back, int done, int of) {
        StepState state =
                done < of ? (back ? StepState.UNDOING : StepState.STARTED) : (back ? StepState.UNDONE : StepState.DONE);
        return journal.step(Journal.CURRENT_RUN, ordinal, state, back, done);
    }

    private static String setRun(Sql run) {
        return Sql.of("SELECT pg_catalog.set_config(%L, (%s)::text, false)", Journal.RUN_SETTING, run)
                .text();
    }

    private static String transaction(List<Sql> settings, List<Sql> statements) {
        List<Sql> all = new ArrayList<>(List.of(new Sql("BEGIN")));
        all.addAll(settings);
        all.addAll(statements);
        all.add(new Sql("COMMIT"));
        return Sql.join(";\n", all).text();
    }

    private static String comment(String text) {
        return text.lines().map(line -> "-- " + line).collect(Collectors.joining("\n"));
    }
}

package dev.tidemark;

import dev.tidemark.catalog.Catalog;
import dev.tidemark.journal.ChangeLog;
import dev.tidemark.journal.Control;
import dev.tidemark.journal.ControlChange;
import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.RunLock;
import dev.tidemark.journal.RunStatus;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.maintenance.Retention;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.ProofQueries;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.run.Assistance;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.run.Runner;
import dev.tidemark.schema.Table;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.Siblings;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * Plans, runs, undoes and finalizes conversions over one connection, or over further ones as well.
 *
 * <p>Borrows the connection and never closes it; further ones it opens and closes. For use by one thread at a time, except {@link #stop()}.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Tidemark {
    /** The schema of the journal unless another is given. */
    public static final String DEFAULT_SCHEMA = "tidemark";

    private final Session session;
    private final Journal journal;
    private final Runner runner;
    private final Planning planning;
    private final Steering steering;
    private final Cutovers cutovers;
    private final Printing printing;

    private Tidemark(Connection connection, Siblings siblings, String journalSchema, Listener listener) {
        this.session = new Session(connection);
        this.journal = new Journal(session, journalSchema);
        this.runner = new Runner(session, siblings, journal, listener);
        this.planning = new Planning(new Catalog(session), journal);
        this.steering = new Steering(session, journal);
        this.cutovers = new Cutovers(journal, runner);
        this.printing = new Printing(session, journal, planning, cutovers);
    }

    /** With the journal in schema {@value #DEFAULT_SCHEMA}, silently. */
    public static Tidemark on(Connection connection) {
        return on(connection, DEFAULT_SCHEMA, Listener.SILENT);
    }

    /** With the journal in a schema of your own, and somebody who hears what happens. */
    public static Tidemark on(Connection connection, String journalSchema, Listener listener) {
        return on(connection, Siblings.NONE, journalSchema, listener);
    }

    /** The same with further connections for work that several can share; each must lead to where {@code connection} leads, which is checked. */
    public static Tidemark on(Connection connection, Siblings siblings, String journalSchema, Listener listener) {
        return new Tidemark(connection, siblings, journalSchema, listener);
    }

    /** The same with further connections from a pool. It must leave {@code connection} to the caller, and is asked only while there is work for more. */
    public static Tidemark on(Connection connection, DataSource siblings, String journalSchema, Listener listener) {
        return on(connection, Siblings.of(siblings), journalSchema, listener);
    }

    /** What would be done; changes nothing. */
    public Plan plan(ConversionRequest request) {
        return planning.plan(request);
    }

    /** Does it, up to its cutover where that waits for {@link #cutover}; or goes on with it, or finds it done. @throws dev.tidemark.sql.Refused with every blocking finding */
    public Outcome apply(ConversionRequest request) {
        return alone(request.names(), () -> applyAlone(request));
    }

    private Outcome applyAlone(ConversionRequest request) {
        Optional<Run> known = journal.newest(List.of(request.goal().kind()), request.names())
                .filter(run -> run.state() != State.UNDONE);
        if (known.isPresent()) {
            Run run = known.get();
            requireSameIdentity(run, Journal.identityText(request.identity()));
            return switch (run.state()) {
                case DONE, FINALIZED -> alreadyDone(run);
                case UNDOING ->
                    throw new Refused("The conversion of " + run.tables() + " is being taken back (run " + run.id()
                            + "). Finish that first: repeat the rollback, or \"liquibase tidemark abort\".");
                default -> runner.forward(run, request.options().tuning());
            };
        }
        requireFinalized(request);
        return begin(plan(request), request.options().tuning());
    }

    /** What the way back of an earlier conversion needs would be in the way of a further one. */
    private void requireFinalized(ConversionRequest request) {
        for (TableName table : request.names()) {
            journal.newest(ConversionRequest.KINDS, table)
                    .filter(run -> run.state() != State.UNDONE && run.state() != State.FINALIZED)
                    .ifPresent(run -> {
                        throw new Refused("Run " + run.id() + ", " + run.kind() + " of " + run.tables() + ", is "
                                + run.state()
                                + ", and its way back is still open. Finalize it with finalizeConversion, or take"
                                + " it back, before " + table + " is converted again.");
                    });
        }
    }

    /** Takes a conversion back, finished or not, keeping every row written since. Its windows have the budget that the conversion was begun with. */
    public Outcome undo(List<TableName> tables) {
        return alone(tables, () -> undoAlone(tables, Optional.empty()));
    }

    /** The same with windows of another budget, or another number of workers. */
    public Outcome undo(List<TableName> tables, Tuning tuning) {
        return alone(tables, () -> undoAlone(tables, Optional.of(tuning)));
    }

    private Outcome undoAlone(List<TableName> tables, Optional<Tuning> tuning) {
        Optional<Run> run = journal.newest(ConversionRequest.KINDS, tables);
        if (run.isEmpty() || run.get().state() == State.UNDONE) {
            return nothingToUndo(run.map(Run::id).orElse(""));
        }
        if (run.get().state() == State.FINALIZED) {
            throw new Refused(
                    "The conversion of " + run.get().tables() + " was finalized: what its way back needed is gone. "
                            + "Convert the tables anew in the other direction, or restore a backup.");
        }
        return runner.back(run.get(), tuning.orElseGet(() -> Tuning.of(run.get().maxPause())));
    }

    /** The complete SQL of {@link #apply}, for psql on a server without Tidemark; statements without their final semicolon. */
    public List<String> script(ConversionRequest request) {
        return printing.conversion(request);
    }

    /** The complete SQL of {@link #undo}; from the journal if the conversion was made, else as it would be if it were made now. */
    public List<String> undoScript(ConversionRequest request) {
        return printing.undo(request);
    }

    /**
     * Goes on with a conversion that waits for its cutover: proves again what has grown old, cuts over, and does the rest; or finds it done.
     *
     * @throws dev.tidemark.sql.Refused if none waits
     */
    public Outcome cutover(CutoverRequest request) {
        return alone(
                groupOf(request.table()),
                () -> cutovers.isOver(request.table())
                        ? alreadyDone(journal.newest(ConversionRequest.KINDS, request.table())
                                .orElseThrow())
                        : cutovers.goOn(request));
    }

    /** Replays what has changed while a conversion waits for its cutover, which goes on waiting. @throws dev.tidemark.sql.Refused if none waits */
    public Outcome catchUp(TableName table) {
        return alone(groupOf(table), () -> cutovers.catchUp(table));
    }

    /** Takes the cutover of a conversion back, keeping every row written since; {@link #undo} takes back the rest. */
    public Outcome undoCutover(CutoverRequest request) {
        return alone(groupOf(request.table()), () -> cutovers.takeBack(request).orElseGet(() -> nothingToUndo("")));
    }

    /**
     * What is left of a conversion that waits for its cutover.
     *
     * @param conversion one that is yet to be made, if none waits
     */
    public Plan plan(CutoverRequest request, Optional<ConversionRequest> conversion) {
        return printing.rest(request, conversion);
    }

    /** The complete SQL of {@link #cutover}; of a conversion yet to be made, it comes after the conversion's own. */
    public List<String> script(CutoverRequest request, Optional<ConversionRequest> conversion) {
        return printing.cutover(request, conversion);
    }

    /** The complete SQL of {@link #undoCutover}. */
    public List<String> undoScript(CutoverRequest request, Optional<ConversionRequest> conversion) {
        return printing.undoCutover(request, conversion);
    }

    /** What finalizing would do. */
    public Plan plan(FinalizeRequest request) {
        return planning.plan(request);
    }

    /** Gives up the way back. */
    public Outcome finalizeConversion(FinalizeRequest request) {
        return alone(groupOf(request.table()), () -> finalizeAlone(request));
    }

    private Outcome finalizeAlone(FinalizeRequest request) {
        Optional<Run> known = journal.newest(List.of(FinalizeRequest.KIND), request.table())
                .filter(run -> run.state() == State.RUNNING);
        if (known.isPresent()) {
            return runner.forward(known.get(), Tuning.of(request.maxPause()));
        }
        Optional<Run> conversion = journal.newest(ConversionRequest.KINDS, request.table());
        if (conversion.isPresent() && conversion.get().state() == State.FINALIZED) {
            return alreadyDone(conversion.get());
        }
        return begin(plan(request), Tuning.of(request.maxPause()));
    }

    /** The complete SQL of {@link #finalizeConversion}. */
    public List<String> script(FinalizeRequest request) {
        return printing.finalizing(request);
    }

    /** Takes back an unfinished run. @throws dev.tidemark.sql.Refused if there is none */
    public Outcome abort(TableName table) {
        return alone(groupOf(table), () -> abortAlone(table));
    }

    private Outcome abortAlone(TableName table) {
        Run run = journal.newest(List.of(), table)
                .filter(r -> r.state().isUnfinished())
                .orElseThrow(
                        () -> new Refused("There is no unfinished run on " + table + ", so there is nothing to abort. "
                                + "A finished conversion is taken back by \"liquibase rollback\"."));
        if (run.kind().equals(FinalizeRequest.KIND)
                && journal.newest(ConversionRequest.KINDS, table)
                        .filter(conversion -> conversion.state() == State.FINALIZED)
                        .isPresent()) {
            throw new Refused("The conversion of " + run.tables() + " was finalized: what its way back needed is gone. "
                    + "Run the same finalizeConversion again, to its end.");
        }
        return runner.back(run, Tuning.of(run.maxPause()));
    }

    /** What the journal knows, newest first; of one table or of all. */
    public List<RunStatus> status(Optional<TableName> table) {
        return journal.status(table);
    }

    /**
     * Lets the copy of the unfinished run on the table rest, within a second or two, until {@link #resume}; what it has copied stays, and steps that do not
     * copy go on. From another connection than the run's.
     *
     * @throws dev.tidemark.sql.Refused if there is no unfinished run
     */
    public Control pause(TableName table, Optional<String> why) {
        return steering.change(table, ControlChange.NONE.pausing(why));
    }

    /** Ends a pause. Returns whether there was one. @throws dev.tidemark.sql.Refused if there is no unfinished run */
    public boolean resume(TableName table) {
        boolean paused = steering.of(table).paused();
        steering.change(table, ControlChange.NONE.resuming());
        return paused;
    }

    /** Changes workers and limits of the unfinished run on the table, and whether it is paused. @throws dev.tidemark.sql.Refused if there is none */
    public Control limits(TableName table, ControlChange change) {
        return steering.change(table, change);
    }

    /** What was said to the unfinished run on the table. @throws dev.tidemark.sql.Refused if there is none */
    public Control control(TableName table) {
        return steering.of(table);
    }

    /** What was said to that run. */
    public Control control(RunStatus run) {
        return steering.of(run);
    }

    /**
     * Helps the unfinished run on the table, which another process carries out, with what can be shared: copying, indexes and proof, until nothing of that
     * is left. Never takes it over; may be stopped or killed at any moment. Limits and pauses of the run hold here too.
     *
     * @param workers connections to work with, at most
     * @throws dev.tidemark.sql.Refused if there is no unfinished run
     */
    public Assistance assist(TableName table, int workers) {
        Run run = journal.newest(List.of(), table)
                .filter(r -> r.state().isUnfinished())
                .orElseThrow(() -> new Refused("There is no unfinished run on " + table
                        + ", so there is nothing to help with. \"liquibase tidemark status\" lists the runs."));
        return runner.assist(run, new Tuning(run.maxPause(), workers).workers());
    }

    /** How large the logs of changes are that a run keeps now. */
    public List<ChangeLog> changeLogs(RunStatus run) {
        return run.state().isUnfinished() || run.state() == State.DONE
                ? journal.changeLogs(session, run.tables())
                : List.of();
    }

    /** Rows that generated triggers let dangle, one line a substituted foreign key; of one child table or of all. Reads the tables. */
    public List<String> orphans(Optional<TableName> child) {
        return journal.isInstalled() ? journal.orphans(child) : List.of();
    }

    /** Proves a conversion again, now. Returns one line a proof. @throws dev.tidemark.sql.Refused if one does not hold */
    public List<String> verify(TableName table) {
        List<String> lines = new ArrayList<>();
        List<String> broken = new ArrayList<>();
        for (String query : proofScript(table)) {
            session.query(query, row -> {
                boolean holds = row.getString("expected").equals(row.getString("found"));
                String line = (holds ? "holds: " : "BROKEN: ") + row.getString("proof") + ": " + row.getString("found")
                        + (holds ? "" : ", expected " + row.getString("expected"));
                (holds ? lines : broken).add(line);
                return line;
            });
        }
        if (!broken.isEmpty()) {
            throw new Refused("The conversion of " + table + " does not prove itself:" + System.lineSeparator()
                    + String.join(System.lineSeparator(), broken));
        }
        return lines;
    }

    /** The queries of {@link #verify} as plain SQL, for anybody to repeat without Tidemark; each returns proof, expected and found. */
    public List<String> proofScript(TableName table) {
        Run run = journal.newest(ConversionRequest.KINDS, table)
                .filter(r -> r.state() == State.DONE || r.state() == State.FINALIZED)
                .orElseThrow(() -> new Refused("There is no finished conversion of " + table + " to verify."));
        if (run.strategy().equals(Strategy.COPY.name())) {
            return planning.copyProofs(run).map(Sql::text).toList();
        }
        Table hypertable = planning.read(table);
        return new ProofQueries(hypertable, run.id(), journal.schema())
                .all().stream().map(Sql::text).toList();
    }

    /** Runs what is due of the retention policies that Tidemark keeps itself. Returns one line per chunk dropped or kept and why. */
    public List<String> maintain(Optional<TableName> table) {
        return journal.isInstalled() ? new Retention(session, journal).apply(table) : List.of();
    }

    /** Asks a run in another thread to stop at the next safe point; it can be resumed. Returns at once. */
    public void stop() {
        runner.stop();
    }

    /** What the journal says is only worth acting on while nobody else can act on it. */
    private Outcome alone(List<TableName> tables, Supplier<Outcome> work) {
        try {
            RunLock lock = RunLock.take(session, tables);
            try {
                return work.get();
            } finally {
                lock.close();
            }
        } catch (DatabaseException e) {
            if (SqlState.connectionLost(e.sqlState()) && !session.isAlive(1)) {
                throw new RetryLater(
                        "The connection was lost. What is committed is kept; run the same change again to go on. "
                                + e.getMessage(),
                        e);
            }
            throw e;
        }
    }

    /** The tables that are converted together with this one, itself included. */
    private List<TableName> groupOf(TableName table) {
        return journal.newest(List.of(), table).map(Run::tables).orElse(List.of(table));
    }

    private Outcome begin(Plan plan, Tuning tuning) {
        Printing.go(plan);
        journal.install();
        runner.begin(plan, tuning);
        return runner.forward(
                journal.newest(List.of(plan.kind()), plan.tables()).orElseThrow(), tuning);
    }

    private Outcome alreadyDone(Run run) {
        return new Outcome(
                run.id(), Outcome.Result.ALREADY_DONE, 0, Duration.ZERO, Duration.ZERO, journal.proofs(run.id()));
    }

    private static Outcome nothingToUndo(String runId) {
        return new Outcome(runId, Outcome.Result.NOTHING_TO_UNDO, 0, Duration.ZERO, Duration.ZERO, List.of());
    }

    private static void requireSameIdentity(Run run, String identity) {
        if (!run.identity().equals(identity)) {
            throw new Refused("Run " + run.id() + " on " + run.tables() + " is " + run.state()
                    + " and was begun with other attributes. Go on with the same ones, or take it back first with \"liquibase tidemark abort\" or a rollback."
                    + System.lineSeparator() + "Begun with:" + System.lineSeparator() + run.identity()
                    + System.lineSeparator() + "Asked for now:"
                    + System.lineSeparator() + identity);
        }
    }
}

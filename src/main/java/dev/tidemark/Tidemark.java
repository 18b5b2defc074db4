package dev.tidemark;

import dev.tidemark.journal.ChangeLog;
import dev.tidemark.journal.Control;
import dev.tidemark.journal.ControlChange;
import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.RunLock;
import dev.tidemark.journal.RunStatus;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.maintenance.Maintained;
import dev.tidemark.maintenance.Maintenance;
import dev.tidemark.maintenance.PartitionHealth;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.VerifyRequest;
import dev.tidemark.run.Assistance;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.run.Runner;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.Siblings;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.sql.TableName;
import java.sql.Connection;
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
    private final Proving proving;
    private final Conversions conversions;
    private final Cutovers cutovers;
    private final Printing printing;

    private Tidemark(Connection connection, Siblings siblings, String journalSchema, Listener listener) {
        this.session = new Session(connection);
        this.journal = new Journal(session, journalSchema);
        this.runner = new Runner(session, siblings, journal, listener);
        this.planning = new Planning(session, journal);
        this.steering = new Steering(session, journal);
        this.proving = new Proving(session, journal, runner);
        this.conversions = new Conversions(journal, runner, planning, proving, listener);
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
        return conversions.plan(request);
    }

    /** Does it, up to its cutover where that waits for {@link #cutover}; or goes on with it, or finds it done. @throws dev.tidemark.sql.Refused with every blocking finding */
    public Outcome apply(ConversionRequest request) {
        return alone(request.names(), () -> conversions.apply(request));
    }

    /** Takes a conversion back, finished or not, keeping every row written since. Its windows have the budget that the conversion was begun with. */
    public Outcome undo(List<TableName> tables) {
        return alone(tables, () -> conversions.undo(tables, Optional.empty()));
    }

    /** The same with windows of another budget, or another number of workers. */
    public Outcome undo(List<TableName> tables, Tuning tuning) {
        return alone(tables, () -> conversions.undo(tables, Optional.of(tuning)));
    }

    /** The same for one that was asked for: where it had nothing to do, nothing is taken back. */
    public Outcome undo(ConversionRequest request) {
        return alone(request.names(), () -> conversions.undo(request));
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
                conversions.groupOf(request.table()),
                () -> cutovers.isOver(request.table())
                        ? conversions.alreadyDone(journal.newest(ConversionRequest.KINDS, request.table())
                                .orElseThrow())
                        : cutovers.goOn(request));
    }

    /** Replays what has changed while a conversion waits for its cutover, which goes on waiting. @throws dev.tidemark.sql.Refused if none waits */
    public Outcome catchUp(TableName table) {
        return alone(conversions.groupOf(table), () -> cutovers.catchUp(table));
    }

    /** Takes the cutover of a conversion back, keeping every row written since; {@link #undo} takes back the rest. */
    public Outcome undoCutover(CutoverRequest request) {
        return alone(conversions.groupOf(request.table()), () -> cutovers.takeBack(request)
                .orElseGet(() -> Conversions.nothingToUndo("")));
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
        return alone(conversions.groupOf(request.table()), () -> conversions.finalizeConversion(request));
    }

    /** The complete SQL of {@link #finalizeConversion}. */
    public List<String> script(FinalizeRequest request) {
        return printing.finalizing(request);
    }

    /** Takes back an unfinished run. @throws dev.tidemark.sql.Refused if there is none */
    public Outcome abort(TableName table) {
        return alone(conversions.groupOf(table), () -> conversions.abort(table));
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

    /** What proving a conversion again would do. */
    public Plan plan(VerifyRequest request) {
        return planning.plan(request);
    }

    /**
     * Proves a conversion again while the application writes, or one that stopped at its proof; with {@code repair}, makes the side that the application does
     * not use equal to the one that it uses.
     *
     * @throws dev.tidemark.sql.Refused if a proof does not hold, with rows and columns that differ
     */
    public Outcome verify(VerifyRequest request) {
        return alone(conversions.groupOf(request.table()), () -> {
            return proving.prove(request, Printing.go(plan(request)));
        });
    }

    /** The same without a repair. Returns one line a proof. */
    public List<String> verify(TableName table) {
        return verify(VerifyRequest.of(table)).proofs().stream()
                .map(proof -> "holds: " + proof)
                .toList();
    }

    /** The complete SQL of {@link #verify(VerifyRequest)}. */
    public List<String> script(VerifyRequest request) {
        return printing.proving(request);
    }

    /**
     * The proofs of a conversion as a script for psql, for anybody to repeat without Tidemark while the application writes: it prints a line for each that
     * holds, changes nothing, and ends with an error at the first that does not hold.
     */
    public String proofScript(TableName table) {
        return printing.proofs(VerifyRequest.of(table));
    }

    /**
     * Makes the partitions that are due and runs what is due of the retention that Tidemark keeps itself, of one table or of all; for a scheduler, every quarter of an
     * hour. Returns one line per partition or chunk that was made, let go or kept, and why. One table's trouble does not keep the others from their turn.
     */
    public List<String> maintain(Optional<TableName> table) {
        return upkeep(table).stream().map(Maintained::toString).toList();
    }

    /** The same as values, which tell whether something failed. */
    public List<Maintained> upkeep(Optional<TableName> table) {
        return new Maintenance(session, journal).apply(table);
    }

    /** How the partitions are that Tidemark manages, of one table or of all. Counts no rows. */
    public List<PartitionHealth> health(Optional<TableName> table) {
        return new Maintenance(session, journal).health(table);
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
}

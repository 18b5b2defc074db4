package dev.tidemark;

import dev.tidemark.journal.RunStatus;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.HypertableRequest;
import dev.tidemark.plan.Plan;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;

/**
 * Plans, runs, undoes and finalizes conversions over one connection.
 *
 * <p>Borrows the connection and never closes it. For use by one thread at a time, except {@link #stop()}.
 */
public final class Tidemark {
    /** The schema of the journal unless another is given. */
    public static final String DEFAULT_SCHEMA = "tidemark";

    public static Tidemark on(Connection connection) {
        return on(connection, DEFAULT_SCHEMA, Listener.SILENT);
    }

    public static Tidemark on(Connection connection, String journalSchema, Listener listener) {
        throw new UnsupportedOperationException();
    }

    /** What would be done; changes nothing. */
    public Plan plan(HypertableRequest request) {
        throw new UnsupportedOperationException();
    }

    /** Does it, or goes on with it, or finds it done. @throws dev.tidemark.sql.Refused with every blocking finding */
    public Outcome apply(HypertableRequest request) {
        throw new UnsupportedOperationException();
    }

    /** Takes a conversion back, finished or not, keeping every row written since. */
    public Outcome undo(List<TableName> tables) {
        throw new UnsupportedOperationException();
    }

    /** The complete SQL of {@link #apply}, for psql on a server without Tidemark; statements without their final semicolon. */
    public List<String> script(HypertableRequest request) {
        throw new UnsupportedOperationException();
    }

    /** The complete SQL of {@link #undo}; from the journal if the conversion was made, else as it would be if it were made now. */
    public List<String> undoScript(HypertableRequest request) {
        throw new UnsupportedOperationException();
    }

    /** What finalizing would do. */
    public Plan plan(FinalizeRequest request) {
        throw new UnsupportedOperationException();
    }

    /** Gives up the way back. */
    public Outcome finalizeConversion(FinalizeRequest request) {
        throw new UnsupportedOperationException();
    }

    /** The complete SQL of {@link #finalizeConversion}. */
    public List<String> script(FinalizeRequest request) {
        throw new UnsupportedOperationException();
    }

    /** Takes back an unfinished run. @throws dev.tidemark.sql.Refused if there is none */
    public Outcome abort(TableName table) {
        throw new UnsupportedOperationException();
    }

    /** What the journal knows, newest first; of one table or of all. */
    public List<RunStatus> status(Optional<TableName> table) {
        throw new UnsupportedOperationException();
    }

    /** Proves a conversion again, now. Returns one line a proof. @throws dev.tidemark.sql.Refused if one does not hold */
    public List<String> verify(TableName table) {
        throw new UnsupportedOperationException();
    }

    /** Runs what is due of the retention policies that Tidemark keeps itself. Returns one line per chunk dropped or kept and why. */
    public List<String> maintain(Optional<TableName> table) {
        throw new UnsupportedOperationException();
    }

    /** Asks a run in another thread to stop at the next safe point; it can be resumed. Returns at once. */
    public void stop() {
        throw new UnsupportedOperationException();
    }
}

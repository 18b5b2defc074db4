package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.Sibling;
import dev.tidemark.session.SiblingOpener;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.RetryLater;
import dev.tidemark.sql.Sql;
import dev.tidemark.transfer.Stop;
import dev.tidemark.transfer.Throttle;
import dev.tidemark.transfer.Transfer;
import java.util.List;
import java.util.Optional;

/**
 * Lets workers go on, rest or end: as the throttle says, and as whoever asks this process to stop. With a connection to be had it asks by that one;
 * without, there is one worker, and it asks by its own between two slices.
 *
 * <p>Where the connection that asks is lost everybody rests until the first worker, whose thread may, has opened another.
 */
final class Pace implements Transfer.Rest, AutoCloseable {
    private final Session main;
    private final SiblingOpener siblings;
    private final Journal journal;
    private final Listener listener;
    private final Patience patience;
    private final StepRunner.Claim claim;
    private List<Sql> before = List.of();
    private Optional<Sibling> own = Optional.empty();
    private Optional<Throttle> throttle = Optional.empty();

    Pace(
            Session main,
            SiblingOpener siblings,
            Journal journal,
            Listener listener,
            Patience patience,
            StepRunner.Claim claim) {
        this.main = main;
        this.siblings = siblings;
        this.journal = journal;
        this.listener = listener;
        this.patience = patience;
        this.claim = claim;
        open();
    }

    private void open() {
        own = claim.workers() > 1 ? siblings.open() : Optional.empty();
        if (own.isEmpty() && before.isEmpty()) {
            before = main.query(TransactionSettings.present(), row -> new Sql(row.getString("statement")));
        }
        try {
            throttle = Optional.of(new Throttle(
                    own.map(Sibling::session).orElse(main), journal, claim.runId(), claim.tables(), listener::rests));
        } catch (DatabaseException e) {
            loseOwn(e);
        }
    }

    /** Before the first row is copied. @throws RetryLater where the copy would not fit */
    void begin() {
        Optional<Stop> stop = Optional.empty();
        for (boolean asked = false; !asked; ) {
            try {
                stop = throttle.flatMap(Throttle::reasonNotToBegin);
                asked = throttle.isPresent();
            } catch (DatabaseException e) {
                loseOwn(e);
            }
            if (!asked) {
                patience.checkStop();
                open();
            }
        }
        if (stop.isPresent()) {
            throw new RetryLater(stop.get().message(), null);
        }
    }

    /** Gives the connection that asks up where it is gone. @throws DatabaseException what went wrong, where it is not */
    private void loseOwn(DatabaseException e) {
        if (own.isEmpty()
                || !SqlState.connectionLost(e.sqlState())
                || own.get().session().isAlive(1)) {
            throw e;
        }
        own.get().close();
        own = Optional.empty();
        throttle = Optional.empty();
    }

    /** One thread at a time asks; the others wait for its answer, which holds for a second. */
    @Override
    public synchronized boolean mayWork(int worker) {
        patience.checkStop();
        if (throttle.isEmpty()) {
            if (worker != 0) {
                return false;
            }
            open();
        }
        try {
            return throttle.isPresent() && mayWork(worker, throttle.get());
        } catch (DatabaseException e) {
            loseOwn(e);
            return false;
        }
    }

    private boolean mayWork(int worker, Throttle asked) {
        claim.log().now(own.map(Sibling::session).orElse(main));
        Optional<Stop> stop = asked.reasonToStop();
        if (stop.isPresent()) {
            throw new RetryLater(stop.get().message(), null);
        }
        return asked.reasonToRest().isEmpty() && worker < Math.max(1, asked.workers(claim.workers()));
    }

    @Override
    public void close() {
        own.ifPresent(Sibling::close);
        // The throttle has changed timeouts of a session that is not ours.
        if (!before.isEmpty() && main.isAlive(5)) {
            main.execute(Sql.join(";\n", before));
        }
    }
}

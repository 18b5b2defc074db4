package dev.tidemark.run;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.session.Sibling;
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
 */
final class Pace implements Transfer.Rest, AutoCloseable {
    private final Patience patience;
    private final Throttle throttle;
    private final Optional<Sibling> own;
    private final int workers;
    private final Session main;
    private final List<Sql> before;
    private final LogWatch log;

    Pace(
            Session main,
            Optional<Sibling> own,
            Journal journal,
            Listener listener,
            Patience patience,
            StepRunner.Claim claim) {
        this.log = claim.log();
        this.patience = patience;
        this.own = own;
        this.workers = claim.workers();
        this.main = main;
        this.before = own.isPresent()
                ? List.of()
                : main.query(TransactionSettings.present(), row -> new Sql(row.getString("statement")));
        this.throttle = new Throttle(
                own.map(Sibling::session).orElse(main), journal, claim.runId(), claim.tables(), listener::rests);
    }

    /** One thread at a time asks; the others wait for its answer, which holds for a second. */
    @Override
    public synchronized boolean mayWork(int worker) {
        patience.checkStop();
        log.now(own.map(Sibling::session).orElse(main));
        Optional<Stop> stop = throttle.reasonToStop();
        if (stop.isPresent()) {
            throw new RetryLater(stop.get().message(), null);
        }
        return throttle.reasonToRest().isEmpty() && worker < Math.max(1, throttle.workers(workers));
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

package dev.tidemark.plan;

import dev.tidemark.schema.Server;
import java.util.Locale;
import java.util.stream.Stream;

/** Beyond it PostgreSQL answers {@code out of shared memory} in the middle of the window. */
final class LockCapacity implements PlannedRule {
    /** Part of the table that others may fill meanwhile. */
    private static final double SPARE = 1.25;

    @Override
    public Stream<Finding> judge(Planned planned) {
        Estimate estimate = planned.estimate();
        if (estimate.locks() <= estimate.lockCapacity()) {
            return Stream.empty();
        }
        Server server = planned.situation().server();
        long sessions = server.number("max_connections") + server.number("max_prepared_transactions");
        long needed = (long) Math.ceil(estimate.locks() * SPARE / sessions);
        return Stream.of(Finding.blocking(
                "TM220",
                String.format(
                        Locale.ROOT,
                        "The window takes about %,d locks, and the server is sure to have room for %,d.",
                        estimate.locks(),
                        estimate.lockCapacity()),
                "ALTER SYSTEM SET max_locks_per_transaction = " + needed + "; and restart the server. Converting the"
                        + " tables one by one needs fewer at a time."));
    }
}

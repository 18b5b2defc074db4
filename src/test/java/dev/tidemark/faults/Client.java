package dev.tidemark.faults;

import java.time.Duration;
import java.util.Optional;

/** One start of Tidemark, from its beginning to whatever end. */
interface Client extends AutoCloseable {
    /** Name of its sessions in {@code pg_stat_activity}. */
    String APPLICATION_NAME = "tidemark";

    boolean isRunning();

    /** Waits for its end. Returns what it failed with, empty if it did not. @throws AssertionError if it does not end in time */
    Optional<String> end(Duration limit);

    /** Ends it if it still runs. */
    @Override
    void close();
}

package dev.tidemark.run;

import dev.tidemark.session.DatabaseException;
import java.time.Duration;

/** An attempt that did not commit. */
final class AttemptFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient DatabaseException database;
    private final transient Stopwatch watch;
    private final String locked;

    /** @param locked what it waited for, or did */
    AttemptFailed(DatabaseException cause, Stopwatch watch, String locked) {
        super(cause);
        this.database = cause;
        this.watch = watch;
        this.locked = locked;
    }

    /** What the server said. */
    DatabaseException database() {
        return database;
    }

    String sqlState() {
        return database.sqlState();
    }

    Stopwatch watch() {
        return watch;
    }

    String locked() {
        return locked;
    }

    /** How long it took. */
    Duration took() {
        return watch.sinceAsked();
    }
}

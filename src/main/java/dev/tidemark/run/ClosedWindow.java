package dev.tidemark.run;

import java.time.Duration;

/**
 * A window that was committed.
 *
 * @param waited how long it waited for its locks
 * @param held how long it had them when its COMMIT was sent
 * @param commit how long the answer to COMMIT took. The locks are let go within it: once its record is on disk, and on synchronous standbys, and
 *     before PostgreSQL removes the files of what was dropped, which takes the longer the larger they are ("since this may take many seconds,
 *     also delay until after releasing locks", {@code CommitTransaction} in xact.c, 15 to 17). Measured with the index of an old key of 20 M rows:
 *     31 ms held, 180 ms for the answer, and a reader waited for 34 ms
 */
public record ClosedWindow(Duration waited, Duration held, Duration commit) {

    /** What the application waits for, but for a record's way to the disk. */
    public Duration pause() {
        return waited.plus(held);
    }
}

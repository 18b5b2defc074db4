package dev.tidemark.faults;

import dev.tidemark.testing.Database;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who has read the table wants to write to it, while the cutover, which keeps writers out, wants to keep readers out; or somebody who has
 * locked the new table wants the slices that are being copied into it.
 */
final class Deadlock implements Attack {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    /** A slice begins every few milliseconds. */
    private static final Duration UNTIL_NEXT_SLICE = Duration.ofSeconds(1);

    private static final String WRITERS_HELD =
            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'events'::regclass AND mode = 'ShareRowExclusiveLock' AND granted)";
    private static final String SLICE_WAITS =
            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = to_regclass('%s') AND NOT granted)";
    private static final String HAPPENED =
            "SELECT deadlocks > 0 FROM pg_stat_database WHERE datname = current_database()";

    private @Nullable Intruder intruder;

    @Override
    public void prepare(Database database, Blow blow, Random random) throws Exception {
        intruder = new Intruder(database);
    }

    @Override
    public boolean strike(Scene scene) throws Exception {
        Intruder other = intruder;
        if (other == null) {
            return false;
        }
        boolean copying = scene.blow().step().equals("copy");
        if (copying) {
            if (!scene.arrive()) {
                return false;
            }
            other.execute("LOCK TABLE " + scene.blow().conversion().copy() + " IN ACCESS EXCLUSIVE MODE");
        } else {
            // Forward the capture keeps writers out as well, and asks for nothing more.
            if (!scene.blow().back() && !scene.watch().awaitTrue(LockHeld.COPIED, LIMIT, scene.client()::isRunning)) {
                return false;
            }
            other.execute("LOCK TABLE events IN ACCESS SHARE MODE");
        }
        boolean inTheMiddle = copying
                ? scene.watch()
                        .awaitTrue(
                                SLICE_WAITS.formatted(scene.blow().conversion().copy()),
                                UNTIL_NEXT_SLICE,
                                scene.client()::isRunning)
                : scene.watch().awaitTrue(WRITERS_HELD, LIMIT, scene.client()::isRunning);
        if (inTheMiddle) {
            other.execute(
                    copying
                            ? "SELECT FROM tidemark.slice WHERE state = 'PENDING' FOR UPDATE"
                            : "LOCK TABLE events IN ROW EXCLUSIVE MODE");
        }
        other.commit();
        return inTheMiddle;
    }

    /** The server counts when the session of the victim has nothing else to do. */
    @Override
    public boolean over(Database database, Optional<String> failure) throws Exception {
        try (Watch watch = new Watch(database, false)) {
            return watch.awaitTrue(HAPPENED, Duration.ofSeconds(3), () -> true);
        }
    }

    @Override
    public void close() throws SQLException {
        if (intruder != null) {
            intruder.close();
        }
    }
}

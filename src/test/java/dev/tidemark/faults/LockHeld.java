package dev.tidemark.faults;

import dev.tidemark.testing.Database;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A transaction of somebody else has written or read the table and does not end, so that a window cannot have its locks. */
final class LockHeld implements Attack {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration LONGEST = Duration.ofMillis(1500);
    private static final String WRITER = "LOCK TABLE events IN ROW EXCLUSIVE MODE";
    private static final String READER = "LOCK TABLE events IN ACCESS SHARE MODE";
    /** The window of the capture is long over, that of the cutover comes. */
    static final String COPIED = "SELECT EXISTS (SELECT FROM tidemark.step WHERE id = 'copy' AND state = 'DONE')";

    private static final String POSTPONED =
            """
            SELECT EXISTS (SELECT FROM tidemark.lock_log
                            WHERE run = (SELECT id FROM tidemark.run ORDER BY started_at DESC LIMIT 1) AND step = '%s' AND back = %s
                              AND outcome IN ('55P03', '57014', 'TM408', '25P04'))""";

    private @Nullable Intruder intruder;

    @Override
    public void prepare(Database database, Blow blow, Random random) throws Exception {
        intruder = new Intruder(database);
        if (isFirst(blow)) {
            intruder.execute(mode(blow, random));
        }
    }

    /** The way back has one window only. */
    private static boolean isFirst(Blow blow) {
        return blow.back() || blow.step().equals(blow.conversion().windows().get(0));
    }

    private static String mode(Blow blow, Random random) {
        return blow.step().equals("cutover") && random.nextBoolean() ? READER : WRITER;
    }

    @Override
    public boolean strike(Scene scene) throws Exception {
        Blow blow = scene.blow();
        Intruder holder = intruder;
        if (holder == null) {
            return false;
        }
        if (!isFirst(blow)) {
            if (!scene.watch().awaitTrue(COPIED, LIMIT, scene.client()::isRunning)) {
                return false;
            }
            holder.execute(mode(blow, scene.random()));
        }
        boolean hit = scene.watch()
                .awaitTrue(POSTPONED.formatted(blow.step(), blow.back()), LIMIT, scene.client()::isRunning);
        if (hit) {
            scene.last(scene.within(Duration.ZERO, LONGEST));
        }
        holder.commit();
        return hit;
    }

    @Override
    public boolean over(Database database, Optional<String> failure) {
        return failure.isEmpty();
    }

    @Override
    public void close() throws SQLException {
        if (intruder != null) {
            intruder.close();
        }
    }
}

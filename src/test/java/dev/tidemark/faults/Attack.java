package dev.tidemark.faults;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.TestServer;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Random;

/** How a fault is made. */
interface Attack extends AutoCloseable {
    /** Before the run begins. */
    default void prepare(Database database, Blow blow, Random random) throws Exception {}

    /** While the run is under way. Returns whether it hit; a run that is not disturbed shows nothing. */
    boolean strike(Scene scene) throws Exception;

    /** After the disturbed run has ended, before the next: the fault is over. Returns whether it hit after all, knowing what the run failed with. */
    default boolean over(Database database, Optional<String> failure) throws Exception {
        return true;
    }

    /** Whether the run that was struck is dead and has no end of its own. */
    default boolean kills() {
        return false;
    }

    @Override
    default void close() throws SQLException {}

    static Attack of(Fault fault, TestServer server, Optional<SmallDisk> disk) {
        return switch (fault) {
            case CLIENT_KILLED -> new ClientKilled();
            case CLIENT_FROZEN -> new ClientFrozen();
            case SESSION_TERMINATED -> new SessionTerminated();
            case SERVER_CRASHED -> new ServerCrashed(server);
            case NETWORK_DEAD -> new NetworkDead();
            case NETWORK_CUT -> new NetworkCut();
            case LOCK_HELD -> new LockHeld();
            case DEADLOCK -> new Deadlock();
            case DISK_FULL -> new DiskFull(disk.orElseThrow());
        };
    }
}

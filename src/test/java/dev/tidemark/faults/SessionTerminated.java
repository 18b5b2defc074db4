package dev.tidemark.faults;

/** {@code pg_terminate_backend} of one session that is at work: the main one or a worker's. */
final class SessionTerminated implements Attack {
    @Override
    public boolean strike(Scene scene) throws Exception {
        // Looks and ends in one statement.
        return scene.arrive()
                && scene.database()
                        .column("SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE "
                                + Watch.AT_WORK + " ORDER BY random() LIMIT 1) AS one")
                        .contains("t");
    }
}

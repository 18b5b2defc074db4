package dev.tidemark.faults;

import dev.tidemark.testing.Database;
import java.util.Optional;
import java.util.Random;

/** The disk of the new table has room for a part of it only; then there is room again. */
final class DiskFull implements Attack {
    /** A little less than the new table needs, its indexes included. */
    private static final long NEEDED = 9_000_000;

    private final SmallDisk disk;

    DiskFull(SmallDisk disk) {
        this.disk = disk;
    }

    @Override
    public void prepare(Database database, Blow blow, Random random) {
        disk.leave(database, (long) (blow.fraction() * NEEDED));
    }

    @Override
    public boolean strike(Scene scene) {
        return true;
    }

    @Override
    public boolean over(Database database, Optional<String> failure) {
        disk.free(database);
        return failure.filter(text -> text.contains("[SQLSTATE 53100]")).isPresent();
    }
}

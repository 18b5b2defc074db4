package dev.tidemark.faults;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.TestServer;

/** A tablespace on a disk of a few megabytes, and a file on it that takes what is to be missing. */
final class SmallDisk {
    static final String TABLESPACE = "small";
    /** Room for the new table several times over. */
    private static final int MEGABYTES = 64;

    private final String directory;

    private SmallDisk(String directory) {
        this.directory = directory;
    }

    static SmallDisk on(TestServer server, Database anyDatabase) {
        String directory = server.smallDisk(MEGABYTES);
        anyDatabase.execute("CREATE TABLESPACE " + TABLESPACE + " LOCATION '" + directory + "'");
        return new SmallDisk(directory);
    }

    /** So many bytes remain free. */
    void leave(Database database, long bytes) {
        run(
                database,
                "free=$(df --output=avail -B1 DISK | tail -n 1); if [ $free -gt %d ]; then fallocate -l $((free - %d)) DISK/ballast; fi"
                        .formatted(bytes, bytes));
    }

    void free(Database database) {
        run(database, "rm -f DISK/ballast");
    }

    private void run(Database database, String script) {
        database.execute(
                "COPY (SELECT 1) TO PROGRAM '" + ("cat > /dev/null; " + script).replace("DISK", directory) + "'");
    }
}

package dev.tidemark.testing;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A running PostgreSQL server. One per kind and JVM, shared by all tests, which keep to databases of their own. */
public interface TestServer extends AutoCloseable {

    /** What it is, for people: {@code Debian trixie, PostgreSQL 17}. */
    String name();

    Set<Capability> capabilities();

    String jdbcUrl(String database);

    String user();

    String password();

    /**
     * Runs a client program of the server's major version, where the server runs: files that one call writes, the next can read. The
     * first argument after the connection is the database.
     */
    Output client(String program, String database, String input, List<String> arguments);

    /** Runs a script as a person would, stopping at the first error (exit code 3). */
    default Output psql(String database, String script) {
        return client("psql", database, script, List.of("-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"));
    }

    default Output pgDump(String database, String... arguments) {
        return client("pg_dump", database, "", Arrays.asList(arguments));
    }

    /** Ends the server without a checkpoint, as a power cut would. */
    default void crash() {
        throw new UnsupportedOperationException(name() + " may not be crashed");
    }

    /** Starts it again after {@link #crash()}: it recovers from its write-ahead log. */
    default void restart() {
        throw new UnsupportedOperationException(name() + " may not be restarted");
    }

    /** A new streaming standby of this server, up to date and readable. The caller closes it. */
    default TestServer standby() {
        throw new UnsupportedOperationException(name() + " cannot have a standby");
    }

    /** A further server of the same kind with more settings, for tests that would disturb the others. The caller closes it. */
    default TestServer another(String settings) {
        throw new UnsupportedOperationException(name() + " cannot have another beside it");
    }

    /** An empty directory that the server may write to, on a disk of that size which is there until the server stops. */
    default String smallDisk(int megabytes) {
        throw new UnsupportedOperationException(name() + " cannot have a small disk");
    }

    @Override
    void close();
}

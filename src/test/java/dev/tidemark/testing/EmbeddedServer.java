package dev.tidemark.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** PostgreSQL alone, unpacked from a jar: no root and no Docker needed, but no extension and no client programs either. */
final class EmbeddedServer implements TestServer {

    static final Set<Capability> CAPABILITIES = EnumSet.of(Capability.SUPERUSER, Capability.SEVERAL_SESSIONS);

    private final EmbeddedPostgres postgres;

    private EmbeddedServer(EmbeddedPostgres postgres) {
        this.postgres = postgres;
    }

    static EmbeddedServer start() {
        TestServers.say("starting embedded PostgreSQL, about 5 seconds; it has no extensions");
        try {
            return new EmbeddedServer(EmbeddedPostgres.builder()
                    .setServerConfig("timezone", "America/Los_Angeles")
                    .setServerConfig("fsync", "on")
                    .setServerConfig("wal_level", "logical")
                    .setServerConfig("max_prepared_transactions", "10")
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "embedded PostgreSQL, port " + postgres.getPort();
    }

    @Override
    public Set<Capability> capabilities() {
        return CAPABILITIES;
    }

    @Override
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + database;
    }

    @Override
    public String user() {
        return "postgres";
    }

    @Override
    public String password() {
        return "postgres";
    }

    @Override
    public Output client(String program, String database, String input, List<String> arguments) {
        throw new UnsupportedOperationException("the embedded server comes without " + program);
    }

    @Override
    public void close() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

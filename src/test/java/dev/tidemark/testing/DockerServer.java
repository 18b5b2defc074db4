package dev.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/** TimescaleDB Community in a container. Not exercised by our CI, which has no Docker; the others are. */
final class DockerServer implements TestServer {

    /** PostgreSQL 17.11 with TimescaleDB 2.30.1; a tag would move under our feet. PostGIS and pg_cron are in it. */
    private static final String DOCKERFILE =
            """
            FROM timescale/timescaledb-ha@sha256:3e3440ab4c2aa585e743b1d8466cda9bbf18b6c598ec7806cf61e02fa5cd1d1a
            USER root
            RUN apt-get update && apt-get install -y --no-install-recommends postgresql-17-partman && rm -rf /var/lib/apt/lists/*
            USER postgres
            """;

    private static final Set<Capability> CAPABILITIES = EnumSet.of(
            Capability.TIMESCALEDB,
            Capability.COMMUNITY,
            Capability.ATTACH_CHUNK,
            Capability.PARTMAN,
            Capability.POSTGIS,
            Capability.SUPERUSER,
            Capability.SEVERAL_SESSIONS,
            Capability.CLIENT_PROGRAMS);

    private final PostgreSQLContainer container;

    private DockerServer(PostgreSQLContainer container) {
        this.container = container;
    }

    /** Whether a Docker daemon answers; without its socket Testcontainers would only print a page of stack traces. */
    static boolean isPossible() {
        return (System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock")))
                && DockerClientFactory.instance().isDockerAvailable();
    }

    @SuppressWarnings("resource") // closed by close()
    static DockerServer start() {
        TestServers.say("starting TimescaleDB Community in Docker; the first run downloads ~1.5 GB");
        var image = new ImageFromDockerfile("tidemark-test-server", false).withFileFromString("Dockerfile", DOCKERFILE);
        var name = DockerImageName.parse(image.get()).asCompatibleSubstituteFor("postgres");
        var container = new PostgreSQLContainer(name).withUsername("postgres");
        container.setCommand(
                "postgres -c shared_preload_libraries=timescaledb -c timescaledb.telemetry_level=off -c wal_level=logical"
                        + " -c max_worker_processes=24 -c max_connections=200 -c max_prepared_transactions=10"
                        + " -c timezone=America/Los_Angeles");
        container.start();
        return new DockerServer(container);
    }

    @Override
    public String name() {
        return "Docker container " + container.getContainerName();
    }

    @Override
    public Set<Capability> capabilities() {
        return CAPABILITIES;
    }

    @Override
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://" + container.getHost() + ":" + container.getMappedPort(5432) + "/" + database;
    }

    @Override
    public String user() {
        return container.getUsername();
    }

    @Override
    public String password() {
        return container.getPassword();
    }

    @Override
    public Output client(String program, String database, String input, List<String> arguments) {
        container.copyFileToContainer(Transferable.of(input), "/tmp/input");
        var line = new ArrayList<>(
                List.of("sh", "-c", "\"$@\" < /tmp/input", "sh", program, "-U", user(), "-d", database));
        line.addAll(arguments);
        try {
            Container.ExecResult result = container.execInContainer(line.toArray(String[]::new));
            return new Output(result.getExitCode(), result.getStdout(), result.getStderr());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        container.stop();
    }
}

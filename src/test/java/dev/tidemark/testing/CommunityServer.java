package dev.tidemark.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * TimescaleDB Community compiled to WebAssembly, in a Node process of its own. One session at a time: close a connection before you
 * open the next. COPY from the client ends the process. No background workers: {@code CALL run_job(id)} by hand.
 */
final class CommunityServer implements TestServer {

    static final Set<Capability> CAPABILITIES =
            EnumSet.of(Capability.TIMESCALEDB, Capability.COMMUNITY, Capability.ATTACH_CHUNK, Capability.SUPERUSER);

    private static final List<String> FILES = List.of("package.json", "package-lock.json", "community-server.mjs");

    private final Process process;
    private final int port;

    private CommunityServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** A fresh process, about 5 seconds. */
    static CommunityServer start() {
        NodeRuntime node = NodeRuntime.choose();
        Path directory = install(node);
        Command command = node.command(List.of("node", node.path(directory.resolve("community-server.mjs"))));
        try {
            var builder = new ProcessBuilder(command.line()).redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().putAll(command.environment());
            Process process = builder.start();
            // It says "listening PORT" once. Its standard input stays open: when this JVM dies the process reads its
            // end and exits.
            BufferedReader reader = process.inputReader(UTF_8);
            String line = reader.readLine();
            if (line == null || !line.startsWith("listening ")) {
                process.destroyForcibly();
                throw new IllegalStateException("the Community server did not start, it said: " + line);
            }
            return new CommunityServer(process, Integer.parseInt(line.substring("listening ".length())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it can be started here. */
    static boolean isPossible() {
        return NodeRuntime.ofThisMachine().isUsable() || DebianRoot.isPossible();
    }

    private static Path install(NodeRuntime node) {
        var sum = new CRC32();
        FILES.forEach(f -> sum.update(resource(f)));
        String name = "community-%08x".formatted(sum.getValue());
        if (node.root().isEmpty()) {
            return Cache.entry(name, unfinished -> npm(node, unfinished));
        }
        Path inRoot = node.base().resolve("opt").resolve(name);
        return Cache.locked(name, () -> {
            if (!Files.exists(inRoot.resolve("complete"))) {
                Cache.remove(inRoot);
                npm(node, inRoot);
                Files.writeString(inRoot.resolve("complete"), "");
            }
            return inRoot;
        });
    }

    private static void npm(NodeRuntime node, Path directory) {
        TestServers.say(
                "first run: installing TimescaleDB Community for WebAssembly with npm; downloads ~20 MB, 43 MB on disk");
        try {
            Files.createDirectories(directory);
            for (String file : FILES) {
                Files.write(directory.resolve(file), resource(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        node.trustWhatThisMachineTrusts();
        node.command(List.of(
                        "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", node.path(directory)))
                .run()
                .succeeded();
    }

    private static byte[] resource(String name) {
        try (InputStream in = CommunityServer.class.getResourceAsStream("community/" + name)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: community/" + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "TimescaleDB Community as WebAssembly, port " + port;
    }

    @Override
    public Set<Capability> capabilities() {
        return CAPABILITIES;
    }

    /**
     * A later connection meets the prepared statements of the one before, so the driver must not name any. The server dies of a message that arrives in
     * two parts, so the driver must send at once what belongs together.
     */
    @Override
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database
                + "?sslmode=disable&prepareThreshold=0&maxSendBufferSize=65536";
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
        throw new UnsupportedOperationException("the WebAssembly server comes without " + program);
    }

    @Override
    public void close() {
        process.destroy();
    }
}

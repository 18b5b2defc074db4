package dev.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A server of our own inside a Debian root: a fresh data directory, a free port, reachable from this machine only. */
final class DebianServer implements TestServer {

    private static final Set<Capability> PLAIN = EnumSet.of(
            Capability.SUPERUSER,
            Capability.SEVERAL_SESSIONS,
            Capability.CLIENT_PROGRAMS,
            Capability.CRASH,
            Capability.STANDBY,
            Capability.ANOTHER);

    /** Mounts of its own need a namespace of its own. */
    private static Set<Capability> plain() {
        Set<Capability> all = EnumSet.copyOf(PLAIN);
        if (DebianRoot.hasNamespaces()) {
            all.add(Capability.SMALL_DISK);
        }
        return all;
    }

    static final Set<Capability> TRIXIE = union(
            plain(),
            EnumSet.of(
                    Capability.TIMESCALEDB,
                    Capability.PARTMAN,
                    Capability.POSTGIS,
                    Capability.CRON,
                    Capability.STATEMENTS));

    static final Set<Capability> BOOKWORM = union(plain(), EnumSet.of(Capability.PARTMAN_4));

    private final DebianRoot root;
    private final Set<Capability> capabilities;
    private final RunDirectory directory;
    private final int port;

    private DebianServer(DebianRoot root, Set<Capability> capabilities, RunDirectory directory) {
        this.root = root;
        this.capabilities = capabilities;
        this.directory = directory;
        this.port = freePort();
    }

    static DebianServer start(DebianRoot root, Set<Capability> capabilities) {
        return start(root, capabilities, "");
    }

    private static DebianServer start(DebianRoot root, Set<Capability> capabilities, String moreSettings) {
        var server = new DebianServer(root, capabilities, RunDirectory.create(root));
        server.root
                .postgres(
                        "initdb",
                        "-D",
                        server.directory.inside(),
                        "-U",
                        "postgres",
                        "--auth=trust",
                        "-E",
                        "UTF8",
                        "--locale=C.UTF-8")
                .run()
                .succeeded();
        server.configure(DebianSettings.of(capabilities) + moreSettings);
        server.restart();
        return server;
    }

    @Override
    public String name() {
        return "Debian root " + root.directory().getFileName() + ", PostgreSQL " + root.postgresMajor() + ", port "
                + port;
    }

    @Override
    public Set<Capability> capabilities() {
        return capabilities;
    }

    @Override
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    @Override
    public String user() {
        return "postgres";
    }

    /** Not asked for; not empty because some programs insist on one. */
    @Override
    public String password() {
        return "postgres";
    }

    @Override
    public Output client(String program, String database, String input, List<String> arguments) {
        var line = new ArrayList<>(List.of(
                root.binary(program), "-h", "127.0.0.1", "-p", Integer.toString(port), "-U", user(), "-d", database));
        line.addAll(arguments);
        return root.inside(Command.of(line).withInput(input)).run();
    }

    @Override
    public void crash() {
        stop("immediate").succeeded();
    }

    @Override
    public void restart() {
        Output started = root.postgres(
                        "pg_ctl",
                        "-D",
                        directory.inside(),
                        "-l",
                        directory.inside() + "/server.log",
                        "-w",
                        "-t",
                        "60",
                        "start")
                .run();
        if (started.exitCode() != 0) {
            throw new IllegalStateException(
                    name() + " does not start: " + started.stdout() + started.stderr() + directory.log());
        }
    }

    @Override
    public TestServer standby() {
        var standby = new DebianServer(root, EnumSet.of(Capability.SEVERAL_SESSIONS), RunDirectory.create(root));
        String[] arguments = {
            "-h",
            "127.0.0.1",
            "-p",
            Integer.toString(port),
            "-U",
            user(),
            "-D",
            standby.directory.inside(),
            "-R",
            "-c",
            "fast"
        };
        root.postgres("pg_basebackup", arguments).run().succeeded();
        standby.configure("");
        standby.restart();
        return standby;
    }

    @Override
    public TestServer another(String settings) {
        return start(root, capabilities, settings);
    }

    /** A file system in memory, mounted where only the server and its children see it, so that it vanishes with them. */
    @Override
    public String smallDisk(int megabytes) {
        String inside = directory.inside() + "-disk";
        root.inside(Command.of("install", "-d", "-o", "postgres", inside)).run().succeeded();
        String outside = root.directory() + inside;
        Command.of(
                        "nsenter",
                        "--target",
                        directory.postmaster(),
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o size=" + megabytes + "m,mode=700 tmpfs " + outside + " && chown --reference="
                                + directory.outside() + " " + outside)
                .run()
                .succeeded();
        return inside;
    }

    @Override
    public void close() {
        stop("fast");
        directory.close();
    }

    private Output stop(String mode) {
        return root.postgres("pg_ctl", "-D", directory.inside(), "-m", mode, "-w", "stop")
                .run();
    }

    private void configure(String settings) {
        try {
            Files.writeString(
                    directory.outside().resolve("postgresql.conf"),
                    settings + "port = " + port + "\n",
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A port nobody listens on now; the server takes it a moment later. */
    static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<Capability> union(Set<Capability> some, Set<Capability> more) {
        var all = EnumSet.copyOf(some);
        all.addAll(more);
        return all;
    }
}

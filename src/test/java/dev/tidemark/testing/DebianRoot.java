package dev.tidemark.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A private Debian of another release, made once by {@code mmdebstrap} and kept in the cache. Programs run inside it with mounts of
 * their own: the mounts belong to a private mount namespace and vanish with the last process in it, so nothing has to be unmounted,
 * not even after SIGKILL, and two runs cannot disturb each other. Where no such namespace can be had, as in a chroot, programs run
 * without mounts: PostgreSQL needs none.
 */
record DebianRoot(Path directory, int postgresMajor) {

    private static final String ENTER =
            """
            mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmpfs "$1/dev/shm" \
            && root=$1 && shift && exec chroot "$root" "$@"\
            """;

    /** Debian 13: PostgreSQL 17, TimescaleDB 2.19 (Apache), pg_partman 5, PostGIS 3.5, pg_cron 1.6. */
    static DebianRoot trixie() {
        var packages = new ArrayList<>(List.of(
                "postgresql-17",
                "postgresql-17-timescaledb",
                "postgresql-17-partman",
                "postgresql-17-postgis-3",
                "postgresql-17-cron",
                "ca-certificates"));
        int megabytes = 165;
        if (!NodeRuntime.ofThisMachine().isUsable()) {
            packages.addAll(List.of("nodejs", "npm"));
            megabytes += 70;
        }
        return make("trixie", 17, packages, megabytes);
    }

    /** Debian 12: PostgreSQL 15 with pg_partman 4.7, the other line that people run. */
    static DebianRoot bookworm() {
        return make("bookworm", 15, List.of("postgresql-15", "postgresql-15-partman"), 100);
    }

    /** Whether such a root can be made here. */
    static boolean isPossible() {
        return System.getProperty("user.name").equals("root")
                && Command.exists("apt-get")
                && Command.exists("unshare")
                && AptSource.ofThisMachine().isPresent();
    }

    private static DebianRoot make(String suite, int postgresMajor, List<String> packages, int megabytes) {
        var sum = new CRC32();
        sum.update((suite + packages).getBytes(UTF_8));
        String name = "debian-%s-%08x".formatted(suite, sum.getValue());
        Path directory = Cache.entry(name, unfinished -> bootstrap(suite, packages, unfinished, megabytes));
        return new DebianRoot(directory, postgresMajor);
    }

    private static void bootstrap(String suite, List<String> packages, Path directory, int megabytes) {
        AptSource source = AptSource.ofThisMachine().orElseThrow();
        installMmdebstrap();
        TestServers.say("first run: making a private Debian %s with %s in %s; downloads ~%d MB, 1 to 3 minutes"
                .formatted(suite, packages.get(0), directory.getParent(), megabytes));
        var line = new ArrayList<>(List.of("mmdebstrap", "--mode=root", "--variant=minbase"));
        line.add("--include=" + String.join(",", packages));
        acquireSettings().forEach(s -> line.add("--aptopt=" + s));
        line.addAll(List.of(suite, directory.toString(), source.line(suite)));
        Command.of(line).with("DEBIAN_FRONTEND", "noninteractive").run().succeeded();
    }

    private static void installMmdebstrap() {
        if (Command.exists("mmdebstrap")) {
            return;
        }
        TestServers.say("installing the Debian package mmdebstrap on this machine (~1 MB)");
        List<String> install = List.of("apt-get", "install", "-y", "-q", "--no-install-recommends", "mmdebstrap");
        Command command = Command.of(install).with("DEBIAN_FRONTEND", "noninteractive");
        if (command.run().exitCode() != 0) {
            Command.of("apt-get", "update", "-q").run().succeeded();
            command.run().succeeded();
        }
    }

    /** Proxies, retries and date checks of this machine's apt; mmdebstrap would not see them otherwise. */
    private static List<String> acquireSettings() {
        return Command.of("apt-config", "dump")
                .run()
                .succeeded()
                .stdout()
                .lines()
                .filter(l -> l.matches("Acquire::(https?::.*|Retries.*|Check-.*) \".+\";"))
                .toList();
    }

    /** The command as it has to be started from outside to run inside. */
    Command inside(Command command) {
        return command.behind(
                Namespaces.POSSIBLE
                        ? List.of(
                                "unshare",
                                "--mount",
                                "--propagation",
                                "private",
                                "sh",
                                "-c",
                                ENTER,
                                "sh",
                                directory.toString())
                        : List.of("chroot", directory.toString()));
    }

    /** Whether programs in a root have mounts that nobody else sees. */
    static boolean hasNamespaces() {
        return Namespaces.POSSIBLE;
    }

    /** Asked when it is first needed, by trying. */
    private static final class Namespaces {
        static final boolean POSSIBLE = Command.of("unshare", "--mount", "--propagation", "private", "true")
                        .run()
                        .exitCode()
                == 0;
    }

    /** A program of PostgreSQL as the user {@code postgres}, who alone may run a server. */
    Command postgres(String program, String... arguments) {
        var line = new ArrayList<>(List.of("runuser", "-u", "postgres", "--", binary(program)));
        line.addAll(List.of(arguments));
        return inside(Command.of(line));
    }

    String binary(String program) {
        return "/usr/lib/postgresql/" + postgresMajor + "/bin/" + program;
    }
}

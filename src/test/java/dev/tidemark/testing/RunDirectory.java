package dev.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A data directory inside a Debian root that belongs to one run. The run holds a file lock beside it; a directory whose lock is free
 * belonged to a run that died, and the next run stops its server and removes it.
 */
final class RunDirectory implements AutoCloseable {

    private static final String PARENT = "/var/lib/postgresql/tidemark";
    /** Closing any channel on a file gives up all locks of this process on it, so we never look at our own. */
    private static final Set<String> OURS = ConcurrentHashMap.newKeySet();

    private final DebianRoot root;
    private final String name;
    private final FileChannel lockFile;

    private RunDirectory(DebianRoot root, String name, FileChannel lockFile) {
        this.root = root;
        this.name = name;
        this.lockFile = lockFile;
    }

    static RunDirectory create(DebianRoot root) {
        return Cache.locked(root.directory().getFileName() + ".runs", () -> {
            Path parent = Path.of(root.directory() + PARENT);
            if (!Files.exists(parent)) {
                root.inside(Command.of("install", "-d", "-o", "postgres", PARENT))
                        .run()
                        .succeeded();
            }
            removeDead(root, parent);
            String name = "%d-%x".formatted(ProcessHandle.current().pid(), System.nanoTime());
            OURS.add(name);
            FileChannel file = FileChannel.open(
                    parent.resolve(name + ".lock"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            FileLock lock = file.lock();
            assert lock.isValid();
            return new RunDirectory(root, name, file);
        });
    }

    /** As programs inside the root see it. It does not exist until {@code initdb} or {@code pg_basebackup} makes it. */
    String inside() {
        return PARENT + "/" + name;
    }

    Path outside() {
        return Path.of(root.directory() + inside());
    }

    @Override
    public void close() {
        try {
            Cache.remove(outside());
            Cache.remove(Path.of(outside() + "-disk"));
            Files.delete(Path.of(outside() + ".lock"));
            lockFile.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void removeDead(DebianRoot root, Path parent) throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            for (Path lockFile :
                    files.filter(f -> f.toString().endsWith(".lock")).toList()) {
                String name = lockFile.getFileName().toString().replace(".lock", "");
                if (!OURS.contains(name) && isFree(lockFile)) {
                    TestServers.say("removing the data directory of a run that died: " + name);
                    // fails when there is no server left, which is as good
                    root.postgres("pg_ctl", "-D", PARENT + "/" + name, "-m", "immediate", "-w", "stop")
                            .run();
                    Cache.remove(parent.resolve(name));
                    Cache.remove(parent.resolve(name + "-disk"));
                    Files.delete(lockFile);
                }
            }
        }
    }

    private static boolean isFree(Path lockFile) throws IOException {
        try (FileChannel file = FileChannel.open(lockFile, StandardOpenOption.WRITE);
                @Nullable FileLock lock = file.tryLock()) {
            return lock != null;
        }
    }

    /** The number of the server's first process. */
    String postmaster() {
        try {
            return Files.readAllLines(outside().resolve("postmaster.pid")).get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The end of the server's log, for messages. */
    String log() {
        try {
            List<String> lines = Files.readAllLines(outside().resolve("server.log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return "(no server log)";
        }
    }
}

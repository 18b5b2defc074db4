package dev.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/** What is expensive to make and the same for every checkout; kept outside the work tree so that {@code mvn clean} spares it. */
final class Cache {

    private Cache() {}

    static Path directory() {
        String configured = System.getenv("XDG_CACHE_HOME");
        Path base = configured == null || configured.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(configured);
        try {
            return Files.createDirectories(base.resolve("tidemark"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The entry of that name, made now if nobody has made it yet. A second run waits for the first. The maker works under another
     * name, so an entry that exists is complete.
     */
    static Path entry(String name, Consumer<Path> maker) {
        Path entry = directory().resolve(name);
        return locked(name, () -> {
            if (!Files.exists(entry)) {
                Path unfinished = directory().resolve(name + ".unfinished");
                remove(unfinished);
                maker.accept(unfinished);
                Files.move(unfinished, entry, StandardCopyOption.ATOMIC_MOVE);
            }
            return entry;
        });
    }

    /** Work that no other process does at the same time. */
    static <T> T locked(String name, Work<T> work) {
        try (FileChannel file = FileChannel.open(
                        directory().resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            assert lock.isValid();
            return work.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes a directory tree; {@code rm} because files in it belong to other users and may vanish meanwhile. */
    static void remove(Path tree) {
        Command.of("rm", "-rf", "--one-file-system", tree.toString()).run().succeeded();
    }

    interface Work<T> {
        T run() throws IOException;
    }
}

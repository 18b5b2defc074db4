package dev.tidemark.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The disks of a server that runs on this machine. */
final class OwnHost {
    private OwnHost() {}

    /**
     * What is free in a directory of the server's, empty where that is not the server's or may not be read. A path alone proves nothing: behind a
     * tunnel or out of a container another machine has the same one. The identifier in its control file does.
     */
    static OptionalLong freeBytes(Path dataDirectory, long systemIdentifier, String directory) {
        try (InputStream control =
                Files.newInputStream(dataDirectory.resolve("global").resolve("pg_control"))) {
            byte[] first = control.readNBytes(Long.BYTES);
            if (first.length < Long.BYTES
                    || ByteBuffer.wrap(first).order(ByteOrder.nativeOrder()).getLong() != systemIdentifier) {
                return OptionalLong.empty();
            }
            return OptionalLong.of(
                    Files.getFileStore(dataDirectory.resolve(directory)).getUsableSpace());
        } catch (IOException e) {
            // Another machine, or a directory that only the server's user may read: then it is not known this way.
            System.getLogger(OwnHost.class.getName()).log(System.Logger.Level.DEBUG, "no server beside us", e);
            return OptionalLong.empty();
        }
    }
}

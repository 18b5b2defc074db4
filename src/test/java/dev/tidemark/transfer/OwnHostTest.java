package dev.tidemark.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory of the same name is the server's only if its control file says so. */
class OwnHostTest {
    private static final long IDENTIFIER = 7_481_516_923_481_516_234L;

    @TempDir
    Path data;

    @Test
    void the_servers_own_directory() throws Exception {
        control(IDENTIFIER);

        assertThat(OwnHost.freeBytes(data, IDENTIFIER, "global").orElseThrow())
                .isBetween(1L, Files.getFileStore(data).getTotalSpace());
    }

    @Test
    void another_servers_directory() throws Exception {
        control(IDENTIFIER + 1);

        assertThat(OwnHost.freeBytes(data, IDENTIFIER, "global")).isEmpty();
    }

    @Test
    void no_directory_and_no_tablespace() throws Exception {
        assertThat(OwnHost.freeBytes(data, IDENTIFIER, "base")).isEmpty();
        control(IDENTIFIER);
        assertThat(OwnHost.freeBytes(data, IDENTIFIER, "pg_tblspc/4711")).isEmpty();
    }

    private void control(long identifier) throws Exception {
        Path global = Files.createDirectories(data.resolve("global"));
        Files.write(
                global.resolve("pg_control"),
                ByteBuffer.allocate(16)
                        .order(ByteOrder.nativeOrder())
                        .putLong(identifier)
                        .array());
    }
}

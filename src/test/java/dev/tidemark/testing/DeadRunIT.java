package dev.tidemark.testing;

import static dev.tidemark.testing.Capability.CRASH;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** A build that was killed leaves a server running; the next one removes it, and leaves the servers of living builds alone. */
@PostgresTest(needs = CRASH)
class DeadRunIT {

    @Test
    void the_next_run_removes_what_a_killed_run_left(TestServer ours) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process other = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), OtherRun.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String url = "";
        BufferedReader lines = other.inputReader(UTF_8);
        while (!url.startsWith("jdbc:")) {
            url = lines.readLine(); // lines for people come first
        }
        other.destroyForcibly().waitFor();
        connect(url); // nobody stopped it

        RunDirectory.create(TestServers.trixie()).close();

        String gone = url;
        assertThatThrownBy(() -> connect(gone)).isInstanceOf(SQLException.class).hasMessageContaining("refused");
        assertThat(ours.psql("postgres", "SELECT 1").exitCode()).isZero();
    }

    private static void connect(String url) throws SQLException {
        DriverManager.getConnection(url, "postgres", "postgres").close();
    }

    /** Another build: starts the server, says where, and waits for its end. */
    static final class OtherRun {
        public static void main(String[] arguments) throws InterruptedException {
            System.out.println(TestServers.main().jdbcUrl("postgres"));
            Thread.sleep(60_000);
        }
    }
}

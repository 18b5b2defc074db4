package dev.tidemark.faults;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.LiquibaseProcess;
import dev.tidemark.testing.LiquibaseVersion;
import dev.tidemark.testing.Output;
import java.time.Duration;
import java.util.Optional;

/** Liquibase's command line, in a JVM of its own. */
final class CommandLine implements Client {
    private final LiquibaseProcess process;

    private CommandLine(LiquibaseProcess process) {
        this.process = process;
    }

    private static LiquibaseProcess.Launch launch(Database database) {
        return new LiquibaseProcess.Launch(LiquibaseVersion.V4_33_0, database, Conversion.RESOURCES)
                .with("LIQUIBASE_CHANGELOG_LOCK_WAIT_TIME_IN_MINUTES", "1")
                .with("LIQUIBASE_COMMAND_URL", database.jdbcUrl() + "?ApplicationName=" + APPLICATION_NAME);
    }

    /** {@code liquibase update}, or its rollback. */
    static CommandLine start(Database database, Conversion conversion, boolean back) {
        String changelog = "--changelog-file=" + conversion.changelog();
        return new CommandLine(
                back
                        ? launch(database).start("rollback-count", changelog, "--count=1")
                        : launch(database).start("update", changelog));
    }

    /** What a person does after a process was killed. */
    static void releaseLocks(Database database) {
        launch(database).run("release-locks").succeeded();
    }

    void kill() {
        process.kill();
    }

    void freeze() {
        process.freeze();
    }

    void thaw() {
        process.thaw();
    }

    @Override
    public boolean isRunning() {
        return process.isRunning();
    }

    @Override
    public Optional<String> end(Duration limit) {
        Output output = process.await(limit);
        return output.exitCode() == 0 ? Optional.empty() : Optional.of(output.stdout() + output.stderr());
    }

    @Override
    public void close() {
        process.close();
    }
}

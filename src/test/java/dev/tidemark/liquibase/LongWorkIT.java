package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import liquibase.Scope;
import liquibase.command.CommandScope;
import liquibase.resource.DirectoryResourceAccessor;
import liquibase.ui.ConsoleUIService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** While a run is busy elsewhere, Liquibase's connection has nothing to say; afterwards it must record the changeSet and free the lock. */
@PostgresTest(needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS})
class LongWorkIT {
    @TempDir
    Path directory;

    @Test
    void the_connection_outlives_idle_session_timeout(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE readings (ts timestamptz NOT NULL) PARTITION BY RANGE (ts);
                CREATE TABLE readings_1 PARTITION OF readings FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2026-01-02 00:00+00');
                INSERT INTO readings VALUES ('2026-01-01 12:00+00');
                """);
        database.execute("ALTER DATABASE " + database.name() + " SET idle_session_timeout = '2s'");
        String changelog = new Changelogs(directory)
                .xml("<tidemark:convertToHypertable tableName=\"readings\" timeColumn=\"ts\" strategy=\"adopt\"/>");
        SlowUi ui = new SlowUi();

        Scope.child(
                Map.of(
                        Scope.Attr.ui.name(),
                        ui,
                        Scope.Attr.resourceAccessor.name(),
                        new DirectoryResourceAccessor(directory)),
                () -> {
                    new CommandScope("update")
                            .addArgumentValue("url", database.jdbcUrl())
                            .addArgumentValue("username", database.server().user())
                            .addArgumentValue("password", database.server().password())
                            .addArgumentValue("changelogFile", changelog)
                            .execute();
                });

        assertThat(ui.slept).hasPositiveValue();
        assertThat(database.number("SELECT count(*) FROM databasechangelog")).isEqualTo(1);
        assertThat(database.value("SELECT locked FROM databasechangeloglock")).isEqualTo("f");
    }

    /** Takes three times what the server allows over the first step's end, in the thread of the run. */
    private static final class SlowUi extends ConsoleUIService {
        private final AtomicInteger slept = new AtomicInteger();

        @Override
        public void sendMessage(String message) {
            if (message.startsWith("  [1/") && message.contains(": done in ")) {
                slept.incrementAndGet();
                try {
                    Thread.sleep(6000);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }
}

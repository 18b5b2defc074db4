package dev.tidemark;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.COMMUNITY;
import static dev.tidemark.testing.Capability.PARTMAN_4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.sql.Refused;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Wrong input that needs another server than the one most tests use. */
class BadInputElsewhereIT {

    @Test
    @PostgresTest(
            needs = {PARTMAN_4, CLIENT_PROGRAMS},
            createExtensions = false)
    void the_extension_is_not_available(Database database) {
        database.execute(BadInputIT.M);
        BadInputIT.assertRefused(database, BadInputIT.adopt("m"), "TM202 TimescaleDB is not available on this server");
    }

    @Test
    @PostgresTest(needs = COMMUNITY)
    void a_version_that_adopting_was_not_proved_for(Database database) throws SQLException {
        database.execute(BadInputIT.M);
        String version = database.value("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'");
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            if (List.of("2.19.3", "2.29.2").contains(version)) {
                assertThat(tidemark.plan(BadInputIT.adopt("m")).isGo()).isTrue();
                return;
            }
            assertThatThrownBy(() -> tidemark.apply(BadInputIT.adopt("m")))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("TM208 strategy=\"adopt\" writes TimescaleDB's catalog and is proved for")
                    .hasMessageContaining("Use strategy=\"attach\".");
        }
        assertThat(database.value("SELECT to_regnamespace('tidemark')")).isNull();
    }
}

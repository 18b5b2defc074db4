package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What makes no sense is refused when it is said, not when the scheduler calls at night. */
@PostgresTest(
        needs = {SUPERUSER},
        promise = "settings that make no sense are refused at once")
class SenselessSettingsIT {
    @Test
    void widths(Database database) throws Exception {
        ManagedTable.daily(database, 1);
        for (String width : List.of("5 months", "7 hours", "0", "-1 day", "1 mon 3 days", "36 hours", "18 months")) {
            assertThatThrownBy(() ->
                            database.execute("SELECT tidemark.manage_partitions('log', width => '" + width + "')"))
                    .as(width)
                    .hasMessageContaining("partitions of public.log cannot be ")
                    .hasMessageContaining("Possible are months that divide a year");
            assertThatThrownBy(() -> database.execute("UPDATE tidemark.partition_set SET width = '" + width + "'"))
                    .as(width)
                    .hasMessageContaining("violates check constraint");
        }
        for (String width : List.of(
                "15 minutes",
                "1 hour",
                "12 hours",
                "24 hours",
                "1 day",
                "10 days",
                "1 week",
                "1 month",
                "3 months",
                "1 year",
                "2 years")) {
            database.execute("SELECT tidemark.manage_partitions('log', width => '" + width + "')");
        }
    }

    @Test
    void zones(Database database) throws Exception {
        ManagedTable.daily(database, 1);
        assertThatThrownBy(
                        () -> database.execute("SELECT tidemark.manage_partitions('log', time_zone => 'Mars/Phobos')"))
                .hasMessageContaining("time zone \"Mars/Phobos\" not recognized");
        assertThat(database.value("SELECT time_zone FROM tidemark.partition_set"))
                .isEqualTo("UTC");
    }

    @Test
    void moments(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 1);
        assertThatThrownBy(() -> table.makeBetween("NULL", "now()"))
                .hasMessageContaining("partitions of public.log from when to when? One of the two is NULL");
        assertThatThrownBy(() -> database.rows("SELECT create_future_log_partitions(2000000000)"))
                .hasMessageContaining("days_ahead is 2000000000");
        assertThatThrownBy(() -> database.rows("SELECT drop_old_log_partitions(2000000000)"))
                .hasMessageContaining("retention_days is 2000000000");
    }
}

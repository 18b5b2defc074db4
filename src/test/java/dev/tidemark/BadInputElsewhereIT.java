package dev.tidemark;

import static dev.tidemark.testing.Capability.ATTACH_CHUNK;
import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.COMMUNITY;
import static dev.tidemark.testing.Capability.PARTMAN_4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.Strategy;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
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

    @Test
    @PostgresTest(needs = ATTACH_CHUNK)
    void attached_partitions_of_another_column_order_leave_the_server_alive(Database database) throws SQLException {
        TableName table = new TableName("public", "o'clock \" $tidemark$");
        database.execute("CREATE TABLE " + table
                + " (id bigint, ts timestamptz NOT NULL, note text, PRIMARY KEY (id, ts)) PARTITION BY RANGE (ts)");
        database.execute("CREATE TABLE same_count (note text, ts timestamptz NOT NULL, id bigint NOT NULL)");
        database.execute("ALTER TABLE " + table
                + " ATTACH PARTITION same_count FOR VALUES FROM ('2026-11-03 00:00+00') TO ('2026-11-04 00:00+00')");
        database.execute(
                "INSERT INTO " + table
                        + " SELECT i, '2026-11-03 00:00+00'::timestamptz + i * interval '1 minute', 'n' || i FROM generate_series(0, 99) i");
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).apply(BadInputIT.request(table, "ts", "1 day", Strategy.ATTACH));
        }
        database.execute("CREATE INDEX note_index ON " + table + " (note)");
        database.execute(
                "INSERT INTO " + table
                        + " VALUES (5, '2026-11-03 00:05+00', 'again') ON CONFLICT (id, ts) DO UPDATE SET note = excluded.note");
        assertThat(database.value("SELECT note FROM " + table + " WHERE id = 5"))
                .isEqualTo("again");
        assertThat(
                        database.column(
                                "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'public.same_count'::regclass"))
                .anyMatch(definition -> definition.endsWith("USING btree (note)"));
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).undo(List.of(table));
        }
        assertThat(database.value("SELECT count(*) FROM " + table + " WHERE tableoid = 'public.same_count'::regclass"))
                .isEqualTo("100");
    }
}

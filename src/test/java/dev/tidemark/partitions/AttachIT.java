package dev.tidemark.partitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.Finding;
import dev.tidemark.run.Outcome;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A plain table becomes the history partition of a partitioned one, and a plain table again. */
@PostgresTest
class AttachIT {
    private final Database database;

    AttachIT(Database database) {
        this.database = database;
    }

    @BeforeEach
    void webhookLog() {
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE");
        database.execute("DROP TABLE IF EXISTS webhook_log, webhook_log_old, endpoint CASCADE");
        database.execute("CREATE TABLE endpoint (id integer PRIMARY KEY, url text NOT NULL)");
        database.execute("INSERT INTO endpoint SELECT n, 'https://example.org/' || n FROM generate_series(1, 20) AS n");
        database.execute(
                """
                CREATE TABLE webhook_log (
                    id serial PRIMARY KEY,
                    endpoint_id integer REFERENCES endpoint ON DELETE CASCADE,
                    status text NOT NULL DEFAULT 'sent',
                    payload jsonb,
                    timestamp timestamp without time zone NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'))""");
        database.execute("CREATE INDEX webhook_log_timestamp ON webhook_log (timestamp DESC)");
        database.execute("CREATE INDEX webhook_log_endpoint ON webhook_log (endpoint_id, status)");
        database.execute(
                """
                INSERT INTO webhook_log (endpoint_id, payload, timestamp)
                SELECT 1 + n % 20, jsonb_build_object('n', n), (now() AT TIME ZONE 'UTC') - n * interval '1 minute' FROM generate_series(1, 20000) AS n""");
    }

    /** What a run would refuse because of an earlier one, its plan says before. */
    @Test
    void a_plan_says_that_an_earlier_conversion_is_not_finalized() throws SQLException {
        Attaching attaching = Attaching.webhookLog(database);
        attaching.convert();
        ConversionRequest asked = attaching.request();
        ConversionRequest plain =
                new ConversionRequest(ConversionRequest.Goal.PLAIN_TABLE, asked.tables(), asked.options());

        try (Connection connection = database.connect()) {
            assertThat(Tidemark.on(connection).plan(plain).blockers())
                    .extracting(Finding::code)
                    .contains("TM400");
        }
        assertThat(attaching.plan().blockers()).extracting(Finding::code).doesNotContain("TM400");
        attaching.finish();
        try (Connection connection = database.connect()) {
            assertThat(Tidemark.on(connection).plan(plain).blockers())
                    .extracting(Finding::code)
                    .doesNotContain("TM400");
        }
    }

    @Test
    void the_table_becomes_the_history_partition_and_comes_back() throws SQLException {
        String node = database.value("SELECT pg_relation_filenode('webhook_log')");
        List<String> before = contents();
        Attaching attaching = Attaching.webhookLog(database);

        Outcome outcome = attaching.convert();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.DONE);
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'webhook_log'::regclass"))
                .isEqualTo("p");
        assertThat(database.value("SELECT pg_relation_filenode('webhook_log_old')"))
                .isEqualTo(node);
        assertThat(contents()).isEqualTo(before);
        database.execute("INSERT INTO webhook_log (endpoint_id) VALUES (3)");
        database.execute(
                "INSERT INTO webhook_log (endpoint_id, timestamp) SELECT 4, (now() AT TIME ZONE 'UTC') + n * interval '1 hour' FROM generate_series(1, 200) AS n");
        assertThat(database.number("SELECT max(id) FROM webhook_log")).isEqualTo(20201);
        List<String> later = contents();

        attaching.goBack();

        assertThat(contents()).isEqualTo(later);
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'webhook_log'::regclass"))
                .isEqualTo("r");
        assertThat(database.value("SELECT pg_relation_filenode('webhook_log')")).isEqualTo(node);
        assertThat(database.column("SELECT relname::text FROM pg_class WHERE relname ~ '^webhook' ORDER BY 1"))
                .containsExactly(
                        "webhook_log",
                        "webhook_log_endpoint",
                        "webhook_log_id_seq",
                        "webhook_log_pkey",
                        "webhook_log_timestamp");
    }

    private List<String> contents() {
        return database.column("SELECT w::text FROM webhook_log AS w ORDER BY id, timestamp");
    }
}

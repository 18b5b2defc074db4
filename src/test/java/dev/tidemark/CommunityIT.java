package dev.tidemark;

import static dev.tidemark.testing.Capability.ATTACH_CHUNK;
import static dev.tidemark.testing.Capability.COMMUNITY;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Strategy;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.Tick;
import dev.tidemark.testing.ZeroCopy;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both strategies on a native Community server. */
@PostgresTest(
        needs = {COMMUNITY, SEVERAL_SESSIONS, SUPERUSER},
        promise = "attach and adopt on a native Community server")
class CommunityIT {
    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void partitions_become_chunks_and_come_back(Strategy strategy, Database database) throws Exception {
        new RoundTrip(database, strategy, ForeignKeyChoice.TRIGGER).run();
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void so_do_those_without_their_foreign_keys(Strategy strategy, Database database) throws Exception {
        new RoundTrip(database, strategy, ForeignKeyChoice.DROP).run();
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    @Tick("1.16")
    void retention_waits_for_finalize_and_then_drops(Strategy strategy, Database database) throws Exception {
        new RoundTrip(database, strategy, ForeignKeyChoice.TRIGGER).there();
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).finalizeConversion(finalize(RoundTrip.READINGS));
        }
        assertThat(
                        database.column(
                                "SELECT proc_name || ' ' || scheduled FROM timescaledb_information.jobs WHERE hypertable_name = 'readings' ORDER BY 1"))
                .containsExactly("policy_compression true", "policy_retention true");
        String job = database.value(
                "SELECT job_id FROM timescaledb_information.jobs WHERE hypertable_name = 'readings' AND proc_name = 'policy_retention'");

        database.execute("CALL run_job(" + job + ")");

        assertThat(database.number("SELECT count(*) FROM show_chunks('readings')"))
                .isBetween(5L, 7L);
        assertThat(database.number("SELECT count(*) FROM readings WHERE read_at < now() - interval '6 days'"))
                .isZero();
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void dropping_a_key_of_the_hypertable_reaches_its_chunks(Strategy strategy, Database database) throws Exception {
        new RoundTrip(database, strategy, ForeignKeyChoice.DROP).there();

        database.execute("ALTER TABLE readings DROP CONSTRAINT readings_pkey");
        database.execute("DROP INDEX readings_station");

        assertThat(database.number(
                        "SELECT count(*) FROM pg_index AS i JOIN show_chunks('readings') AS c ON c = i.indrelid"))
                .isZero();
    }

    @ParameterizedTest
    @ArgumentsSource(ZeroCopy.class)
    void chunks_that_somebody_compressed_come_back_with_their_rows(Strategy strategy, Database database)
            throws Exception {
        WayBackScenario scenario = new WayBackScenario(database, strategy);
        scenario.convert(WayBackScenario.PARTITIONS);
        Rows rows = Rows.of(database, "events");
        database.execute("ALTER TABLE events SET (timescaledb.compress, timescaledb.compress_segmentby = 'kind')");
        database.column("SELECT compress_chunk(c)::text FROM show_chunks('events') AS c");

        scenario.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(rows);
    }

    @PostgresTest(needs = ATTACH_CHUNK, promise = "an owner who is no superuser attaches rows of DEFAULT")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void an_owner_who_is_no_superuser_converts_rows_of_default(boolean hidden, Database database) throws Exception {
        database.execute(
                """
                DO $$ BEGIN IF to_regrole('tm_owner') IS NULL THEN CREATE ROLE tm_owner; END IF; END $$;
                DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO tm_owner', current_database()); END $$;
                GRANT CREATE, USAGE ON SCHEMA public TO tm_owner;
                SET SESSION AUTHORIZATION tm_owner;
                CREATE TABLE owned (id bigint, at timestamptz NOT NULL) PARTITION BY RANGE (at);
                CREATE TABLE owned_1 PARTITION OF owned FOR VALUES FROM ('2026-11-05 00:00+00') TO ('2026-11-06 00:00+00');
                CREATE TABLE owned_rest PARTITION OF owned DEFAULT;
                INSERT INTO owned SELECT g, '2026-11-01 00:00+00'::timestamptz + g * interval '1 hour' FROM generate_series(1, 100) AS g;
                RESET SESSION AUTHORIZATION""");
        Rows rows = Rows.of(database, "owned");
        if (hidden) {
            database.execute("ALTER TABLE owned_rest ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
                    + "CREATE POLICY half ON owned_rest USING (id % 2 = 0)");
        }
        TableName owned = new TableName("public", "owned");
        ConversionRequest request = new ConversionRequest(
                List.of(new ConversionTarget(
                        owned,
                        "at",
                        Optional.empty(),
                        Optional.of(Interval.parse("1 day")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty())),
                Options.DEFAULTS);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION AUTHORIZATION tm_owner");
            Tidemark tidemark = Tidemark.on(connection);
            if (hidden) {
                assertThatThrownBy(() -> tidemark.apply(request))
                        .hasMessageContaining("row security of \"public\".\"owned_rest\" hides rows from tm_owner");
                tidemark.abort(owned);
            } else {
                tidemark.apply(request);
            }
        }
        assertThat(Rows.of(database, "owned")).isEqualTo(rows);
    }

    private static FinalizeRequest finalize(dev.tidemark.sql.TableName table) {
        return new FinalizeRequest(table, table.name(), Duration.ZERO, false, Duration.ofSeconds(5));
    }
}

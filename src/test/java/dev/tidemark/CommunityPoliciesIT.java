package dev.tidemark;

import static dev.tidemark.testing.Capability.COMMUNITY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Tick;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** On the Community edition TimescaleDB's own policies do the work. They wait for finalize. */
@PostgresTest(needs = COMMUNITY, promise = "TimescaleDB's own retention and compression policies")
class CommunityPoliciesIT {
    private static final TableName FIXES = new TableName("public", "fixes");

    /** Of the future, so that a policy that runs finds nothing to do. */
    private static final String TABLES =
            """
            CREATE TABLE fixes (id bigint, aircraft_id int, received_at timestamptz NOT NULL, PRIMARY KEY (id, received_at))
              PARTITION BY RANGE (received_at);
            CREATE TABLE fixes_p1 PARTITION OF fixes FOR VALUES FROM ('2126-01-01 00:00+00') TO ('2126-01-02 00:00+00');
            CREATE TABLE fixes_p2 PARTITION OF fixes FOR VALUES FROM ('2126-01-02 00:00+00') TO ('2126-01-03 00:00+00');
            INSERT INTO fixes VALUES (1, 7, '2126-01-01 10:00+00'), (2, 7, '2126-01-02 10:00+00')""";

    private static final String JOBS =
            """
            SELECT concat_ws(' ', proc_name, scheduled::text,
                             coalesce(config ->> 'drop_after', config ->> 'compress_after', config ->> 'index_name'))
              FROM timescaledb_information.jobs WHERE hypertable_name = 'fixes' ORDER BY 1""";

    @Test
    @Tick({"1.16", "1.17"})
    void policies_are_made_paused_and_the_way_back_removes_them(Database database) throws Exception {
        try (Connection connection = database.connect()) {
            execute(connection, TABLES);
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(request(PolicyStart.AFTER_FINALIZE));

            assertThat(column(connection, JOBS))
                    .containsExactly("policy_compression false 7 days", "policy_retention false 30 days");
            assertThat(
                            column(
                                    connection,
                                    """
                            SELECT concat_ws(' ', attname, segmentby_column_index, orderby_column_index, orderby_asc)
                              FROM timescaledb_information.compression_settings WHERE hypertable_name = 'fixes'
                               AND (segmentby_column_index IS NOT NULL OR orderby_column_index IS NOT NULL) ORDER BY 1"""))
                    .contains("aircraft_id 1", "received_at 1 f");
            assertThat(column(connection, "SELECT count(*) FROM public.fixes")).containsExactly("2");

            tidemark.undo(List.of(FIXES));

            assertThat(
                            column(
                                    connection,
                                    "SELECT proc_name FROM timescaledb_information.jobs WHERE proc_name LIKE 'policy_c%'"
                                            + " AND hypertable_name IS NOT NULL OR proc_name = 'policy_retention' AND hypertable_name IS NOT NULL"))
                    .isEmpty();
            assertThat(column(connection, "SELECT relkind FROM pg_class WHERE oid = 'public.fixes'::regclass"))
                    .containsExactly("p");
        }
    }

    @Test
    void finalize_starts_what_the_conversion_paused_and_nothing_that_the_user_paused(Database database)
            throws Exception {
        try (Connection connection = database.connect()) {
            execute(connection, TABLES);
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(request(PolicyStart.AFTER_FINALIZE));
            execute(
                    connection,
                    "SELECT alter_job(add_reorder_policy('public.fixes', 'fixes_pkey'), scheduled => false)");

            tidemark.finalizeConversion(finalize(FIXES));

            assertThat(column(connection, JOBS))
                    .containsExactly(
                            "policy_compression true 7 days",
                            "policy_reorder false fixes_pkey",
                            "policy_retention true 30 days");
        }
    }

    @Test
    void finalize_leaves_alone_what_ran_before_and_the_user_paused(Database database) throws Exception {
        try (Connection connection = database.connect()) {
            execute(connection, TABLES);
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(request(PolicyStart.NOW));
            execute(
                    connection,
                    "SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs"
                            + " WHERE hypertable_name = 'fixes' AND proc_name = 'policy_retention'");

            tidemark.finalizeConversion(finalize(FIXES));

            assertThat(column(connection, JOBS))
                    .containsExactly("policy_compression true 7 days", "policy_retention false 30 days");
        }
    }

    private static ConversionRequest request(PolicyStart policies) {
        return new ConversionRequest(
                List.of(new ConversionTarget(
                        FIXES,
                        "received_at",
                        Optional.empty(),
                        Optional.of(Interval.parse("1 day")),
                        Optional.of(Interval.parse("30 days")),
                        Optional.of(Interval.parse("7 days")),
                        List.of("aircraft_id"),
                        List.of("received_at DESC"),
                        Optional.empty())),
                new Options(
                        Options.DEFAULTS.strategy(),
                        Options.DEFAULTS.maxPause(),
                        Options.DEFAULTS.foreignKeys(),
                        Options.DEFAULTS.keys(),
                        Options.DEFAULTS.includeDetached(),
                        Options.DEFAULTS.dropExpired(),
                        policies,
                        Options.DEFAULTS.verification()));
    }

    private static FinalizeRequest finalize(TableName table) {
        return new FinalizeRequest(table, table.name(), Duration.ZERO, false, Duration.ofSeconds(2));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> column(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }
}

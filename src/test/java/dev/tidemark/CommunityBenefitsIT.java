package dev.tidemark;

import static dev.tidemark.testing.Capability.ATTACH_CHUNK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.Tick;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What one converts for, on partitions that became chunks without being rewritten. Closes each session before the next. */
@Alone
@PostgresTest(needs = ATTACH_CHUNK, promise = "compression, retention, aggregates and speed after a conversion")
class CommunityBenefitsIT {
    private static final TableName MEASURES = new TableName("public", "measures");

    /** Ten days of 50 devices that measure every 30 seconds or so, the youngest day's today. */
    private static final String START =
            """
            CREATE TABLE devices (id int PRIMARY KEY);
            INSERT INTO devices SELECT generate_series(0, 49);
            CREATE TABLE measures (id bigint NOT NULL, device int NOT NULL REFERENCES devices (id), value double precision NOT NULL,
              state text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE INDEX measures_device ON measures (device, at DESC);
            DO $$
            DECLARE
                today CONSTANT timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
            BEGIN
                FOR d IN 0..9 LOOP
                    EXECUTE format('CREATE TABLE measures_p%s PARTITION OF measures FOR VALUES FROM (%L) TO (%L)', d,
                        today - d * interval '24 hours', today - (d - 1) * interval '24 hours');
                END LOOP;
                INSERT INTO measures
                SELECT n, n % 50, round((20 + 5 * sin(n / 5000.0))::numeric, 1), CASE WHEN n % 50 < 45 THEN 'on' ELSE 'off' END,
                       today - 9 * interval '24 hours' + n * interval '8 seconds'
                  FROM generate_series(0, 99999) AS n;
            END $$;
            ANALYZE measures""";

    private static final List<String> QUERIES = List.of(
            "SELECT count(*) FROM measures WHERE at >= date_trunc('day', now()) - interval '3 days' AND at < date_trunc('day', now()) - interval '2 days'",
            "SELECT value FROM measures WHERE device = 7 ORDER BY at DESC LIMIT 20",
            "SELECT device, round(avg(value)::numeric, 6) FROM measures GROUP BY device ORDER BY device");
    private static final String INSERT =
            "INSERT INTO measures SELECT 1000000 + n, n % 50, 1, 'on', now() + n * interval '1 millisecond' FROM generate_series(1, 5000) AS n";

    private static final String KEPT =
            "SELECT * FROM measures WHERE at >= (SELECT max(at) FROM measures) - interval '5 days'";

    /** Times are short and machines busy: what must not happen is that a query reads all chunks, or an insert looks into each. */
    private static final int TIMES_SLOWER = 3;

    private static final Duration TOLERANCE = Duration.ofMillis(10);

    @Test
    @Tick({"1.24", "1.30"})
    void as_fast_as_before_and_then_compressed_and_dropped(Database database) throws Exception {
        database.execute(START);
        Rows before = Rows.of(database, "measures");
        Rows kept = Rows.of(database, KEPT);
        List<List<List<String>>> answers = QUERIES.stream().map(database::rows).toList();
        List<String> indexes = indexes(database);
        List<Duration> partitioned = times(database);

        convert(database);

        assertThat(Rows.of(database, "measures")).isEqualTo(before);
        assertThat(QUERIES.stream().map(database::rows).toList()).isEqualTo(answers);
        assertThat(indexes(database)).isEqualTo(indexes);
        assertThat(database.column(
                        "SELECT conname FROM pg_constraint WHERE conrelid = 'measures'::regclass AND contype = 'f'"))
                .containsExactly("measures_device_fkey");
        List<Duration> chunked = times(database);
        System.out.println("partitions " + partitioned + ", chunks " + chunked);
        for (int i = 0; i < partitioned.size(); i++) {
            assertThat(chunked.get(i))
                    .as("query " + i + ", the last one is the insert")
                    .isLessThan(partitioned.get(i).multipliedBy(TIMES_SLOWER).plus(TOLERANCE));
        }

        try (Connection connection = database.connect()) {
            Tidemark.on(connection)
                    .finalizeConversion(
                            new FinalizeRequest(MEASURES, "measures", Duration.ZERO, false, Duration.ofSeconds(5)));
        }
        run(database, "policy_compression");
        assertThat(database.number(
                        "SELECT round(100 * sum(after_compression_total_bytes) / sum(before_compression_total_bytes))"
                                + " FROM chunk_compression_stats('measures') WHERE compression_status = 'Compressed'"))
                .as("per cent of the size that compression leaves")
                .isLessThan(20);
        // Retention may have been at work by itself.
        assertThat(Rows.of(database, KEPT)).isEqualTo(kept);
        assertThat(database.rows(QUERIES.get(0))).isEqualTo(answers.get(0));

        run(database, "policy_retention");
        assertThat(database.number("SELECT count(*) FROM measures WHERE at < now() - interval '8 days'"))
                .isZero();
        assertThat(database.number("SELECT count(*) FROM show_chunks('measures')"))
                .isBetween(7L, 9L);
    }

    @Test
    @Tick("1.04")
    void aggregates_and_statistics_of_chunks_work(Database database) throws Exception {
        database.execute(START);
        String byDay =
                "SELECT time_bucket('1 day', at) AS day, device, max(value) AS highest, count(*) AS number FROM measures GROUP BY 1, 2";
        convert(database);

        database.execute("CREATE MATERIALIZED VIEW daily WITH (timescaledb.continuous) AS " + byDay);

        assertThat(Rows.of(database, "SELECT day, device, highest, number FROM daily"))
                .isEqualTo(Rows.of(database, byDay));
        assertThat(database.number("SELECT count(*) FROM chunks_detailed_size('measures') WHERE total_bytes > 0"))
                .isEqualTo(10);
        assertThat(database.number("SELECT hypertable_size('measures')")).isPositive();
        database.execute("DROP MATERIALIZED VIEW daily");
        assertThat(
                        database.column(
                                "SELECT proc_name FROM timescaledb_information.jobs WHERE hypertable_name = 'measures' ORDER BY 1"))
                .containsExactly("policy_compression", "policy_retention");
    }

    private static void convert(Database database) throws SQLException {
        try (Connection connection = database.connect()) {
            Tidemark.on(connection)
                    .apply(new ConversionRequest(
                            List.of(new ConversionTarget(
                                    MEASURES,
                                    "at",
                                    Optional.empty(),
                                    Optional.of(Interval.parse("1 day")),
                                    Optional.of(Interval.parse("7 days")),
                                    Optional.of(Interval.parse("3 days")),
                                    List.of("device"),
                                    List.of("at DESC"),
                                    Optional.empty())),
                            new Options(
                                    Strategy.ATTACH,
                                    Duration.ofSeconds(20),
                                    ForeignKeyChoice.REFUSE,
                                    KeyChoice.EXTEND,
                                    false,
                                    true,
                                    PolicyStart.AFTER_FINALIZE,
                                    Verification.STORAGE)));
        }
    }

    private static List<String> indexes(Database database) {
        return database.column("SELECT relname FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid"
                + " WHERE indrelid = 'measures'::regclass ORDER BY 1");
    }

    private static void run(Database database, String policy) {
        database.execute("CALL run_job("
                + database.value(
                        "SELECT job_id FROM timescaledb_information.jobs WHERE hypertable_name = 'measures' AND proc_name = '"
                                + policy + "'")
                + ")");
    }

    /** The median of each query, and of an insert that is taken back. */
    private static List<Duration> times(Database database) throws SQLException {
        List<Duration> medians = new ArrayList<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : List.of(QUERIES.get(0), QUERIES.get(1), QUERIES.get(2), INSERT)) {
                List<Duration> times = new ArrayList<>();
                for (int i = 0; i < 7; i++) {
                    long begin = System.nanoTime();
                    statement.execute(sql);
                    times.add(Duration.ofNanos(System.nanoTime() - begin));
                    connection.rollback();
                }
                Collections.sort(times);
                medians.add(times.get(3));
            }
        }
        return medians;
    }
}

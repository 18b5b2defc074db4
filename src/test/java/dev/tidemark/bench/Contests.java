package dev.tidemark.bench;

import dev.tidemark.bench.Contest.Rival;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What is measured. The ratios are those that the project holds itself to. */
final class Contests {
    private static final Interval DAY = Interval.parse("1 day");

    /** Within the last month: partitions up to today are made. */
    private static final String FIRST_DAY =
            "((date_trunc('day', now() AT TIME ZONE 'UTC') - interval '30 days') AT TIME ZONE 'UTC')";

    private Contests() {}

    /** 5 M rows with a key, three indexes and a foreign key; scaled by {@code share}. */
    static Contest toHypertable(double share) {
        long rows = Math.round(5_000_000 * share);
        String like = "CREATE TABLE target (LIKE metrics INCLUDING DEFAULTS);\n";
        String hypertable =
                "SELECT create_hypertable('target', by_range('ts', INTERVAL '1 day'), create_default_indexes => false);\n";
        String indexes =
                """
                ALTER TABLE target ADD PRIMARY KEY (id, ts);
                CREATE INDEX ON target (device_id, ts DESC);
                CREATE INDEX ON target (ts DESC);
                CREATE INDEX ON target (status, ts) WHERE status <> 0;
                """;
        String foreignKey = "ALTER TABLE target ADD FOREIGN KEY (device_id) REFERENCES devices (id);\n";
        String load = "INSERT INTO target SELECT * FROM metrics;\n";
        return new Contest(
                "plain table to hypertable",
                rows,
                """
                DROP TABLE IF EXISTS target;
                DROP TABLE IF EXISTS metrics, devices CASCADE;
                CREATE TABLE devices (id integer PRIMARY KEY);
                INSERT INTO devices SELECT generate_series(1, 10000);
                CREATE TABLE metrics (id bigint NOT NULL, device_id integer NOT NULL, ts timestamptz NOT NULL, temperature double precision,
                    status smallint NOT NULL, note text);
                INSERT INTO metrics
                SELECT i, 1 + (i::bigint * 7919 %% 10000)::integer, timestamptz '2025-01-01 00:00+00' + i * interval '0.5 second' * (5000000.0 / %1$d),
                       (i %% 997) / 10.0, i %% 5, md5(i::text)
                  FROM generate_series(1, %1$d) AS i;
                ALTER TABLE metrics ADD PRIMARY KEY (id, ts);
                CREATE INDEX ON metrics (device_id, ts DESC);
                CREATE INDEX ON metrics (ts DESC);
                CREATE INDEX ON metrics (status, ts) WHERE status <> 0;
                ALTER TABLE metrics ADD FOREIGN KEY (device_id) REFERENCES devices (id);
                """
                        .formatted(rows),
                request(Goal.HYPERTABLE, "metrics", "ts"),
                "INSERT INTO metrics VALUES (?, 1, timestamptz '2025-02-01 00:00+00', -0.0, 1, 'written meanwhile')",
                100,
                List.of(
                        new Rival(
                                "create_hypertable(migrate_data => true), nobody writing",
                                "SELECT create_hypertable('metrics', by_range('ts', INTERVAL '1 day'), migrate_data => true, create_default_indexes => false);",
                                3.0),
                        new Rival(
                                "INSERT … SELECT into the finished hypertable",
                                like + hypertable + indexes + foreignKey + load,
                                2.0),
                        new Rival(
                                "INSERT … SELECT, then keys, indexes, foreign key",
                                like + hypertable + load + indexes + foreignKey,
                                1.4)));
    }

    /** 2 M rows of a webhook log; scaled by {@code share}. */
    static Contest toPartitions(double share) {
        long rows = Math.round(2_000_000 * share);
        String partitioned =
                """
                CREATE TABLE target (LIKE webhook_log INCLUDING DEFAULTS) PARTITION BY RANGE (timestamp);
                ALTER TABLE target ADD PRIMARY KEY (id, timestamp);
                CREATE INDEX ON target (timestamp);
                CREATE INDEX ON target (provider, timestamp DESC);
                """;
        String days =
                """
                DO $$ BEGIN FOR n IN 0..31 LOOP
                    EXECUTE format('CREATE TABLE target_%s PARTITION OF target FOR VALUES FROM (%L) TO (%L)', n, FIRST + n * interval '1 day', FIRST + (n + 1) * interval '1 day');
                END LOOP; END $$;
                """
                        .replace("FIRST", FIRST_DAY);
        return new Contest(
                "plain table to daily partitions",
                rows,
                """
                DROP TABLE IF EXISTS target;
                DROP TABLE IF EXISTS webhook_log CASCADE;
                CREATE TABLE webhook_log (id bigint NOT NULL, provider text NOT NULL, event_type text NOT NULL, timestamp timestamptz NOT NULL DEFAULT now(),
                    payload jsonb, status smallint NOT NULL DEFAULT 0, headers text);
                INSERT INTO webhook_log
                SELECT i, 'provider ' || i %% 20, 'event ' || i %% 7, FIRST + i * interval '1.3 second' * (2000000.0 / %1$d),
                       jsonb_build_object('number', i, 'value', md5(i::text)), i %% 5, repeat('h', i %% 50)
                  FROM generate_series(1, %1$d) AS i;
                ALTER TABLE webhook_log ADD PRIMARY KEY (id);
                CREATE INDEX ON webhook_log (timestamp);
                CREATE INDEX ON webhook_log (provider, timestamp DESC);
                """
                        .formatted(rows)
                        .replace("FIRST", FIRST_DAY),
                request(Goal.PARTITIONS, "webhook_log", "timestamp"),
                "INSERT INTO webhook_log VALUES (?, 'p', 'e', now(), '{}', 1, 'written meanwhile')",
                100,
                List.of(
                        new Rival(
                                "INSERT … SELECT into finished partitions",
                                partitioned + days + "INSERT INTO target SELECT * FROM webhook_log;",
                                2.5),
                        new Rival("pg_partman's partition_data_proc", partman(partitioned), 3.5),
                        new Rival(
                                "batches of 10,000 by key, as pgslice does", batches(partitioned + days, rows), 2.2)));
    }

    /** pg_partman moves rows out of a DEFAULT partition, or out of a table given as the source. */
    private static String partman(String partitioned) {
        return partitioned
                + """
                SET TimeZone = 'UTC';
                SELECT partman.create_parent(p_parent_table => 'public.target', p_control => 'timestamp', p_interval => '1 day', p_premake => 1, p_default_table => false);
                CALL partman.partition_data_proc('public.target', p_source_table => 'public.webhook_log', p_quiet => true);
                """;
    }

    private static String batches(String partitioned, long rows) {
        return partitioned
                + """
                DO $$ DECLARE last bigint := 0; BEGIN
                    WHILE last < %d LOOP
                        INSERT INTO target SELECT * FROM webhook_log WHERE id > last AND id <= last + 10000;
                        COMMIT;
                        last := last + 10000;
                    END LOOP;
                END $$;
                """
                        .formatted(rows);
    }

    private static ConversionRequest request(Goal goal, String table, String timeColumn) {
        return new ConversionRequest(
                goal,
                List.of(new ConversionTarget(
                        new TableName("public", table),
                        timeColumn,
                        Optional.empty(),
                        Optional.of(DAY),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        goal == Goal.PARTITIONS
                                ? Optional.of(new Partitioning("UTC", 1, Optional.empty(), false))
                                : Optional.empty())),
                new Options(
                        Strategy.COPY,
                        Duration.ofSeconds(2),
                        ForeignKeyChoice.REFUSE,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.CONTENTS,
                        2));
    }
}

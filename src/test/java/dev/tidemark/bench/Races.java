package dev.tidemark.bench;

import dev.tidemark.bench.Race.Rival;
import dev.tidemark.testing.OpenLoopWriter.Write;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;

/** The conversions that are measured against others. The ratios are those that the project holds itself to. */
final class Races {
    private static final double STATEMENTS_PER_SECOND = 100;
    private static final int CONNECTIONS = 32;

    /** Within the last month: partitions up to today are made. */
    private static final String FIRST_DAY =
            "((date_trunc('day', now() AT TIME ZONE 'UTC') - interval '30 days') AT TIME ZONE 'UTC')";

    private Races() {}

    /** 5 M rows with a key, three indexes and a foreign key; scaled by {@code share}. */
    static Race toHypertable(double share) {
        long rows = Math.round(5_000_000 * share);
        String like = "CREATE TABLE target (LIKE metrics INCLUDING DEFAULTS);\n";
        String hypertable =
                "SELECT create_hypertable('target', by_range('ts', INTERVAL '1 day'), create_default_indexes => false);\n";
        String indexes = Metrics.INDEXES.formatted("target");
        String foreignKey = Metrics.FOREIGN_KEY.formatted("target");
        String load = "INSERT INTO target SELECT * FROM metrics;\n";
        return new Race(
                "plain table to hypertable",
                rows,
                Metrics.start(rows),
                Wish.hypertable(Metrics.TABLE, Metrics.TIME),
                inserting(
                        Metrics.TABLE,
                        "VALUES (?, 1, timestamptz '2025-02-01 00:00+00', -0.0, 1, 'written meanwhile')"),
                seeds(),
                List.of(
                        new Rival(
                                "create_hypertable(migrate_data => true)",
                                "SELECT create_hypertable('metrics', by_range('ts', INTERVAL '1 day'), migrate_data => true, create_default_indexes => false);",
                                "metrics",
                                3.0),
                        new Rival(
                                "INSERT … SELECT into the finished hypertable",
                                like + hypertable + indexes + foreignKey + load,
                                "target",
                                2.0),
                        new Rival(
                                "INSERT … SELECT, then keys, indexes, foreign key",
                                like + hypertable + load + indexes + foreignKey,
                                "target",
                                1.4)));
    }

    /** 2 M rows of a webhook log; scaled by {@code share}. */
    static Race toPartitions(double share) {
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
        return new Race(
                "plain table to daily partitions",
                rows,
                webhookLog(rows),
                Wish.partitions("webhook_log", "timestamp"),
                inserting("webhook_log", "VALUES (?, 'p', 'e', now(), '{}', 1, 'written meanwhile')"),
                seeds(),
                List.of(
                        new Rival(
                                "INSERT … SELECT into finished partitions",
                                partitioned + days + "INSERT INTO target SELECT * FROM webhook_log;",
                                "target",
                                2.5),
                        new Rival("pg_partman's partition_data_proc", partman(partitioned), "target", 3.5),
                        new Rival(
                                "batches of 10,000 by key, as pgslice does",
                                batches(partitioned + days, rows),
                                "target",
                                2.2)));
    }

    /** A webhook log with a key without its time and two indexes. */
    static String webhookLog(long rows) {
        return """
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
                .replace("FIRST", FIRST_DAY);
    }

    /**
     * pg_partman moves rows out of a DEFAULT partition, or out of a table given as the source; its manual has VACUUM ANALYZE follow. Without p_wait it
     * would sleep for a second after each partition.
     */
    private static String partman(String partitioned) {
        return partitioned
                + """
                SET TimeZone = 'UTC';
                SELECT partman.create_parent(p_parent_table => 'public.target', p_control => 'timestamp', p_interval => '1 day', p_premake => 1, p_default_table => false);
                CALL partman.partition_data_proc('public.target', p_source_table => 'public.webhook_log', p_wait => 0, p_quiet => true);
                ANALYZE target;
                """;
    }

    /** Without the round trips, which would be in our favour; its manual has {@code pgslice analyze} follow. */
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
                ANALYZE target;
                """
                        .formatted(rows);
    }

    private static Application inserting(String table, String values) {
        return new Application(
                STATEMENTS_PER_SECOND,
                CONNECTIONS,
                Duration.ZERO,
                (connection, number) -> {
                    long id = Metrics.FIRST_WRITTEN + number;
                    try (PreparedStatement insert =
                            connection.prepareStatement("INSERT INTO " + table + " " + values)) {
                        insert.setLong(1, id);
                        Application.one(insert);
                    }
                    return new Write(id, 0);
                },
                "SELECT id::text, '0' FROM " + table + " WHERE id >= " + Metrics.FIRST_WRITTEN);
    }

    private static String seeds() {
        return " WHERE id < " + Metrics.FIRST_WRITTEN;
    }
}

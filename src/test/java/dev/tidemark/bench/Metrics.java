package dev.tidemark.bench;

/** A table of measurements as people have them: a key, three indexes, a foreign key; a month of it. */
final class Metrics {
    static final String TABLE = "metrics";
    static final String TIME = "ts";

    /** The keys of whoever writes later begin here. */
    static final long FIRST_WRITTEN = 1_000_000_000_000L;

    static final String INDEXES =
            """
            ALTER TABLE %1$s ADD PRIMARY KEY (id, ts);
            CREATE INDEX ON %1$s (device_id, ts DESC);
            CREATE INDEX ON %1$s (ts DESC);
            CREATE INDEX ON %1$s (status, ts) WHERE status <> 0;
            """;

    static final String FOREIGN_KEY = "ALTER TABLE %s ADD FOREIGN KEY (device_id) REFERENCES devices (id);\n";

    private Metrics() {}

    static String start(long rows) {
        return """
                CREATE TABLE devices (id integer PRIMARY KEY);
                INSERT INTO devices SELECT generate_series(1, 10000);
                CREATE TABLE metrics (id bigint NOT NULL, device_id integer NOT NULL, ts timestamptz NOT NULL, temperature double precision,
                    status smallint NOT NULL, note text);
                INSERT INTO metrics
                SELECT i, 1 + (i::bigint * 7919 %% 10000)::integer, timestamptz '2025-01-01 00:00+00' + i * interval '0.5 second' * (5000000.0 / %1$d),
                       (i %% 997) / 10.0, i %% 5, md5(i::text)
                  FROM generate_series(1, %1$d) AS i;
                """
                        .formatted(rows)
                + INDEXES.formatted(TABLE)
                + FOREIGN_KEY.formatted(TABLE);
    }
}

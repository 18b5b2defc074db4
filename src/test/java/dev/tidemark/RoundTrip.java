package dev.tidemark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Native partitions with foreign keys out and in, on the Community edition, by one strategy. Closes each session before the next. */
final class RoundTrip {
    static final TableName READINGS = new TableName("public", "readings");

    /** Ten days, the youngest today's; alerts reference the oldest and the youngest row. */
    private static final String START =
            """
            CREATE TABLE stations (id int PRIMARY KEY, name text);
            INSERT INTO stations SELECT n, 'station ' || n FROM generate_series(0, 4) AS n;
            CREATE TABLE readings (id bigint NOT NULL, station_id int REFERENCES stations (id), value double precision, note text,
              read_at timestamptz NOT NULL, PRIMARY KEY (id, read_at)) PARTITION BY RANGE (read_at);
            CREATE INDEX readings_station ON readings (station_id, read_at DESC);
            DO $$
            DECLARE
                today CONSTANT timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
            BEGIN
                FOR d IN 0..9 LOOP
                    EXECUTE format('CREATE TABLE readings_p%s PARTITION OF readings FOR VALUES FROM (%L) TO (%L)', d,
                        today - d * interval '24 hours', today - (d - 1) * interval '24 hours');
                END LOOP;
                INSERT INTO readings SELECT n, n % 5, n / 7.0, repeat('x', n % 50), today - (n % 10) * interval '24 hours' + n * interval '1 second'
                  FROM generate_series(0, 4999) AS n;
            END $$;
            CREATE TABLE alerts (n int PRIMARY KEY, reading_id bigint, read_at timestamptz,
              CONSTRAINT alerts_reading_fkey FOREIGN KEY (reading_id, read_at) REFERENCES readings (id, read_at));
            INSERT INTO alerts SELECT id, id, read_at FROM readings WHERE id IN (0, 9)""";

    private static final String FORMER =
            """
            SELECT c.oid::text, c.relname::text, pg_get_expr(c.relpartbound, c.oid), pg_relation_filenode(c.oid)::text,
                   (SELECT string_agg(x.relname || ' ' || x.oid || ' ' || pg_relation_filenode(x.oid), ', ' ORDER BY x.relname)
                      FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid),
                   (SELECT string_agg(k.conname || ' ' || k.convalidated, ', ' ORDER BY k.conname) FROM pg_constraint AS k WHERE k.conrelid = c.oid)
              FROM pg_class AS c WHERE c.relispartition AND c.relkind = 'r' AND c.relname ~ '^readings_p[0-9]$' ORDER BY 2""";

    private static final String JOBS = "SELECT proc_name || ' ' || scheduled FROM timescaledb_information.jobs"
            + " WHERE hypertable_name = 'readings' ORDER BY 1";

    private final Database database;
    private final Strategy strategy;
    private final ForeignKeyChoice foreignKeys;

    RoundTrip(Database database, Strategy strategy, ForeignKeyChoice foreignKeys) {
        this.database = database;
        this.strategy = strategy;
        this.foreignKeys = foreignKeys;
    }

    /** There and back, with everything that the application and TimescaleDB do in between. */
    void run() throws Exception {
        database.execute(START);
        List<List<String>> former = database.rows(FORMER);
        assertThat(former).hasSize(10);
        Rows before = Rows.of(database, "readings");

        convert();

        assertThat(Rows.of(database, "readings")).isEqualTo(before);
        assertThat(database.number("SELECT count(*) FROM show_chunks('readings')"))
                .isEqualTo(10);
        foreignKeysHold();
        Rows written = applicationGoesOn();
        compression(written);
        goBack();

        // Oids, names, bounds, files, keys. Compression writes the rows of its chunks anew.
        List<List<String>> after = database.rows(FORMER);
        assertThat(after.stream().map(r -> r.subList(0, 3)).toList())
                .isEqualTo(former.stream().map(r -> r.subList(0, 3)).toList());
        assertThat(after.stream().map(r -> r.get(5)).toList())
                .isEqualTo(former.stream().map(r -> r.get(5)).toList());
        assertThat(after.stream()
                        .filter(r -> !former.contains(r))
                        .map(r -> r.get(1))
                        .toList())
                .isSubsetOf("readings_p7", "readings_p8", "readings_p9");
        assertThat(Rows.of(database, "readings")).isEqualTo(written);
        assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'readings'::regclass"))
                .isEqualTo(11);
        assertThat(database.value("SELECT count(*) || ' ' || bool_and(convalidated) FROM pg_constraint"
                        + " WHERE conrelid = 'alerts'::regclass AND contype = 'f' AND conparentid = 0"))
                .isEqualTo("1 true");
        assertThat(database.column(
                        "SELECT proc_name FROM timescaledb_information.jobs WHERE hypertable_name IS NOT NULL"))
                .isEmpty();
    }

    private void convert() throws Exception {
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).apply(request());
        }
        assertThat(database.column(JOBS)).containsExactly("policy_compression false", "policy_retention false");
    }

    private void goBack() throws Exception {
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).undo(List.of(READINGS));
        }
    }

    private void foreignKeysHold() {
        assertThat(refused("INSERT INTO readings VALUES (-1, 99, 0, NULL, now())"))
                .contains("readings_station_id_fkey");
        String dangling = "INSERT INTO alerts VALUES (-1, -1, now())";
        if (foreignKeys == ForeignKeyChoice.TRIGGER) {
            assertThat(refused(dangling)).contains("alerts_reading_fkey");
        } else {
            database.execute(dangling + "; DELETE FROM alerts WHERE n = -1");
        }
    }

    private Rows applicationGoesOn() {
        database.execute(
                """
                INSERT INTO readings VALUES (10000, 1, 1, 'now', now()), (10001, 2, 2, 'next week', now() + interval '7 days');
                UPDATE readings SET note = 'corrected' WHERE id BETWEEN 100 AND 119;
                INSERT INTO readings SELECT id, station_id, -1, note, read_at FROM readings WHERE id BETWEEN 200 AND 209
                  ON CONFLICT (id, read_at) DO UPDATE SET value = EXCLUDED.value;
                DELETE FROM readings WHERE id BETWEEN 300 AND 309""");
        assertThat(database.number("SELECT count(*) FROM readings")).isEqualTo(4992);
        assertThat(database.number("SELECT count(*) FROM readings WHERE value = -1"))
                .isEqualTo(10);
        assertThat(database.number("SELECT count(*) FROM show_chunks('readings')"))
                .isEqualTo(11);
        List<String> explained = database.column("EXPLAIN (COSTS off) SELECT count(*) FROM readings WHERE read_at < '"
                + database.value("SELECT min(read_at) + interval '1 hour' FROM readings") + "'");
        assertThat(explained)
                .anyMatch(line -> line.contains("readings_p9"))
                .noneMatch(line -> line.contains("readings_p0"));
        return Rows.of(database, "readings");
    }

    private void compression(Rows written) {
        database.column(
                "SELECT compress_chunk(c)::text FROM show_chunks('readings', older_than => now() - interval '6 days') AS c");
        assertThat(
                        database.number(
                                "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'readings' AND is_compressed"))
                .isPositive();
        assertThat(Rows.of(database, "readings")).isEqualTo(written);
    }

    private String refused(String sql) {
        try {
            database.execute(sql);
            return "not refused";
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
    }

    ConversionRequest request() {
        return new ConversionRequest(
                List.of(new ConversionTarget(
                        READINGS,
                        "read_at",
                        Optional.empty(),
                        Optional.of(Interval.parse("1 day")),
                        Optional.of(Interval.parse("5 days")),
                        Optional.of(Interval.parse("3 days")),
                        List.of("station_id"),
                        List.of("read_at DESC"),
                        Optional.empty())),
                new Options(
                        strategy,
                        Duration.ofSeconds(20),
                        foreignKeys,
                        KeyChoice.EXTEND,
                        false,
                        true,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.STORAGE));
    }

    /** The start state, converted. */
    void there() throws Exception {
        database.execute(START);
        convert();
    }
}

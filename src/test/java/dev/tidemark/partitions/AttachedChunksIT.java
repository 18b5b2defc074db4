package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.ATTACH_CHUNK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.journal.Journal;
import dev.tidemark.plan.Finding;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.run.Outcome;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The chunks of a hypertable, compressed ones too, become partitions as they are, and chunks again, by what the Community edition has for it. */
@PostgresTest(needs = ATTACH_CHUNK, promise = "chunks become partitions and chunks again on the Community edition")
class AttachedChunksIT {
    private static final String JOBS =
            "SELECT concat_ws(' ', hypertable_name, proc_name, scheduled, config - 'hypertable_id') FROM timescaledb_information.jobs WHERE hypertable_name IS NOT NULL ORDER BY 1";
    private static final String COMPRESSED =
            "SELECT chunk_name::text FROM timescaledb_information.chunks WHERE hypertable_name = 'events' AND is_compressed ORDER BY 1";
    private static final String INDEXES =
            "SELECT i.indexrelid || ' ' || pg_relation_filenode(i.indexrelid) FROM pg_index AS i WHERE i.indexrelid IN (SELECT oid FROM stored) ORDER BY 1";

    private final Database database;

    AttachedChunksIT(Database database) {
        this.database = database;
    }

    @BeforeEach
    void events() {
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE");
        database.execute("DROP TABLE IF EXISTS stored, events, kinds CASCADE");
        database.execute("DROP TABLE IF EXISTS events_old CASCADE");
        database.execute("CREATE TABLE kinds (kind int PRIMARY KEY)");
        database.execute("INSERT INTO kinds SELECT generate_series(0, 3)");
        database.execute(
                """
                CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, kind int CONSTRAINT "of a kind" REFERENCES kinds, note text,
                                     long int GENERATED ALWAYS AS (length(note)) STORED, PRIMARY KEY (id, at))""");
        database.execute("CREATE INDEX events_note ON events (note, at DESC) WHERE kind > 0");
        database.execute("SELECT create_hypertable('events', by_range('at', interval '1 day'))");
        database.execute(
                "ALTER TABLE events SET (timescaledb.compress, timescaledb.compress_segmentby = 'kind', timescaledb.compress_orderby = 'at DESC')");
        database.execute("SELECT add_compression_policy('events', interval '3 days')");
        database.execute("SELECT add_retention_policy('events', interval '90 days')");
        database.execute(
                "INSERT INTO events SELECT i, date_trunc('day', now()) - i * interval '5 minutes', i % 4, 'n' || i FROM generate_series(0, 1999) AS i");
        database.execute("SELECT compress_chunk(c) FROM show_chunks('events', older_than => interval '3 days') AS c");
        database.execute(
                "CREATE TABLE stored AS SELECT i.indexrelid AS oid FROM pg_index AS i WHERE i.indrelid IN (SELECT show_chunks('events'))");
    }

    @Test
    void chunks_become_partitions_and_chunks_again() throws SQLException {
        Rows before = Rows.of(database, "events");
        List<String> jobs = database.column(JOBS);
        List<String> compressed = database.column(COMPRESSED);
        Attaching attaching = attaching();
        assertThat(compressed).isNotEmpty();
        assertThat(attaching.plan().findings()).extracting(Finding::code).contains("TM181", "TM184", "TM307");

        Outcome outcome = attaching.convert();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.DONE);
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("p");
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        assertThat(database.column(JOBS)).allMatch(job -> job.startsWith("events_old ") && job.contains(" f "));
        List<String> indexes = database.column(INDEXES);
        assertThat(
                        database.column(
                                "SELECT DISTINCT count(*)::text FROM pg_index WHERE indrelid IN (SELECT relid FROM pg_partition_tree('events')) GROUP BY indrelid"))
                .as("indexes of a partition: none was made besides")
                .containsExactly("3");
        database.execute("INSERT INTO events (id, at, kind, note) VALUES (-1, now() + interval '2 days', 1, 'ahead')");
        database.execute("UPDATE events SET note = 'changed' WHERE id = 1990");
        Rows since = Rows.of(database, "events");

        attaching.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(since);
        assertThat(database.column(JOBS)).isEqualTo(jobs);
        assertThat(database.column(COMPRESSED)).isEqualTo(compressed);
        assertThat(database.column(INDEXES)).hasSameSizeAs(indexes);
        assertThat(
                        database.column(
                                "SELECT conname FROM pg_constraint WHERE conname = 'tidemark_bound' AND conrelid IN (SELECT show_chunks('events'))"))
                .isEmpty();
        database.execute("DROP TABLE events");
    }

    @Test
    void the_extension_can_go_when_the_conversion_is_final() throws SQLException {
        Rows before = Rows.of(database, "events");
        Attaching attaching = attaching();
        attaching.convert();

        attaching.finish();

        assertThat(database.column(JOBS)).isEmpty();
        assertThat(database.value("SELECT to_regclass('events_old')")).isNull();
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        database.execute("DROP TABLE events");
    }

    /** He may make no table where TimescaleDB makes its chunks, so on the way back they keep the names that they had as partitions. */
    @Test
    void an_owner_who_is_no_superuser_can_do_it() throws SQLException {
        List<String> jobs = database.column(JOBS);
        int compressed = database.column(COMPRESSED).size();
        try (Connection connection = database.connect()) {
            new Journal(new Session(connection), Tidemark.DEFAULT_SCHEMA).install();
        }
        database.execute(
                """
                DO $$
                BEGIN
                    IF to_regrole('tm_leaving') IS NULL THEN CREATE ROLE tm_leaving; END IF;
                    -- The server compiled to WebAssembly has taken away what everybody may read elsewhere.
                    GRANT pg_read_all_data TO tm_leaving;
                    GRANT ALL ON SCHEMA tidemark TO tm_leaving;
                    GRANT ALL ON ALL TABLES IN SCHEMA tidemark TO tm_leaving;
                    GRANT ALL ON ALL SEQUENCES IN SCHEMA tidemark TO tm_leaving;
                    GRANT ALL ON ALL FUNCTIONS IN SCHEMA tidemark TO tm_leaving;
                    GRANT CREATE, USAGE ON SCHEMA public TO tm_leaving;
                    ALTER TABLE kinds OWNER TO tm_leaving;
                    ALTER TABLE events OWNER TO tm_leaving;
                    UPDATE _timescaledb_config.bgw_job SET owner = 'tm_leaving' WHERE hypertable_id IS NOT NULL;
                END
                $$""");
        Rows before = Rows.of(database, "events");
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE tm_leaving");
            Tidemark tidemark = Tidemark.on(connection);
            assertThat(tidemark.plan(attaching().request()).findings())
                    .extracting(Finding::code)
                    .contains("TM183");

            tidemark.apply(attaching().request());
            tidemark.undo(List.of(new TableName("public", "events")));
            statement.execute("RESET ROLE");
        }
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        assertThat(database.column(JOBS)).isEqualTo(jobs);
        assertThat(database.column(COMPRESSED)).hasSize(compressed);
        database.execute("DROP SCHEMA tidemark CASCADE");
        database.execute("DROP TABLE events");
    }

    private Attaching attaching() {
        return new Attaching(database, new TableName("public", "events"))
                .by("at", "1 day")
                .partitioning(new Partitioning("UTC", 3, Optional.empty(), false));
    }
}

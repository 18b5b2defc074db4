package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.Strategy;
import dev.tidemark.run.Listener;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What happens to a hypertable while its chunks become partitions, and to the partitions before they become chunks again. */
@PostgresTest(needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS})
class FormerChunksIT {
    private static final TableName EVENTS = new TableName("public", "events");

    private final Database database;

    FormerChunksIT(Database database) {
        this.database = database;
    }

    @BeforeEach
    void events() {
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE");
        database.execute("DROP TABLE IF EXISTS events CASCADE");
        database.execute("DROP TABLE IF EXISTS events_old CASCADE");
        database.execute(
                """
                CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, note text, gone text, PRIMARY KEY (id, at));
                CREATE INDEX events_note ON events (note);
                SELECT create_hypertable('events', by_range('at', interval '1 day'));
                INSERT INTO events SELECT i, date_trunc('day', now()) - i * interval '5 minutes', 'n' || i FROM generate_series(0, 1999) AS i""");
    }

    @Test
    void what_the_table_has_got_and_lost_since_comes_along() throws Exception {
        Attaching attaching = attaching();
        attaching.convert();
        database.execute("ALTER TABLE events ADD COLUMN later int DEFAULT 7, DROP COLUMN gone");
        database.execute("ALTER TABLE events RENAME COLUMN note TO remark");
        database.execute("CREATE INDEX events_later ON events (later) WHERE later > 5");
        database.execute("DROP INDEX events_note");
        database.execute("ALTER TABLE events ADD CONSTRAINT small CHECK (later < 100)");
        database.execute("GRANT SELECT ON events TO PUBLIC");
        database.execute("COMMENT ON TABLE events IS 'changed'");
        // One as retention would drop it, one that somebody makes of the far future, one of the past.
        database.execute(
                "DO $$ BEGIN EXECUTE 'DROP TABLE ' || (SELECT parent FROM (SELECT relation AS parent FROM tidemark.piece ORDER BY lower_text LIMIT 1) AS p); END $$");
        database.execute(
                "CREATE TABLE far PARTITION OF events FOR VALUES FROM ('2100-01-01 00:00+00') TO ('2101-01-01 00:00+00')");
        database.execute("INSERT INTO events (id, at, remark) VALUES (-1, '2100-06-01', 'far')");
        Rows since = Rows.of(database, "events");

        attaching.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(since);
        assertThat(
                        database.column(
                                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'events' ORDER BY 1"))
                .containsExactly(
                        "CREATE INDEX events_at_idx ON public.events USING btree (at DESC)",
                        "CREATE INDEX events_later ON public.events USING btree (later) WHERE (later > 5)",
                        "CREATE UNIQUE INDEX events_pkey ON public.events USING btree (id, at)");
        assertThat(database.value("SELECT obj_description('events'::regclass)")).isEqualTo("changed");
        assertThat(database.value("SELECT has_table_privilege('public', 'events', 'SELECT')"))
                .isEqualTo("t");
        // It is a hypertable as any other.
        database.execute(
                "INSERT INTO events (id, at, remark) SELECT -2, at + interval '3 days', 'x' FROM events WHERE id IN (-1, 1)");
        database.execute("ALTER TABLE events ADD COLUMN last int");
        database.execute("DROP INDEX events_later");
        assertThat(database.number("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%(later)%'"))
                .isZero();
        database.column("SELECT drop_chunks('events', older_than => interval '1 day')");
        assertThat(database.number("SELECT count(*) FROM events")).isLessThan(700);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "INSERT INTO events VALUES (-1, '1999-01-01', 'old') | TM502 | DEFAULT partition",
                "CREATE TABLE sub PARTITION OF events FOR VALUES FROM ('2100-01-01') TO ('2101-01-01') PARTITION BY RANGE (at) | TM502 | is no ordinary table",
                "DROP TABLE events_old | TM503 | is gone",
                "CREATE MATERIALIZED VIEW kept AS SELECT * FROM events | TM502 | depends on",
            })
    void what_cannot_come_back_is_named_first(String change, String code, String words) throws Exception {
        Attaching attaching = attaching().partitioning(new Partitioning("UTC", 3, Optional.empty(), true));
        attaching.convert();
        database.execute(change);
        Rows rows = Rows.of(database, "events");

        assertThatThrownBy(attaching::goBack).hasMessageContaining(code).hasMessageContaining(words);

        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("p");
        assertThat(database.value("SELECT state FROM tidemark.run")).isEqualTo("DONE");
        database.execute("DROP MATERIALIZED VIEW IF EXISTS kept");
    }

    @Test
    void a_chunk_that_comes_or_goes_before_the_window_is_no_matter() throws Exception {
        Rows[] expected = new Rows[1];
        Listener meanwhile = new Listener() {
            @Override
            public void stepStarts(Step step, int ordinal, int of, boolean back) {
                if (step.id().equals("cutover") && !back) {
                    database.execute("INSERT INTO events VALUES (-1, now() + interval '2 days', 'ahead')");
                    database.execute("INSERT INTO events VALUES (-2, now() - interval '30 days', 'behind')");
                    database.column("SELECT drop_chunks('events', older_than => interval '35 days')");
                    expected[0] = Rows.of(database, "events");
                }
            }
        };
        database.execute("INSERT INTO events VALUES (-3, now() - interval '40 days', 'dropped')");
        try (Connection connection = database.connect()) {
            Tidemark.on(connection, () -> Optional.of(database.connect()), Tidemark.DEFAULT_SCHEMA, meanwhile)
                    .apply(attaching().request());
        }

        assertThat(Rows.of(database, "events")).isEqualTo(expected[0]);
        database.execute(
                "INSERT INTO events SELECT -4, now() - i * interval '1 day', 'in the gap' FROM generate_series(10, 29) AS i");
    }

    @Test
    void it_is_proved_again_and_what_was_begun_can_be_given_up() throws Exception {
        Rows before = Rows.of(database, "events");
        Attaching attaching = attaching();
        attaching.untilSaidSo().convert();
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("r");
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).abort(EVENTS);
        }
        assertThat(
                        database.column(
                                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname ~ 'events'"))
                .containsExactly("events");

        attaching = attaching();
        attaching.convert();
        List<String> proofs = attaching.verify();

        assertThat(proofs).isNotEmpty().allMatch(line -> line.startsWith("holds: "));
        assertThat(Rows.of(database, "events")).isEqualTo(before);
    }

    /** On the Apache edition retention is ours; it rests with the retired hypertable, and goes with it. */
    @Test
    void our_own_retention_rests_and_goes_on() throws Exception {
        Attaching attaching = attaching();
        attaching.convert();
        attaching.goBack();
        database.execute(
                "INSERT INTO tidemark.retention_policy (relation, drop_after, paused) VALUES ('events', '10 years', false)");
        String policies = "SELECT concat_ws(' ', relation, drop_after, paused) FROM tidemark.retention_policy";

        attaching.convert();
        assertThat(database.column(policies)).containsExactly("events_old 10 years t");
        attaching.goBack();
        assertThat(database.column(policies)).containsExactly("events 10 years f");
        attaching.convert();
        attaching.finish();

        assertThat(database.column(policies)).isEmpty();
    }

    private Attaching attaching() {
        return new Attaching(database, EVENTS)
                .by("at", "1 day")
                .partitioning(new Partitioning("UTC", 3, Optional.empty(), false))
                .strategy(Strategy.ADOPT);
    }
}

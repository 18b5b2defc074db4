package dev.tidemark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.Strategy;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Rows;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What applications and their administrators do in the week between a cutover and a rollback, by one strategy. */
abstract class WayBackTests {
    /** Of everything that a table has, something new, something changed and something gone. */
    private static final String WEEK =
            """
            ALTER TABLE events DROP COLUMN old;
            ALTER TABLE events ADD COLUMN old int;
            ALTER TABLE events RENAME COLUMN note TO remark;
            ALTER TABLE events ALTER COLUMN remark SET DEFAULT 'none';
            ALTER TABLE events ALTER COLUMN amount TYPE bigint;
            ALTER TABLE events ADD COLUMN word text COLLATE "C" NOT NULL DEFAULT 'w';
            ALTER TABLE events ADD COLUMN twice bigint GENERATED ALWAYS AS (id * 2) STORED;
            ALTER TABLE events ADD COLUMN numbered bigserial;
            ALTER TABLE events ADD CONSTRAINT positive CHECK (amount > 0);
            ALTER TABLE events DROP CONSTRAINT small;
            CREATE INDEX events_word ON events (word, at DESC) WHERE amount > 0;
            CREATE UNIQUE INDEX events_once ON events (numbered, at);
            ALTER TABLE events ADD CONSTRAINT events_id_word UNIQUE (id, word, at);
            DROP INDEX events_kind;
            CREATE STATISTICS events_together ON kind, word FROM events;
            CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
            CREATE TRIGGER mark BEFORE UPDATE ON events FOR EACH ROW WHEN (NEW.word <> 'x') EXECUTE FUNCTION mark();
            CREATE TRIGGER heard AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION mark();
            CREATE POLICY words ON events USING (word <> 'secret');
            ALTER TABLE events ENABLE ROW LEVEL SECURITY;
            GRANT SELECT, INSERT ON events TO pg_monitor;
            GRANT UPDATE (word) ON events TO pg_monitor;
            COMMENT ON TABLE events IS 'what happened';
            COMMENT ON COLUMN events.word IS 'a word';
            COMMENT ON CONSTRAINT positive ON events IS 'above zero';
            COMMENT ON INDEX events_word IS 'by word';
            CREATE VIEW seen AS SELECT id, word FROM events;
            INSERT INTO events (id, kind, at) VALUES (2001, 'b', now() + interval '100 days'), (2002, 'b', now() - interval '100 days')""";

    abstract Strategy strategy();

    private WayBackScenario scenario(Database database) {
        return new WayBackScenario(database, strategy());
    }

    @Test
    void open_ends_come_back_as_they_were(Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        database.execute(WayBackScenario.PARTITIONS);
        List<List<String>> before = scenario.former();
        scenario.convert("SELECT 1");
        database.execute("INSERT INTO events (id, at) VALUES (2001, now() - interval '9 years')");

        scenario.goBack();

        assertThat(scenario.former()).isEqualTo(before);
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(1001);
    }

    @Test
    void rows_beyond_an_open_end_come_back_too(Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        database.execute(WayBackScenario.PARTITIONS);
        List<List<String>> before = scenario.former();
        scenario.convert("SELECT 1");
        database.execute(
                "INSERT INTO events (id, at) VALUES (2001, now() + interval '100 days'), (2002, now() + interval '400 days')");
        Rows written = Rows.of(database, "events");

        scenario.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(written);
        List<List<String>> after = scenario.former();
        assertThat(after.get(0)).isEqualTo(before.get(0));
        assertThat(after.get(1).subList(0, 3)).isEqualTo(before.get(1).subList(0, 3));
        assertThat(after.get(1).get(3)).doesNotContain("MAXVALUE");
        // As before, there is no time without a partition.
        database.execute(
                "INSERT INTO events (id, at) SELECT 3000 + d, now() + d * interval '1 day' FROM generate_series(-9, 999, 9) AS d");
        assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                .isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_a_week_changed_stays_changed(boolean partitioned, Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        scenario.convert(partitioned ? WayBackScenario.PARTITIONS : WayBackScenario.HEAP);
        List<List<String>> former = storage(database);
        // Before 2.29.1 a dropped column stays in attached chunks, and whole rows can no longer be read: TM207.
        boolean reaches = strategy() == Strategy.ADOPT
                || database.number(
                                "SELECT split_part(extversion, '.', 2) FROM pg_extension WHERE extname = 'timescaledb'")
                        >= 30
                || database.value("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")
                        .equals("2.29.2");
        database.execute(reaches ? WEEK : WEEK.replaceAll("ALTER TABLE events (DROP|ADD) COLUMN old.*;", ""));
        List<String> definition = scenario.definition();
        Rows written = Rows.of(database, "events");

        scenario.goBack();

        assertThat(scenario.definition()).isEqualTo(definition);
        assertThat(Rows.of(database, "events")).isEqualTo(written);
        assertThat(database.number("SELECT count(*) FROM seen")).isEqualTo(1002);
        assertThat(storage(database)).as("oids").isEqualTo(former);
        assertThat(
                        database.number(
                                "SELECT count(*) FROM pg_class WHERE relname ~ '(^tidemark_|_leaving|^events_old)' AND relnamespace = 'public'::regnamespace"))
                .isZero();
        database.execute("INSERT INTO events (id, kind, at) VALUES (2003, 'b', now())");
        assertThat(database.number("SELECT max(numbered) FROM events")).isEqualTo(1003);
        database.execute("DROP TABLE events CASCADE");
    }

    /** Oids: names differ while it is a hypertable, files because a column changed its type. */
    private static List<List<String>> storage(Database database) {
        return database.rows(
                "SELECT min(tableoid)::text, max(tableoid)::text FROM (SELECT tableoid::bigint AS tableoid FROM events WHERE id < 2000) AS e");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CREATE TABLE alarms (id bigint, at timestamptz, CONSTRAINT to_events FOREIGN KEY (id, at) REFERENCES events) | DROP TABLE alarms | to_events",
                "CREATE MATERIALIZED VIEW seen_once AS SELECT count(*) FROM events | DROP MATERIALIZED VIEW seen_once | seen_once",
                "ALTER TABLE events RENAME COLUMN at TO happened | ALTER TABLE events RENAME COLUMN happened TO at | happened",
                "ALTER TABLE events RENAME TO happenings | ALTER TABLE happenings RENAME TO events | events",
                "CREATE PUBLICATION news FOR TABLE events | DROP PUBLICATION news | news",
                "ALTER TABLE events ADD COLUMN rights aclitem | ALTER TABLE events DROP COLUMN rights | rights",
            })
    void what_cannot_come_back_is_refused_before_anything_changes(
            String obstacle, String remedy, String word, Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        scenario.convert(WayBackScenario.PARTITIONS);
        scenario.isRefused(obstacle, remedy, "TM50", word);
    }

    @Test
    void without_the_retired_table_there_is_no_way_back(Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        scenario.convert(WayBackScenario.PARTITIONS);
        database.execute("DROP TABLE events_old");

        assertThatThrownBy(scenario::goBack).hasMessageContaining("TM503").hasMessageContaining("events_old");
        assertThat(scenario.state()).isEqualTo("DONE");
    }

    @Test
    void views_changed_or_dropped_since_stay_so(Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        database.execute(WayBackScenario.PARTITIONS);
        database.execute(
                "CREATE VIEW seen_1 AS SELECT id FROM events; CREATE VIEW seen_2 AS SELECT id FROM events; CREATE VIEW seen_3 AS SELECT id FROM seen_1");
        scenario.convert("SELECT 1");
        database.execute("CREATE OR REPLACE VIEW seen_1 AS SELECT id, kind FROM events; DROP VIEW seen_2");
        List<String> definition = scenario.definition();

        scenario.goBack();

        assertThat(scenario.definition()).isEqualTo(definition);
        assertThat(database.number("SELECT count(*) FROM seen_3")).isEqualTo(1000);
    }

    @Test
    void a_table_whose_foreign_key_was_cut_may_be_gone(Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        scenario.convert(WayBackScenario.PARTITIONS
                + "; CREATE TABLE alarms (id bigint, at timestamptz, FOREIGN KEY (id, at) REFERENCES events)");
        database.execute("DROP TABLE alarms");

        scenario.goBack();

        assertThat(scenario.state()).isEqualTo("UNDONE");
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(1000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_drop_chunks_dropped_stays_dropped(boolean partitioned, Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        scenario.convert(partitioned ? WayBackScenario.PARTITIONS : WayBackScenario.HEAP);
        database.execute("INSERT INTO events (id, kind, at) VALUES (2001, 'b', now() + interval '100 days')");
        List<String> definition = scenario.definition();
        database.column("SELECT drop_chunks('events', now() + interval '50 days')");

        scenario.goBack();

        assertThat(database.column("SELECT id::text FROM events")).containsExactly("2001");
        assertThat(scenario.definition()).isEqualTo(definition);
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo(partitioned ? "p" : "r");
        database.execute("INSERT INTO events (id, kind, at) VALUES (2002, 'b', now() + interval '90 days')");
    }

    @Test
    void a_table_that_lost_every_chunk_comes_back_empty(Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        scenario.convert(WayBackScenario.HEAP);
        database.column("SELECT drop_chunks('events', now() + interval '500 days')");

        scenario.goBack();

        assertThat(database.number("SELECT count(*) FROM events")).isZero();
    }

    @Test
    void more_rows_than_fit_the_window_are_refused(Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        scenario.convert(WayBackScenario.HEAP);
        database.execute(
                "INSERT INTO events (id, kind, at, note) SELECT 3000 + n, 'b', now() + interval '100 days', repeat('x', 1000) FROM generate_series(1, 10000) AS n");

        assertThatThrownBy(() -> scenario.goBack(Duration.ofMillis(100)))
                .hasMessageContaining("TM504")
                .hasMessageContaining("maxPause");
        assertThat(scenario.state()).isEqualTo("DONE");
        scenario.goBack();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(11000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_way_back_proves_itself(boolean partitioned, Database database) throws Exception {
        WayBackScenario scenario = scenario(database);
        scenario.convert(partitioned ? WayBackScenario.PARTITIONS : WayBackScenario.HEAP);
        database.execute("INSERT INTO events (id, kind, at) VALUES (2001, 'b', now() + interval '100 days')");

        scenario.goBack();

        assertThat(database.column("SELECT DISTINCT kind FROM tidemark.proof WHERE kind LIKE 'way back%' ORDER BY 1"))
                .isEqualTo(
                        partitioned
                                ? List.of(
                                        "way back: file nodes",
                                        "way back: range",
                                        "way back: rows read by name, cold",
                                        "way back: rows read by name, hot")
                                : List.of(
                                        "way back: file nodes",
                                        "way back: rows moved",
                                        "way back: rows read by name, cold",
                                        "way back: rows read by name, hot"));
        assertThat(database.number("SELECT count(*) FROM tidemark.proof WHERE before IS DISTINCT FROM after"))
                .isZero();
    }
}

package dev.tidemark.exchange;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.Finding;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Strategy;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Requests;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A partition that is wider than the others becomes several, and comes back. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "a history partition is split in one window, and there is a way back")
class SplitHistoryIT {
    private static final String START =
            """
            CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE INDEX events_at ON events (at);
            CREATE TABLE events_history PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-03-01 12:00+00');
            CREATE TABLE events_0 PARTITION OF events FOR VALUES FROM ('2026-03-01 12:00+00') TO ('2026-03-02 00:00+00');
            CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-03-02 00:00+00') TO ('2026-03-03 00:00+00');
            CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-03-03 00:00+00') TO ('2026-03-04 00:00+00');
            COMMENT ON TABLE events_history IS 'the past';
            INSERT INTO events (at, body) SELECT timestamptz '2026-02-23 06:00+00' + g * interval '1 minute', repeat('x', 100) FROM generate_series(0, 9999) AS g;
            ANALYZE events;""";

    private static ExchangeScenario split(Database database) {
        return new ExchangeScenario(database, Goal.SPLIT, "events");
    }

    @Test
    void the_pieces_cover_what_it_covered_and_it_comes_back(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = split(database)
                .before(
                        "indexes",
                        () -> database.execute(
                                "INSERT INTO events (at, body) VALUES ('2020-01-01 00:00+00', 'older than all')"));
        String definition = scenario.definition();

        scenario.apply();

        assertThat(scenario.partitions())
                .containsExactly(
                        "events_0 2026-03-01 12:00:00+00 TO 2026-03-02",
                        "events_1 2026-03-02 TO 2026-03-03",
                        "events_2 2026-03-03 TO 2026-03-04",
                        "events_y2026m02d23 MINVALUE TO 2026-02-24",
                        "events_y2026m02d24 2026-02-24 TO 2026-02-25",
                        "events_y2026m02d25 2026-02-25 TO 2026-02-26",
                        "events_y2026m02d26 2026-02-26 TO 2026-02-27",
                        "events_y2026m02d27 2026-02-27 TO 2026-02-28",
                        "events_y2026m02d28 2026-02-28 TO 2026-03-01",
                        "events_y2026m03d01 2026-03-01 TO 2026-03-01 12:00:00+00");
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(10_001);
        assertThat(database.number("SELECT count(*) FROM events_y2026m02d23 WHERE at < '2021-01-01'"))
                .isEqualTo(1);
        database.execute(
                """
                INSERT INTO events (at, body) VALUES ('2019-01-01 00:00+00', 'later, and older still');
                UPDATE events SET body = 'changed' WHERE id BETWEEN 100 AND 200;
                UPDATE events SET at = at + interval '5 days' WHERE id BETWEEN 1 AND 50;
                DELETE FROM events WHERE id BETWEEN 500 AND 550""");
        Rows rows = Rows.of(database, "events");

        scenario.goBack();

        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(scenario.definition()).isEqualTo(definition);
    }

    @Test
    void a_partition_can_be_named_and_one_of_several_must_be(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id integer NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
                CREATE TABLE january PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
                CREATE TABLE february PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
                CREATE TABLE d1 PARTITION OF events FOR VALUES FROM ('2026-03-01') TO ('2026-03-02');
                CREATE TABLE d2 PARTITION OF events FOR VALUES FROM ('2026-03-02') TO ('2026-03-03');
                CREATE TABLE d3 PARTITION OF events FOR VALUES FROM ('2026-03-03') TO ('2026-03-04');
                INSERT INTO events SELECT g, date '2026-01-01' + g / 10 FROM generate_series(0, 600) AS g""");

        assertThat(split(database).plan().blockers()).extracting(Finding::code).containsExactly("TM342");
        assertThat(split(database).part("januari").plan().blockers())
                .singleElement()
                .asString()
                .contains("TM341", "Did you mean \"january\"?");
        assertThat(split(database).part("d1").apply().result()).isEqualTo(Outcome.Result.NOTHING_TO_DO);

        split(database)
                .part("january")
                .interval("7 days")
                .pattern("{table}_{yyyy}{MM}{dd}")
                .apply();

        assertThat(split(database).partitions())
                .contains(
                        "events_20251229 2026-01-01 TO 2026-01-05",
                        "events_20260105 2026-01-05 TO 2026-01-12",
                        "events_20260126 2026-01-26 TO 2026-02-01")
                .hasSize(9);
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(601);
    }

    @Test
    void what_is_not_wide_is_left_as_it_is(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = split(database);
        scenario.apply();
        scenario.finish();

        assertThat(scenario.apply().result()).isEqualTo(Outcome.Result.NOTHING_TO_DO);
        assertThat(database.number("SELECT count(*) FROM pg_class WHERE relname = 'events_history'"))
                .isZero();
    }

    /** What is begun and not gone on with leaves nothing behind. */
    @Test
    void it_can_be_taken_back_before_its_window(Database database) throws Exception {
        database.execute(START);
        database.execute(
                "CREATE TABLE rest PARTITION OF events DEFAULT; INSERT INTO events (at, body) SELECT '2027-01-01', 'x' FROM generate_series(1, 1000)");
        ExchangeScenario scenario = split(database).before("cutover", () -> {
            throw new IllegalStateException("stopped");
        });
        String definition = scenario.definition();
        Rows rows = Rows.of(database, "events");
        assertThatThrownBy(scenario::apply).hasMessageContaining("stopped");
        assertThat(
                        database.number(
                                "SELECT count(*) FROM pg_constraint WHERE conname = 'tidemark_bound' AND conrelid = 'rest'::regclass"))
                .isEqualTo(1);

        scenario.goBack();

        assertThat(scenario.definition()).isEqualTo(definition);
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        scenario.apply();
        scenario.goBack();
        assertThat(scenario.definition()).isEqualTo(definition);
    }

    /** From a plain table, without a copy, to partitions of one width: the rows from before are copied later, when there is time. */
    @Test
    void what_attach_left_is_split(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE events (id bigserial PRIMARY KEY, at timestamptz NOT NULL, body text);
                CREATE INDEX events_at ON events (at);
                INSERT INTO events (at, body) SELECT date_trunc('day', now()) - interval '20 days' + g * interval '3 minutes', 'x' FROM generate_series(0, 9599) AS g;
                ANALYZE events""");
        ExchangeScenario scenario = split(database);
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).apply(attached());
        }
        scenario.finish();
        Rows rows = Rows.of(database, "events");
        String definition = scenario.definition();
        int before = scenario.partitions().size();

        scenario.apply();

        assertThat(scenario.partitions()).hasSizeGreaterThan(before + 19);
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        database.execute("INSERT INTO events (at, body) VALUES (now(), 'new'), (now() - interval '5 days', 'late')");
        scenario.goBack();

        assertThat(scenario.definition()).isEqualTo(definition);
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(9_602);
    }

    private static ConversionRequest attached() {
        return new ConversionRequest(
                Goal.PARTITIONS,
                List.of(Requests.daily(new TableName("public", "events"), "at", Partitioning.DEFAULTS)),
                Options.DEFAULTS.with(Strategy.ATTACH));
    }
}

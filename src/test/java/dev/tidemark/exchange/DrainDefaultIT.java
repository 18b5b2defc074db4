package dev.tidemark.exchange;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.run.Outcome;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import org.junit.jupiter.api.Test;

/** The rows of a DEFAULT partition get partitions of their own, and go back. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS},
        promise = "rows of a DEFAULT partition get proper partitions in one window, and there is a way back")
class DrainDefaultIT {
    /** Days of which the first three have partitions; ten more lie in DEFAULT. */
    static final String START =
            """
            CREATE TABLE stations (id integer PRIMARY KEY, name text);
            INSERT INTO stations SELECT g, 'station ' || g FROM generate_series(0, 9) AS g;
            CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, station integer NOT NULL REFERENCES stations, body text DEFAULT 'none',
                size integer GENERATED ALWAYS AS (length(body)) STORED, PRIMARY KEY (id, at), CHECK (station >= 0)) PARTITION BY RANGE (at);
            CREATE INDEX events_at ON events (at);
            CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-03-01 00:00+00') TO ('2026-03-02 00:00+00');
            CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-03-02 00:00+00') TO ('2026-03-03 00:00+00');
            CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2026-03-03 00:00+00') TO ('2026-03-04 00:00+00');
            CREATE TABLE events_default PARTITION OF events DEFAULT;
            COMMENT ON TABLE events_default IS 'what is left';
            INSERT INTO events (at, station, body)
            SELECT timestamptz '2026-03-01 00:00+00' + g * interval '10 seconds', g % 10, repeat('x', 200) FROM generate_series(0, 99999) AS g;
            ANALYZE events;""";

    @Test
    void rows_get_partitions_of_their_own_and_go_back(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = new ExchangeScenario(database, Goal.DRAINED, "events");
        String definition = scenario.definition();
        Rows rows = Rows.of(database, "events");

        Outcome there = scenario.apply();

        System.out.println(there);
        scenario.partitions().forEach(System.out::println);
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(database.number("SELECT count(*) FROM events_default")).isZero();

        Outcome back = scenario.goBack();

        System.out.println(back);
        assertThat(Rows.of(database, "events")).isEqualTo(rows);
        assertThat(scenario.definition()).isEqualTo(definition);
    }
}

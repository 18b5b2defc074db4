package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One value of one row of the copy is changed behind our back; the proof names row and column, and the application goes on. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "a proof finds any difference of one value, and nothing is exchanged")
class CopyProofIT {
    private static final int ROWS = 3000;
    private static final int PLACES = Integer.getInteger("tidemark.proof.places", 12);

    private static final String START =
            """
            CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, exact numeric, approximate double precision, span interval, document jsonb,
              words text, padded bpchar, bytes bytea, list int[], nested text[], flag boolean, small real, of_day time, address inet, bits bit varying, plain json,
              PRIMARY KEY (id, at));
            INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '1 minute', 1.0, 0.0, '1 day', '{"a": 1.0}', '', 'ab', '\\x00', '{1,2}', '{NULL}',
              false, 0, '24:00', '10.0.0.1', B'', '{"a":1}' FROM generate_series(1, %d) AS n"""
                    .formatted(ROWS);

    /** Values that many comparisons take for the same, and some that none should. */
    private static final List<List<String>> DIFFERENCES = List.of(
            List.of("exact", "1.00"),
            List.of("approximate", "'-0.0'"),
            List.of("span", "'24 hours'"),
            List.of("document", "'{\"a\": 1.00}'"),
            List.of("words", "NULL"),
            List.of("padded", "'ab '"),
            List.of("bytes", "'\\x0000'"),
            List.of("list", "'[0:1]={1,2}'"),
            List.of("nested", "'{\"NULL\"}'"),
            List.of("flag", "NULL"),
            List.of("small", "'-0'"),
            List.of("of_day", "'00:00'"),
            List.of("address", "'10.0.0.1/31'"),
            List.of("bits", "B'0'"),
            List.of("plain", "'{\"a\": 1}'"),
            List.of("words", "' '"),
            List.of("exact", "'NaN'"));

    private record Place(int number, long seed) {
        @Override
        public String toString() {
            return DIFFERENCES.get(number % DIFFERENCES.size()) + ", seed " + seed;
        }
    }

    static Stream<Place> places() {
        long seed = Long.getLong("tidemark.seed", System.nanoTime());
        return IntStream.range(0, PLACES).mapToObj(i -> new Place(i, seed + i));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void finds_a_value_that_was_changed_in_the_copy(Place place, Database database) throws Exception {
        System.out.println("Changed in the copy: " + place);
        Random random = new Random(place.seed());
        int row = 1 + random.nextInt(ROWS);
        List<String> difference = DIFFERENCES.get(place.number() % DIFFERENCES.size());
        String stage = List.of("indexes", "catch-up", "prove").get(random.nextInt(3));
        database.execute(START);
        if (random.nextBoolean()) {
            database.execute("CREATE INDEX ON events (at)");
        }
        Rows before = Rows.of(database, "events");
        CopyScenario scenario = CopyScenario.ofEvents(database)
                .before(
                        stage,
                        () -> database.execute("UPDATE events_new SET " + difference.get(0) + " = " + difference.get(1)
                                + " WHERE id = " + row));

        assertThatThrownBy(scenario::convert)
                .hasMessageContainingAll(
                        "TM500", "row (" + row + ", ", ") differs in " + difference.get(0), "which is unharmed");

        isUntouched(database, scenario, before);
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.CsvSource(
            delimiter = '|',
            value = {
                "DELETE FROM events_new WHERE id = 77|row (77, |is not in the copy",
                "INSERT INTO events_new SELECT -1, at FROM events WHERE id = 77|row (-1, |is in the copy only",
                "UPDATE events_new SET at = at + interval '1 second' WHERE id = 77|row (77, |is not in the copy"
            })
    void finds_a_row_that_came_or_went(String change, String row, String what, Database database) throws Exception {
        database.execute(START);
        Rows before = Rows.of(database, "events");
        CopyScenario scenario = CopyScenario.ofEvents(database).before("prove", () -> database.execute(change));

        assertThatThrownBy(scenario::convert).hasMessageContainingAll("TM500", row, what);

        isUntouched(database, scenario, before);
    }

    /** On the way back the table that comes back is held against the one that the application uses. */
    @org.junit.jupiter.api.Test
    void finds_a_value_that_was_changed_in_the_retired_table(Database database) throws Exception {
        database.execute(START);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        scenario.convert();
        Rows before = Rows.of(database, "events");
        database.execute("UPDATE events_old SET exact = 1.00 WHERE id = 77");

        assertThatThrownBy(scenario::goBack).hasMessageContainingAll("TM500", "row (77, ", "differs in exact");

        assertThat(Rows.of(database, "events")).isEqualTo(before);
        database.execute("INSERT INTO events (id, at) VALUES (-1, now()); UPDATE events SET exact = 2 WHERE id = 77");
    }

    private static void isUntouched(Database database, CopyScenario scenario, Rows before) throws Exception {
        assertThat(database.value(
                        "SELECT relkind::text || ' ' || count(i) FROM pg_class LEFT JOIN pg_inherits AS i ON inhparent = pg_class.oid"
                                + " WHERE pg_class.oid = 'events'::regclass GROUP BY relkind"))
                .isEqualTo("r 0");
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        database.execute("INSERT INTO events (id, at) VALUES (-1, now()); DELETE FROM events WHERE id = -1");
        // What failed does not pass by being asked again.
        assertThatThrownBy(scenario::convert).hasMessageContaining("TM500");
        scenario.abort();
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        assertThat(database.column("SELECT relname FROM pg_class WHERE relname = 'events_new'"
                        + " UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = 'events'::regclass"))
                .isEmpty();
        scenario.convert();
        assertThat(Rows.of(database, "events")).isEqualTo(before);
    }
}

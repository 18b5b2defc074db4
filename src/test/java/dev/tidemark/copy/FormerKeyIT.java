package dev.tidemark.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Tuning;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Refused;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A foreign key that references a primary key which the time column is added to. */
@PostgresTest
class FormerKeyIT {
    private static final String TABLES =
            """
            CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, body text);
            INSERT INTO events SELECT n, now() - n * interval '1 hour', 'b' || n FROM generate_series(1, 100) AS n;
            CREATE TABLE notes (id bigint PRIMARY KEY, event bigint NOT NULL REFERENCES events (id));
            INSERT INTO notes SELECT n, n FROM generate_series(1, 50) AS n""";

    private static final String KEY =
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'notes'::regclass AND contype = 'f'";

    @Test
    void it_is_refused_before_anything_is_copied(Database database) throws Exception {
        database.execute(TABLES);
        try (Connection connection = database.connect()) {
            assertThatThrownBy(() ->
                            CopyScenario.ofEvents(database).on(connection).apply(request(ForeignKeyChoice.REFUSE)))
                    .isInstanceOf(Refused.class)
                    .hasMessageContainingAll("TM316", "\"notes_event_fkey\"", "(\"id\")", "foreignKeys=\"trigger\"");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ForeignKeyChoice.class,
            names = {"DROP", "TRIGGER"})
    void it_goes_or_is_replaced_and_comes_back(ForeignKeyChoice choice, Database database) throws Exception {
        database.execute(TABLES);
        CopyScenario scenario = CopyScenario.ofEvents(database);
        String dangling = "INSERT INTO notes VALUES (1000, 5000)";
        try (Connection connection = database.connect()) {
            scenario.on(connection).apply(request(choice));

            assertThat(database.column(KEY)).isEmpty();
            database.execute("INSERT INTO notes VALUES (900, 60); DELETE FROM events WHERE id = 99");
            if (choice == ForeignKeyChoice.TRIGGER) {
                assertThatThrownBy(() -> database.execute(dangling)).hasMessageContaining("notes_event_fkey");
                assertThatThrownBy(() -> database.execute("DELETE FROM events WHERE id = 1"))
                        .hasMessageContaining("notes_event_fkey");
            }

            scenario.on(connection).undo(List.of(CopyScenario.EVENTS), Tuning.of(Duration.ofSeconds(2)));
        }
        assertThat(database.value(KEY)).isEqualTo("FOREIGN KEY (event) REFERENCES events(id)");
        assertThatThrownBy(() -> database.execute(dangling)).hasMessageContaining("notes_event_fkey");
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(99);
    }

    private static ConversionRequest request(ForeignKeyChoice choice) {
        Options o = Options.DEFAULTS;
        return new ConversionRequest(
                Goal.PARTITIONS,
                List.of(new ConversionTarget(
                        CopyScenario.EVENTS,
                        "at",
                        Optional.empty(),
                        Optional.of(Interval.parse("1 day")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.of(new Partitioning("UTC", 2, Optional.empty(), false)))),
                new Options(
                        o.strategy(),
                        o.maxPause(),
                        choice,
                        o.keys(),
                        o.includeDetached(),
                        o.dropExpired(),
                        o.policies(),
                        o.verification()));
    }
}

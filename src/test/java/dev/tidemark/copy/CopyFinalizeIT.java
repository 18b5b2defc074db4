package dev.tidemark.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Strategy;
import dev.tidemark.run.Outcome;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A copy is proved again at any time, and finalized only while both tables have the same rows. */
@PostgresTest
class CopyFinalizeIT {
    private static final TableName READINGS = new TableName("public", "readings");

    private final Database database;

    CopyFinalizeIT(Database database) {
        this.database = database;
    }

    /** Seconds since the epoch, an hour a partition, up to now. */
    @BeforeEach
    void readings() {
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE");
        database.execute("DROP TABLE IF EXISTS readings, readings_old CASCADE");
        database.execute(
                "CREATE TABLE readings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at bigint NOT NULL, v numeric)");
        database.execute("CREATE INDEX ON readings (at)");
        database.execute(
                "INSERT INTO readings (at, v) SELECT extract(epoch from now())::bigint - i * 60, i / 7.0 FROM generate_series(0, 2999) AS i");
    }

    @Test
    void a_copy_is_proved_again_and_finalized() throws SQLException {
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            assertThat(tidemark.apply(toPartitions()).result()).isEqualTo(Outcome.Result.DONE);
            assertThat(database.number(
                            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.readings'::regclass"))
                    .isGreaterThan(50);
            database.execute("INSERT INTO readings (at, v) VALUES (extract(epoch from now())::bigint, 1.10)");

            assertThat(tidemark.verify(READINGS))
                    .singleElement()
                    .asString()
                    .startsWith("holds: ")
                    .contains("3000 rows");
            tidemark.finalizeConversion(finalize(READINGS));

            assertThat(database.value("SELECT to_regclass('readings_old')")).isNull();
            assertThat(database.number(
                            "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'tidemark%'"))
                    .isZero();
            assertThat(
                            database.number(
                                    "SELECT count(*) FROM pg_class WHERE relname LIKE 'way\\_back\\_%' OR relname LIKE 'capture\\_%'"))
                    .isZero();
            assertThat(database.number("SELECT count(*) FROM readings")).isEqualTo(3001);
        }
    }

    @Test
    void what_differs_is_found_and_keeps_the_retired_table() throws SQLException {
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(toPartitions());
            database.execute("UPDATE readings_old SET v = 1.0 WHERE id = 8");
            database.execute("UPDATE readings_old SET v = v WHERE id = 9");

            assertThatThrownBy(() -> tidemark.verify(READINGS))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("BROKEN");
            assertThatThrownBy(() -> tidemark.finalizeConversion(finalize(READINGS)))
                    .hasMessageContaining("proof failed");
            assertThat(database.number("SELECT count(*) FROM readings_old")).isEqualTo(3000);
        }
    }

    @Test
    void a_further_conversion_waits_until_the_first_is_finalized() throws SQLException {
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(toPartitions());

            assertThatThrownBy(() -> tidemark.apply(request(Goal.PLAIN_TABLE)))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("convertToPartitions")
                    .hasMessageContaining("Finalize it");

            tidemark.finalizeConversion(finalize(READINGS));
            assertThat(tidemark.apply(request(Goal.PLAIN_TABLE)).result()).isEqualTo(Outcome.Result.DONE);
            assertThat(database.number("SELECT count(*) FROM readings")).isEqualTo(3000);
        }
    }

    private static FinalizeRequest finalize(TableName table) {
        return new FinalizeRequest(table, table.name(), Duration.ZERO, false, Duration.ofSeconds(2));
    }

    private static ConversionRequest toPartitions() {
        return request(Goal.PARTITIONS);
    }

    private static ConversionRequest request(Goal goal) {
        return new ConversionRequest(
                goal,
                List.of(new ConversionTarget(
                        READINGS,
                        "at",
                        Optional.of(Epoch.S),
                        Optional.of(Interval.parse("1 hour")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        goal == Goal.PARTITIONS
                                ? Optional.of(new Partitioning("UTC", 2, Optional.empty(), false))
                                : Optional.empty())),
                Options.DEFAULTS.with(Strategy.COPY));
    }
}

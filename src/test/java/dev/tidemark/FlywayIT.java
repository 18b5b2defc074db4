package dev.tidemark;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
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
import dev.tidemark.testing.PostgresTest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.junit.jupiter.api.Test;

/** The facade from a Flyway Java migration, outside Flyway's transaction. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER},
        promise = "a Flyway migration converts through the facade")
class FlywayIT {
    private static final TableName METRICS = new TableName("public", "metrics");

    /** What a user of Flyway writes. */
    @SuppressWarnings("ClassNamedLikeTypeParameter") // Flyway reads version and description from the name
    static final class V1__Metrics_to_hypertable extends BaseJavaMigration {
        @Override
        public boolean canExecuteInTransaction() {
            return false;
        }

        @Override
        public void migrate(Context context) {
            Options options = new Options(
                    Strategy.ADOPT,
                    Duration.ofSeconds(2),
                    ForeignKeyChoice.REFUSE,
                    KeyChoice.EXTEND,
                    false,
                    false,
                    PolicyStart.AFTER_FINALIZE,
                    Verification.CONTENTS);
            ConversionTarget metrics = new ConversionTarget(
                    METRICS,
                    "ts",
                    Optional.empty(),
                    Optional.of(Interval.parse("1 day")),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    Optional.empty());
            Tidemark.on(context.getConnection()).apply(new ConversionRequest(List.of(metrics), options));
        }
    }

    @Test
    void a_java_migration_converts_and_proves_the_contents(Database database) {
        database.execute("CREATE TABLE metrics (ts timestamptz NOT NULL, v int) PARTITION BY RANGE (ts)");
        database.execute(
                "CREATE TABLE metrics_1 PARTITION OF metrics FOR VALUES FROM ('2026-11-01 00:00+00') TO ('2026-11-02 00:00+00')");
        database.execute(
                "INSERT INTO metrics SELECT '2026-11-01 00:00+00'::timestamptz + i * interval '1 minute', i FROM generate_series(0, 999) i");
        database.execute(
                "CREATE TRIGGER always BEFORE UPDATE ON metrics FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()");
        database.execute("ALTER TABLE metrics ENABLE ALWAYS TRIGGER always");

        Flyway.configure()
                .dataSource(
                        database.jdbcUrl(),
                        database.server().user(),
                        database.server().password())
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .locations("filesystem:target/no-scripts")
                .failOnMissingLocations(false)
                .javaMigrations(new V1__Metrics_to_hypertable())
                .load()
                .migrate();

        assertThat(database.number("SELECT count(*) FROM timescaledb_information.hypertables"))
                .isEqualTo(1);
        assertThat(database.number("SELECT count(*) FROM metrics")).isEqualTo(1000);
        assertThat(database.number(
                        "SELECT count(*) FROM tidemark.proof WHERE kind = 'contents read by name' AND before = after"))
                .isEqualTo(1);
        assertThat(database.column("SELECT DISTINCT tgenabled::text FROM pg_trigger WHERE tgname = 'always'"))
                .containsExactly("A");
    }
}

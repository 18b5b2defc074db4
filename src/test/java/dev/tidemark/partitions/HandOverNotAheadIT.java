package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.Partitioning;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Partitions of a table that Tidemark takes over cannot be made ahead. */
@PostgresTest(
        needs = {SUPERUSER},
        promise = "a table that is handed over has its partitions ahead, or the run says why not")
class HandOverNotAheadIT {
    private static final String START =
            """
            CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            DO $$
            DECLARE
                today CONSTANT timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
            BEGIN
                FOR d IN -5..2 LOOP
                    EXECUTE format('CREATE TABLE events_%s PARTITION OF events FOR VALUES FROM (%L) TO (%L)', d + 5, today + d * interval '24 hours', today + (d + 1) * interval '24 hours');
                END LOOP;
            END $$;
            """;

    private static Attaching events(Database database) {
        return new Attaching(database, new TableName("public", "events"))
                .by("at", "1 day")
                .partitioning(new Partitioning("UTC", 10, Optional.empty(), false));
    }

    @Test
    void it_fails(Database database) throws Exception {
        database.execute(
                START
                        + """
                        CREATE FUNCTION not_today() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
                            IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name = 'public') THEN RAISE EXCEPTION 'no tables today'; END IF;
                        END $$;
                        CREATE EVENT TRIGGER not_today ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION not_today()""");
        Attaching attaching = events(database);
        try {
            assertThatThrownBy(attaching::convert)
                    .hasMessageContainingAll(
                            "partitions of \"public\".\"events\" could not be made ahead", "no tables today");
        } finally {
            database.execute("DROP EVENT TRIGGER not_today");
        }

        assertThat(attaching.convert().result()).isEqualTo(Outcome.Result.DONE);
        assertThat(database.value("SELECT verdict FROM tidemark.partition_health"))
                .isEqualTo("green");
    }
}

package dev.tidemark;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.Strategy;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import org.junit.jupiter.api.Test;

/** Adopted chunks on their way back. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER},
        promise = "the way back of adopted chunks after a week of use")
class WayBackIT extends WayBackTests {
    @Override
    Strategy strategy() {
        return Strategy.ADOPT;
    }

    @Test
    void a_window_that_loses_a_row_is_rolled_back(Database database) throws Exception {
        WayBackScenario scenario = new WayBackScenario(database, Strategy.ADOPT);
        scenario.convert(WayBackScenario.PARTITIONS);
        database.execute(
                """
                CREATE FUNCTION lose() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM ONLY public.events_1 WHERE id = 7; END $$;
                CREATE EVENT TRIGGER lose ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION lose()""");

        assertThatThrownBy(scenario::goBack)
                .hasMessageContaining("TM500")
                .hasMessageContaining("rows read by name, cold");

        database.execute("DROP EVENT TRIGGER lose");
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(1000);
        scenario.goBack();
        assertThat(database.number("SELECT count(*) FROM events")).isEqualTo(1000);
    }
}

package dev.tidemark.exchange;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Partitions that do not lie where their table lies. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS, SUPERUSER},
        promise =
                "partitions of other schemas and tablespaces are exchanged like others, and their successors lie where they lay")
class StrangePlacesIT {
    private static final String ATTIC = "\"the \"\"attic\"\"\"";
    private static final String WHERE =
            """
            SELECT c.oid::regclass, (SELECT spcname FROM pg_tablespace WHERE oid = c.reltablespace), (SELECT string_agg(concat(x.relname, ' ', s.spcname), ', ' ORDER BY x.relname)
                   FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace WHERE i.indrelid = c.oid), c.reloptions
              FROM pg_partition_tree('t') p JOIN pg_class c ON c.oid = p.relid WHERE p.level = 1 AND pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'""";

    private static void start(Database database, String part) {
        String space = "space_" + database.name();
        database.psql("SET allow_in_place_tablespaces = on;\nCREATE TABLESPACE " + space + " LOCATION '';")
                .succeeded();
        database.execute(
                ("""
                CREATE SCHEMA ATTIC; CREATE TABLE t (id bigint, at timestamptz, body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
                CREATE INDEX t_body ON t (body);
                CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('2026-03-01 00:00+00') TO ('2026-03-02 00:00+00');
                """
                                + part
                                + "; INSERT INTO t SELECT g, timestamptz '2026-02-28 00:00+00' + g * interval '1 hour', 'x' FROM generate_series(0, 99) AS g; ANALYZE t")
                        .replace("ELSEWHERE", space)
                        .replace("ATTIC", ATTIC));
    }

    private static void end(Database database) {
        database.execute("DROP TABLE t; DROP SCHEMA " + ATTIC + " CASCADE; DROP SCHEMA tidemark CASCADE");
        database.execute("DROP TABLESPACE space_" + database.name());
    }

    @Test
    void a_default_partition(Database database) throws Exception {
        start(
                database,
                "CREATE TABLE ATTIC.\"It's %s\" PARTITION OF t DEFAULT WITH (fillfactor = 70) TABLESPACE ELSEWHERE;"
                        + "ALTER INDEX ATTIC.\"It's %s_body_idx\" SET TABLESPACE ELSEWHERE; CREATE INDEX own ON ATTIC.\"It's %s\" (at, body) TABLESPACE ELSEWHERE;"
                        + "CREATE STATISTICS ATTIC.s ON id, at FROM ATTIC.\"It's %s\"");
        List<List<String>> before = database.rows(WHERE);
        Rows rows = Rows.of(database, "t");
        ExchangeScenario scenario = new ExchangeScenario(database, Goal.DRAINED, "t");

        scenario.apply();

        assertThat(database.rows(WHERE)).isEqualTo(before);
        assertThat(Rows.of(database, "t")).isEqualTo(rows);
        scenario.goBack();
        assertThat(database.rows(WHERE)).isEqualTo(before);
        assertThat(Rows.of(database, "t")).isEqualTo(rows);
        scenario.apply();
        scenario.finish();
        assertThat(database.rows(WHERE)).isEqualTo(before);
        assertThat(Rows.of(database, "t")).isEqualTo(rows);
        end(database);
    }

    @Test
    void a_history_partition(Database database) throws Exception {
        start(
                database,
                "CREATE TABLE ATTIC.\"It's %s\" PARTITION OF t FOR VALUES FROM (MINVALUE) TO ('2026-03-01 00:00+00') WITH (fillfactor = 70) TABLESPACE ELSEWHERE;"
                        + "CREATE TABLE later PARTITION OF t FOR VALUES FROM ('2026-03-02 00:00+00') TO ('2026-04-01 00:00+00')");
        String pieces =
                "SELECT c.oid::regclass, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 't'::regclass ORDER BY 1";
        List<List<String>> before = database.rows(pieces);
        Rows rows = Rows.of(database, "t");
        ExchangeScenario scenario =
                new ExchangeScenario(database, Goal.SPLIT, "t").part("It's %s").interval("6 hours");

        scenario.apply();

        assertThat(Rows.of(database, "t")).isEqualTo(rows);
        assertThat(database.rows(pieces)).hasSize(6);
        scenario.goBack();
        assertThat(database.rows(pieces)).isEqualTo(before);
        assertThat(Rows.of(database, "t")).isEqualTo(rows);
        scenario.apply();
        scenario.finish();
        assertThat(Rows.of(database, "t")).isEqualTo(rows);
        end(database);
    }
}

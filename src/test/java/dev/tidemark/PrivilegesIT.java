package dev.tidemark;

import static dev.tidemark.testing.Capability.PARTMAN;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Finding;
import dev.tidemark.plan.Strategy;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Who may not look into pg_partman's configuration, or into the journal, is told what to grant; the grants help. */
@PostgresTest(needs = {TIMESCALEDB, PARTMAN, SUPERUSER})
class PrivilegesIT {
    private static final TableName M = new TableName("public", "m");
    private static final String ROLE = "tm_unprivileged";

    private static void tableUnderPartman(Database database) {
        database.execute("DO $$ BEGIN IF to_regrole('" + ROLE + "') IS NULL THEN CREATE ROLE " + ROLE
                + " LOGIN PASSWORD 'p'; END IF; END $$");
        database.execute(
                "CREATE TABLE m (id bigint, ts timestamptz NOT NULL, PRIMARY KEY (id, ts)) PARTITION BY RANGE (ts)");
        database.execute("SELECT partman.create_parent('public.m', 'ts', '1 day')");
        database.execute("DO $$ DECLARE part regclass; BEGIN FOR part IN SELECT relid FROM pg_partition_tree('m') LOOP"
                + " EXECUTE format('ALTER TABLE %s OWNER TO " + ROLE + "', part); END LOOP; END $$");
    }

    @Test
    void pg_partmans_configuration_may_not_be_read(Database database) throws Exception {
        tableUnderPartman(database);
        Finding finding = rights(database);

        assertThat(finding.blocking()).isTrue();
        assertThat(finding.what())
                .isEqualTo("\"tm_unprivileged\" lacks USAGE on SCHEMA \"partman\";"
                        + " SELECT, INSERT, DELETE on TABLE \"partman\".\"part_config\";"
                        + " SELECT, INSERT, DELETE on TABLE \"partman\".\"part_config_sub\","
                        + " so it cannot be told whether pg_partman manages \"public\".\"m\".");

        database.execute(finding.remedy());
        assertThat(codes(database)).doesNotContain("TM234");
    }

    @Test
    void pg_partmans_configuration_may_not_be_written(Database database) throws Exception {
        tableUnderPartman(database);
        database.execute("GRANT USAGE ON SCHEMA partman TO " + ROLE
                + "; GRANT SELECT ON partman.part_config, partman.part_config_sub TO " + ROLE);

        Finding finding = rights(database);

        assertThat(finding.what()).endsWith("so \"public\".\"m\" cannot be taken out of pg_partman's maintenance.");
        database.execute(finding.remedy());
        assertThat(codes(database)).doesNotContain("TM234");
    }

    @Test
    void pg_partman_does_not_matter_to_a_plain_table(Database database) throws Exception {
        tableUnderPartman(database);
        database.execute(
                "DROP TABLE m; CREATE TABLE m (id bigint, ts timestamptz NOT NULL); ALTER TABLE m OWNER TO " + ROLE);

        assertThat(codes(database)).doesNotContain("TM234");
    }

    @Test
    void the_journal_may_not_be_read_or_written(Database database) throws Exception {
        tableUnderPartman(database);
        try (Connection superuser = database.connect()) {
            Tidemark.on(superuser).apply(BadInputIT.adopt("m"));
            Tidemark.on(superuser).undo(List.of(M));
        }
        database.execute(
                "GRANT USAGE ON SCHEMA partman TO " + ROLE + "; GRANT ALL ON ALL TABLES IN SCHEMA partman TO " + ROLE);
        try (Connection plain = connect(database)) {
            Tidemark tidemark = Tidemark.on(plain);
            String mayNotRead =
                    "\"tm_unprivileged\" may not use the journal in schema \"tidemark\": it lacks USAGE on SCHEMA \"tidemark\"";
            assertThatThrownBy(() -> tidemark.status(Optional.empty()))
                    .isInstanceOf(Refused.class)
                    .hasMessageStartingWith(mayNotRead)
                    .hasMessageContaining("GRANT USAGE ON SCHEMA \"tidemark\" TO \"tm_unprivileged\";");
            assertThatThrownBy(() ->
                            tidemark.plan(new FinalizeRequest(M, "m", Duration.ZERO, false, Duration.ofSeconds(2))))
                    .isInstanceOf(Refused.class)
                    .hasMessageStartingWith(mayNotRead);

            database.execute("GRANT USAGE ON SCHEMA tidemark TO " + ROLE
                    + "; GRANT SELECT ON ALL TABLES IN SCHEMA tidemark TO " + ROLE);
            assertThat(tidemark.status(Optional.empty())).hasSize(1);
        }
        Finding finding = rights(database);
        assertThat(finding.what())
                .startsWith("\"tm_unprivileged\" lacks CREATE on SCHEMA \"tidemark\"; INSERT, UPDATE, DELETE on TABLE ")
                .endsWith(", where what is done is written down.");
        database.execute(finding.remedy());
        assertThat(codes(database)).doesNotContain("TM234");
    }

    private static Finding rights(Database database) throws Exception {
        return findings(database).stream()
                .filter(f -> f.code().equals("TM234"))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> codes(Database database) throws Exception {
        return findings(database).stream().map(Finding::code).toList();
    }

    private static List<Finding> findings(Database database) throws Exception {
        try (Connection plain = connect(database)) {
            return Tidemark.on(plain)
                    .plan(BadInputIT.request(M, "ts", "1 day", Strategy.ADOPT))
                    .findings();
        }
    }

    private static Connection connect(Database database) throws Exception {
        return DriverManager.getConnection(database.jdbcUrl(), ROLE, "p");
    }
}

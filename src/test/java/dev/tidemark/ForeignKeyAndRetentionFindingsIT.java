package dev.tidemark;

import static dev.tidemark.testing.Capability.PARTMAN;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Finding;
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
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a plan says about foreign keys and retention, read from real tables. */
@PostgresTest(needs = {TIMESCALEDB, PARTMAN, SUPERUSER})
class ForeignKeyAndRetentionFindingsIT {

    private static List<Finding> findings(Database database, boolean dropExpired) throws SQLException {
        ConversionTarget target = new ConversionTarget(
                new TableName("public", "raw_messages"),
                "received_at",
                Optional.empty(),
                Optional.of(Interval.parse("1 day")),
                Optional.of(Interval.parse("3 days")),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty());
        Options options = new Options(
                Strategy.ADOPT,
                Options.DEFAULTS.maxPause(),
                ForeignKeyChoice.TRIGGER,
                KeyChoice.EXTEND,
                false,
                dropExpired,
                PolicyStart.NOW,
                Verification.STORAGE);
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection)
                    .plan(new ConversionRequest(List.of(target), options))
                    .findings();
        }
    }

    private static Optional<Finding> found(List<Finding> findings, String code) {
        return findings.stream().filter(f -> f.code().equals(code)).findFirst();
    }

    @Test
    void what_was_only_detached_is_not_dropped_unasked(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE raw_messages (id bigint, received_at timestamptz NOT NULL, PRIMARY KEY (id, received_at))
                  PARTITION BY RANGE (received_at);
                SELECT partman.create_parent('public.raw_messages', 'received_at', '1 day',
                                     p_start_partition => (now() - interval '9 days')::text);
                UPDATE partman.part_config SET retention = '3 days', retention_keep_table = true WHERE parent_table = 'public.raw_messages';
                INSERT INTO raw_messages SELECT 1, now() - d * interval '1 day' FROM generate_series(1, 8) d;
                ANALYZE""");

        Finding kept = found(findings(database, false), "TM138").orElseThrow();
        assertThat(kept.blocking()).isTrue();
        assertThat(kept.what())
                .contains("detaches and keeps", "3 days drops them, at first ", " partitions with about ");
        assertThat(kept.remedy()).contains("dropExpired=\"true\"");

        List<Finding> agreed = findings(database, true);
        assertThat(found(agreed, "TM138")).isEmpty();
        assertThat(found(agreed, "TM139").orElseThrow().what()).contains("within minutes of the cutover");
        assertThat(found(agreed, "TM137").orElseThrow().remedy()).contains("tidemark maintain");
    }

    @Test
    void what_triggers_do_not_guarantee_is_said_for_each_key(Database database) throws Exception {
        database.execute(
                """
                CREATE TABLE raw_messages (id bigint, received_at timestamptz NOT NULL, local timestamp NOT NULL DEFAULT now(),
                    PRIMARY KEY (id, received_at), UNIQUE (received_at, local)) PARTITION BY RANGE (received_at);
                CREATE TABLE raw_messages_p1 PARTITION OF raw_messages FOR VALUES FROM ('2026-01-01') TO ('2026-01-02');
                CREATE TABLE by_time (n int, m bigint, t timestamptz, CONSTRAINT good FOREIGN KEY (m, t) REFERENCES raw_messages);
                CREATE TABLE by_other_type (n int, m bigint, t timestamp, CONSTRAINT cross_type FOREIGN KEY (m, t) REFERENCES raw_messages);
                CREATE TABLE waiting (n int, m bigint, t timestamptz,
                    CONSTRAINT later FOREIGN KEY (m, t) REFERENCES raw_messages DEFERRABLE);
                CREATE ROLE fk_findings_owner;
                CREATE TABLE foreign_owner (n int, m bigint, t timestamptz, CONSTRAINT foreign_key FOREIGN KEY (m, t) REFERENCES raw_messages);
                ALTER TABLE foreign_owner OWNER TO fk_findings_owner""");
        try {
            List<Finding> findings = findings(database, false);

            assertThat(findings).filteredOn(f -> f.code().equals("TM131")).hasSize(4);
            assertThat(findings)
                    .filteredOn(f -> f.code().equals("TM132"))
                    .singleElement()
                    .satisfies(f -> assertThat(f.what()).contains("\"cross_type\""));
            assertThat(findings)
                    .filteredOn(f -> f.code().equals("TM133"))
                    .singleElement()
                    .satisfies(f -> assertThat(f.what()).contains("\"later\""));
            assertThat(findings)
                    .filteredOn(f -> f.code().equals("TM134"))
                    .singleElement()
                    .satisfies(f -> assertThat(f.what())
                            .contains("fk_findings_owner may not read \"public\".\"raw_messages\""));
            assertThat(findings).noneMatch(f -> f.code().startsWith("TM13") && f.blocking());
        } finally {
            database.execute("DROP TABLE foreign_owner; DROP ROLE fk_findings_owner");
        }
    }
}

package dev.tidemark;

import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.journal.Journal;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.schema.Interval;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Tick;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chunks become too old and go, although another table references them; not before they may. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER},
        promise = "retention on the Apache edition")
class RetentionIT {
    static final TableName RAW_MESSAGES = new TableName("public", "raw_messages");
    private static final String DANGLING = "2 rows without a parent";

    /** Ten daily partitions, the youngest of today; receiver_statuses references the two oldest rows and the two youngest. */
    static final String TABLES =
            """
            CREATE TABLE raw_messages (id bigint, received_at timestamptz NOT NULL, PRIMARY KEY (id, received_at))
              PARTITION BY RANGE (received_at);
            DO $$
            BEGIN
                FOR d IN 0..9 LOOP
                    EXECUTE format('CREATE TABLE raw_messages_p%s PARTITION OF raw_messages FOR VALUES FROM (%L) TO (%L)', d,
                        (date_trunc('day', now() AT TIME ZONE 'UTC') - d * interval '1 day') AT TIME ZONE 'UTC',
                        (date_trunc('day', now() AT TIME ZONE 'UTC') - (d - 1) * interval '1 day') AT TIME ZONE 'UTC');
                END LOOP;
            END $$;
            INSERT INTO raw_messages SELECT d, (date_trunc('day', now() AT TIME ZONE 'UTC') - d * interval '1 day') AT TIME ZONE 'UTC'
              FROM generate_series(0, 9) d;
            CREATE TABLE receiver_statuses (n int PRIMARY KEY, raw_message_id bigint, received_at timestamptz,
              CONSTRAINT receiver_statuses_raw_message_id_fkey FOREIGN KEY (raw_message_id, received_at)
              REFERENCES raw_messages (id, received_at));
            INSERT INTO receiver_statuses SELECT id, id, received_at FROM raw_messages WHERE id IN (0, 1, 8, 9)""";

    static ConversionRequest request(ForeignKeyChoice foreignKeys) {
        return request(foreignKeys, PolicyStart.AFTER_FINALIZE);
    }

    private static ConversionRequest request(ForeignKeyChoice foreignKeys, PolicyStart policies) {
        return new ConversionRequest(
                List.of(new ConversionTarget(
                        RAW_MESSAGES,
                        "received_at",
                        Optional.empty(),
                        Optional.of(Interval.parse("1 day")),
                        Optional.of(Interval.parse("5 days")),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty())),
                new Options(
                        Strategy.ADOPT,
                        Options.DEFAULTS.maxPause(),
                        foreignKeys,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        policies,
                        Verification.STORAGE));
    }

    @Test
    @Tick({"1.15", "1.16"})
    void chunks_go_although_another_table_references_them(Database database) throws Exception {
        database.execute(TABLES);
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(request(ForeignKeyChoice.TRIGGER));

            assertThatThrownBy(() -> database.execute("INSERT INTO receiver_statuses VALUES (20, 77, now())"))
                    .hasMessageContaining("violates foreign key constraint \"receiver_statuses_raw_message_id_fkey\"");
            assertThat(tidemark.maintain(Optional.of(RAW_MESSAGES))).hasSize(4).allMatch(l -> l.endsWith(": paused"));
            assertThat(database.number("SELECT count(*) FROM raw_messages")).isEqualTo(10);

            database.execute("UPDATE tidemark.retention_policy SET paused = false");
            database.execute(
                    "INSERT INTO tidemark.hold (relation, name, released_before, reason) SELECT 'raw_messages', 'archive',"
                            + " received_at, 'not proved yet' FROM raw_messages WHERE id = 7");
            List<String> first = tidemark.maintain(Optional.empty());

            assertThat(first).filteredOn(l -> l.endsWith(" dropped")).hasSize(2);
            assertThat(first)
                    .filteredOn(l -> l.contains("held: archive (not proved yet)"))
                    .hasSize(2);
            assertThat(database.column("SELECT id FROM raw_messages ORDER BY id"))
                    .containsExactly("0", "1", "2", "3", "4", "5", "6", "7");
            assertThat(new Journal(new Session(connection), Tidemark.DEFAULT_SCHEMA).orphans(Optional.empty()))
                    .singleElement()
                    .asString()
                    .endsWith(DANGLING);

            database.execute("DELETE FROM tidemark.hold");
            assertThat(tidemark.maintain(Optional.empty()))
                    .filteredOn(l -> l.endsWith(" dropped"))
                    .hasSize(2);
            assertThat(database.number("SELECT max(id) FROM raw_messages")).isEqualTo(5);
            database.execute("UPDATE receiver_statuses SET n = n + 100");
        }
    }

    @ParameterizedTest
    @CsvSource({"AFTER_FINALIZE, false", "NOW, true"})
    void finalize_lets_retention_begin_unless_the_user_paused_it(
            PolicyStart policies, boolean pausedAfterwards, Database database) throws Exception {
        database.execute(TABLES);
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(request(ForeignKeyChoice.TRIGGER, policies));
            database.execute("UPDATE tidemark.retention_policy SET paused = true");

            tidemark.finalizeConversion(new FinalizeRequest(
                    RAW_MESSAGES, RAW_MESSAGES.name(), Duration.ZERO, false, Duration.ofSeconds(2)));

            assertThat(database.column("SELECT paused::text FROM tidemark.retention_policy"))
                    .containsExactly(String.valueOf(pausedAfterwards));
        }
    }

    @Test
    void the_way_back_takes_policy_and_triggers_along_and_a_hold_stays(Database database) throws Exception {
        database.execute(TABLES);
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            tidemark.apply(request(ForeignKeyChoice.TRIGGER));
            database.execute(
                    "INSERT INTO tidemark.hold (relation, name, reason) VALUES ('raw_messages', 'legal', 'case 17')");

            tidemark.undo(List.of(RAW_MESSAGES));

            assertThat(database.number("SELECT count(*) FROM tidemark.retention_policy"))
                    .isZero();
            assertThat(database.value("SELECT relation FROM tidemark.hold")).isEqualTo("raw_messages");
            assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'raw_messages'::regclass"))
                    .isEqualTo("p");
            assertThat(
                            database.number(
                                    "SELECT count(*) FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace AND prorettype = 'trigger'::regtype"))
                    .isZero();
            assertThat(
                            database.value(
                                    "SELECT convalidated FROM pg_constraint WHERE conname = 'receiver_statuses_raw_message_id_fkey' AND conparentid = 0"))
                    .isEqualTo("t");
        }
    }

    @Test
    void nobody_has_to_find_out_later_that_the_key_breaks_retention(Database database) throws Exception {
        database.execute(TABLES);
        try (Connection connection = database.connect()) {
            Tidemark tidemark = Tidemark.on(connection);

            assertThatThrownBy(() -> tidemark.apply(request(ForeignKeyChoice.REFUSE)))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("TM130")
                    .hasMessageContaining("foreignKeys=\"trigger\"");
            assertThat(tidemark.plan(request(ForeignKeyChoice.TRIGGER)).findings())
                    .extracting(f -> f.code())
                    .contains("TM131", "TM137", "TM139");
        }
    }
}

package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Requests;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of 63 bytes, of which partitions and their indexes are cut. */
@PostgresTest(
        needs = SEVERAL_SESSIONS,
        promise = "workers that index partitions side by side never choose one name for two indexes")
class CopyLongNamesIT {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü",
                "receiver_statuses"
            })
    void partitions_of_a_long_name_are_indexed_by_several(String name, Database database) throws SQLException {
        String table = '"' + name + '"';
        database.execute("CREATE TABLE " + table
                + " (id bigint PRIMARY KEY, at timestamptz NOT NULL, a_column_of_a_long_name_itself integer);"
                + "CREATE INDEX ON " + table + " (a_column_of_a_long_name_itself, at);"
                + "INSERT INTO " + table
                + " SELECT n, now() - n * interval '144 minutes', n FROM generate_series(0, 899) AS n");
        Rows rows = Rows.of(database, table);

        try (Connection connection = database.connect()) {
            assertThat(Tidemark.on(
                                    connection,
                                    () -> Optional.of(database.connect()),
                                    Tidemark.DEFAULT_SCHEMA,
                                    Listener.SILENT)
                            .apply(request(new TableName("public", name)))
                            .result())
                    .isEqualTo(Outcome.Result.DONE);
        }

        assertThat(Rows.of(database, table)).isEqualTo(rows);
        assertThat(
                        database.number(
                                "SELECT count(*) FROM pg_inherits AS i JOIN pg_index AS x ON x.indexrelid = i.inhrelid JOIN pg_class AS t ON t.oid = x.indrelid WHERE t.relispartition"))
                .as("two indexes of each partition")
                .isEqualTo(2
                        * database.number(
                                "SELECT count(*) FROM pg_inherits WHERE inhparent = '" + table + "'::regclass"));
    }

    private static ConversionRequest request(TableName table) {
        return new ConversionRequest(
                Goal.PARTITIONS,
                List.of(Requests.daily(table, "at", new Partitioning("UTC", 3, Optional.empty(), false))),
                new Options(
                        Strategy.COPY,
                        Duration.ofSeconds(4),
                        ForeignKeyChoice.REFUSE,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.CONTENTS,
                        4));
    }
}

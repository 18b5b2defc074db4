package dev.tidemark.liquibase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.CutoverHours;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.UntilCutover;
import dev.tidemark.plan.Verification;
import dev.tidemark.plan.VerifyRequest;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import liquibase.ChecksumVersion;
import liquibase.changelog.ChangeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** XML, YAML and JSON say the same thing. */
class FormatsTest {
    private static final String BESIDE = "dev/tidemark/liquibase/group.";
    private static final String COPIES = "dev/tidemark/liquibase/copies.";

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"xml, 3000", "yaml, 200", "json, 2000"})
    void a_group_becomes_one_request(String format, long maxPause) throws Exception {
        assertThat(work(format, 0).request())
                .isEqualTo(new ConversionRequest(
                        List.of(
                                new ConversionTarget(
                                        new TableName("public", "raw_messages"),
                                        "received_at",
                                        Optional.empty(),
                                        Optional.of(Interval.parse("1 day")),
                                        Optional.of(Interval.parse("30 days")),
                                        Optional.of(Interval.parse("7 days")),
                                        List.of("receiver_id"),
                                        List.of("received_at DESC"),
                                        Optional.empty()),
                                new ConversionTarget(
                                        new TableName("Flights", "fixes"),
                                        "received_at",
                                        Optional.of(Epoch.MS),
                                        Optional.of(Interval.parse("12 hours")),
                                        Optional.empty(),
                                        Optional.empty(),
                                        List.of("aircraft_id", "site"),
                                        List.of(),
                                        Optional.of("fixes_before"))),
                        new Options(
                                Strategy.ATTACH,
                                Duration.ofMillis(maxPause),
                                ForeignKeyChoice.TRIGGER,
                                KeyChoice.EXTEND,
                                false,
                                true,
                                PolicyStart.AFTER_FINALIZE,
                                Verification.STORAGE)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"xml", "yaml", "json"})
    void one_table_needs_no_nesting_and_names_are_exact(String format) throws Exception {
        ConversionRequest request = (ConversionRequest) work(format, 1).request();

        assertThat(request.names()).containsExactly(new TableName("public", "Metrics"));
        assertThat(request.options()).isEqualTo(Options.DEFAULTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xml", "yaml", "json"})
    void partitions_are_read_with_what_holds_for_all_tables(String format) throws Exception {
        ConversionRequest request = (ConversionRequest) copies(format, 0).request();

        assertThat(request.goal()).isEqualTo(ConversionRequest.Goal.PARTITIONS);
        assertThat(request.options().workers()).isEqualTo(4);
        assertThat(request.options().verification()).isEqualTo(Verification.STORAGE);
        assertThat(request.tables())
                .containsExactly(
                        new ConversionTarget(
                                new TableName("public", "raw_messages"),
                                "received_at",
                                Optional.empty(),
                                Optional.of(Interval.parse("1 month")),
                                Optional.empty(),
                                Optional.empty(),
                                List.of(),
                                List.of(),
                                Optional.empty(),
                                Optional.of(new Partitioning("Europe/Berlin", 3, Optional.empty(), false))),
                        new ConversionTarget(
                                new TableName("Flights", "fixes"),
                                "at",
                                Optional.of(Epoch.MS),
                                Optional.of(Interval.parse("12 hours")),
                                Optional.empty(),
                                Optional.empty(),
                                List.of(),
                                List.of(),
                                Optional.of("fixes_before"),
                                Optional.of(
                                        new Partitioning("UTC", 60, Optional.of("{table}_{yyyy}{MM}{dd}{HH}"), true))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"xml", "yaml", "json"})
    void partitions_are_days_of_utc_by_default(String format) throws Exception {
        ConversionTarget target =
                ((ConversionRequest) copies(format, 1).request()).tables().get(0);

        assertThat(target.chunkInterval()).contains(Interval.parse("1 day"));
        assertThat(target.partitioning()).contains(new Partitioning("UTC", 30, Optional.empty(), false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"xml", "yaml", "json"})
    void later_rows_and_a_guard_of_the_key(String format) throws Exception {
        ConversionTarget target =
                ((ConversionRequest) copies(format, 5).request()).tables().get(0);

        assertThat(target.partitioning())
                .contains(new Partitioning(
                        "UTC", 30, Optional.empty(), false, Optional.of(Interval.parse("15 days")), true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"xml", "yaml", "json"})
    void plain_tables_need_no_time_column(String format) throws Exception {
        ConversionRequest request = (ConversionRequest) copies(format, 2).request();

        assertThat(request.goal()).isEqualTo(ConversionRequest.Goal.PLAIN_TABLE);
        assertThat(request.tables())
                .extracting(ConversionTarget::timeColumn)
                .containsExactly(ConversionTarget.AS_IT_IS, "ts");
    }

    @ParameterizedTest
    @ValueSource(strings = {"xml", "yaml", "json"})
    void exchanges_need_nothing_but_a_table(String format) throws Exception {
        ConversionRequest drain = (ConversionRequest) copies(format, 6).request();
        ConversionRequest split = (ConversionRequest) copies(format, 7).request();

        assertThat(drain.goal()).isEqualTo(ConversionRequest.Goal.DRAINED);
        assertThat(drain.options().verification()).isEqualTo(Verification.CONTENTS);
        assertThat(drain.tables())
                .containsExactly(new ConversionTarget(
                        new TableName("public", "webhook_log"),
                        ConversionTarget.AS_IT_IS,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.of(new Partitioning(Partitioning.AS_MANAGED, 0, Optional.empty(), false)),
                        Optional.empty()));
        assertThat(split.goal()).isEqualTo(ConversionRequest.Goal.SPLIT);
        assertThat(split.options().verification()).isEqualTo(Verification.NONE);
        assertThat(split.tables())
                .containsExactly(new ConversionTarget(
                        new TableName("Flights", "fixes"),
                        ConversionTarget.AS_IT_IS,
                        Optional.of(Epoch.MS),
                        Optional.of(Interval.parse("1 month")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.of("fixes_before"),
                        Optional.of(new Partitioning("Europe/Berlin", 0, Optional.of("{table}_{yyyy}{MM}"), false)),
                        Optional.of("fixes_past")));
    }

    @Test
    void what_holds_until_the_cutover_is_read() throws Exception {
        Optional<CutoverHours> hours = Optional.of(CutoverHours.parse("22:00-05:00 Europe/Berlin"));
        assertThat(until("xml")).isEqualTo(UntilCutover.DEFAULTS);
        assertThat(until("yaml")).isEqualTo(new UntilCutover(true, hours, OptionalLong.of(2_000_000_000)));
        assertThat(until("json")).isEqualTo(new UntilCutover(true, Optional.empty(), OptionalLong.of(-1)));
    }

    private UntilCutover until(String format) throws Exception {
        return ((ConversionRequest) copies(format, 1).request()).options().until();
    }

    @Test
    void a_cutover_is_read() throws Exception {
        TableName table = new TableName("public", "webhook_log");

        assertThat(copies("xml", 3).request())
                .isEqualTo(new CutoverRequest(
                        table, Optional.of(Duration.ofSeconds(1)), Optional.of(CutoverHours.parse("01:00-02:00 UTC"))));
        assertThat(((CutoverRequest) copies("yaml", 3).request()).hours())
                .contains(CutoverHours.parse("22:00-05:00 Europe/Berlin"));
        assertThat(copies("json", 3).request()).isEqualTo(new CutoverRequest(table));
    }

    @ParameterizedTest
    @ValueSource(strings = {"xml", "yaml", "json"})
    void finalizing_is_read(String format) throws Exception {
        assertThat(work(format, 2).request())
                .isEqualTo(new FinalizeRequest(
                        new TableName("public", "Metrics"), "Metrics", Duration.ZERO, true, Duration.ofSeconds(2)));
    }

    @ParameterizedTest
    @CsvSource({"xml, 2, 2000", "yaml, 3, 1000", "json, 1, 2000"})
    void proving_is_read(String format, int workers, long maxPause) throws Exception {
        assertThat(copies(format, 4).request())
                .isEqualTo(new VerifyRequest(
                        new TableName("public", "webhook_log"),
                        true,
                        new Tuning(Duration.ofMillis(maxPause), workers)));
    }

    /** The checksum is in users' databases for ever; maxPause differs between the three files. */
    @Test
    void checksums_are_the_same_whatever_the_format_and_the_tuning() throws Exception {
        assertThat(checksums(BESIDE + "xml"))
                .isEqualTo(checksums(BESIDE + "yaml"))
                .isEqualTo(checksums(BESIDE + "json"))
                .containsExactly(
                        "9:edecd5be0856973253abfda622730cfa",
                        "9:cbfe6444378e07c004714aa9c884506f",
                        "9:86b66335f1259b30347ee872966fa3f1");
    }

    /** workers, maxPause and what holds until the cutover differ. */
    @Test
    void checksums_of_copies_are_the_same_whatever_the_format_and_the_tuning() throws Exception {
        assertThat(checksums(COPIES + "xml"))
                .isEqualTo(checksums(COPIES + "yaml"))
                .isEqualTo(checksums(COPIES + "json"))
                .containsExactly(
                        "9:3c115169db0c080c1d34ad00bd9dbf5b",
                        "9:9186332e6786052089ca3578dff0028f",
                        "9:5973ef56a58599b39f49e3cf35fc7d01",
                        "9:765a6bba61fa4b7eb49db9fdb8990b3b",
                        "9:ea3b75a499373b2ff2c237e98735af15",
                        "9:c56e93eec9d43ec8d73d39b024fc1d6d",
                        "9:cbc4d73831e4ba6e426b67612d71a5e5",
                        "9:3522a1b2a9cd45f5bfdd8b308f9de138");
    }

    private List<String> checksums(String changelog) throws Exception {
        return new Changelogs(directory)
                .parse(changelog).stream()
                        .map(changeSet -> changeSet
                                .generateCheckSum(ChecksumVersion.latest())
                                .toString())
                        .toList();
    }

    private Work work(String format, int index) throws Exception {
        return read(BESIDE + format, index);
    }

    private Work copies(String format, int index) throws Exception {
        return read(COPIES + format, index);
    }

    private Work read(String changelog, int index) throws Exception {
        Changelogs changelogs = new Changelogs(directory);
        ChangeSet changeSet = changelogs.parse(changelog).get(index);
        return ((TidemarkChange) changeSet.getChanges().get(0)).workOn(changelogs.offline());
    }
}

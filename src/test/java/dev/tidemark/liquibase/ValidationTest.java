package dev.tidemark.liquibase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import liquibase.changelog.ChangeSet;
import liquibase.database.Database;
import liquibase.database.core.CockroachDatabase;
import liquibase.database.core.H2Database;
import liquibase.database.core.PostgresDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every refusal names attribute, value and remedy. Attributes come from YAML, which no XSD guards. */
class ValidationTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "timeColumn: ts | convertToHypertable: tableName is missing. Name the table exactly as PostgreSQL stores it.",
                "tableName: t | convertToHypertable \"t\": timeColumn is missing. Name the column that holds the time by which rows belong to a chunk.",
                "tableName: t, timeColumn: ts, strategy: fast | convertToHypertable \"t\": strategy=\"fast\" cannot be used: allowed are auto, attach, adopt, copy.",
                "tableName: t, timeColumn: ts, policies: later | convertToHypertable \"t\": policies=\"later\" cannot be used: allowed are afterFinalize, now.",
                "tableName: t, timeColumn: ts, foreignKeys: keep | convertToHypertable \"t\": foreignKeys=\"keep\" cannot be used: allowed are refuse, trigger, drop.",
                "tableName: t, timeColumn: ts, keys: drop | convertToHypertable \"t\": keys=\"drop\" cannot be used: allowed are extend, refuse.",
                "tableName: t, timeColumn: ts, verify: all | convertToHypertable \"t\": verify=\"all\" cannot be used: allowed are storage, contents, none.",
                "tableName: t, timeColumn: ts, epoch: days | convertToHypertable \"t\": epoch=\"days\" cannot be used: allowed are s, ms, us, ns.",
                "tableName: t, timeColumn: ts, dropExpired: maybe | convertToHypertable \"t\": dropExpired=\"maybe\" cannot be used: allowed are true, false.",
                "tableName: t, timeColumn: ts, retention: 30 | convertToHypertable \"t\": retention=\"30\" cannot be used: \"30\" is not an interval longer than zero; write it like \"1 day\", \"2 hours 30 minutes\" or \"P1D\".",
                "tableName: t, timeColumn: ts, chunkInterval: -1 day | convertToHypertable \"t\": chunkInterval=\"-1 day\" cannot be used: \"-1 day\" is not an interval longer than zero; write it like \"1 day\", \"2 hours 30 minutes\" or \"P1D\".",
                "tableName: t, timeColumn: ts, maxPause: 99 ms | convertToHypertable \"t\": maxPause=\"99 ms\" is too short. Give it at least 100 milliseconds: no window fits less.",
                "tableName: t, timeColumn: ts, verify: none | convertToHypertable \"t\": verify=\"none\" leaves the conversion without proof. Say acceptUnverified=\"true\" if that is what you want, or leave verify out.",
                "tableName: t, timeColumn: '' | convertToHypertable \"t\": timeColumn=\"\" is empty. Give it a value or leave it out.",
                "tableName: t, timeColumn: ts, retention: '${days} days' | convertToHypertable \"t\": retention=\"${days} days\" names a changelog parameter that has no value. Define it as a property or pass it with -D.",
                "tableName: t, timeColumn: ts, segmentBy: 'a,,b' | convertToHypertable \"t\": segmentBy=\"a,,b\" cannot be used: nothing stands between two commas; write it like \"a, b\".",
                "tableName: t, retention: 1 day, tables: [{table: {tableName: u, timeColumn: ts}}] | convertToHypertable \"t\": the nested table elements and tableName, retention on the change itself exclude each other. Move tableName, retention into a table element, or use no table elements.",
                "tables: [{table: {tableName: u, timeColumn: ts}}, {table: {tableName: u, timeColumn: ts}}] | convertToHypertable: table \"u\" is named twice. Name each table once.",
                "tables: [{table: {timeColumn: ts}}] | convertToHypertable: table 1: tableName is missing. Name the table exactly as PostgreSQL stores it.",
                "tables: [{table: {tableName: u}}] | convertToHypertable: table \"u\": timeColumn is missing. Name the column that holds the time by which rows belong to a chunk.",
            })
    void a_conversion_is_refused(String attributes, String message) throws Exception {
        assertThat(errors(yaml("- convertToHypertable: {" + attributes + "}"))).containsExactly(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "tableName: t | finalizeConversion \"t\": confirm is missing. Repeat the table's name: confirm=\"t\".",
                "tableName: t, confirm: u | finalizeConversion \"t\": confirm=\"u\" is not the table's name. There is no way back after this change: write confirm=\"t\" if you mean this table.",
                "tableName: t, confirm: t, minimumAge: soon | finalizeConversion \"t\": minimumAge=\"soon\" cannot be used: \"soon\" is not an interval longer than zero; write it like \"1 day\", \"2 hours 30 minutes\" or \"P1D\".",
            })
    void finalizing_is_refused(String attributes, String message) throws Exception {
        assertThat(errors(yaml("- finalizeConversion: {" + attributes + "}"))).containsExactly(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "convertToPartitions: {tableName: t} | convertToPartitions \"t\": timeColumn is missing. Name the column that holds the time by which rows belong to a partition.",
                "convertToPlainTable: {tableName: t, strategy: attach} | convertToPlainTable \"t\": strategy=\"attach\" cannot be used: allowed are auto, copy.",
                "convertToPlainTable: {tableName: t, verify: storage} | convertToPlainTable \"t\": verify=\"storage\" cannot be used: allowed are contents, none.",
                "convertToPartitions: {tableName: t, timeColumn: ts, premake: 10001} | convertToPartitions \"t\": premake=\"10001\" cannot be used: allowed are whole numbers from 0 to 10000.",
                "convertToPartitions: {tableName: t, timeColumn: ts, premake: -1} | convertToPartitions \"t\": premake=\"-1\" cannot be used: allowed are whole numbers from 0 to 10000.",
                "convertToPartitions: {tableName: t, timeColumn: ts, workers: 65} | convertToPartitions \"t\": workers=\"65\" cannot be used: allowed are whole numbers from 1 to 64.",
                "convertToPartitions: {tableName: t, timeColumn: ts, workers: 0} | convertToPartitions \"t\": workers=\"0\" cannot be used: allowed are whole numbers from 1 to 64.",
                "convertToPartitions: {tableName: t, timeColumn: ts, cutover: later} | convertToPartitions \"t\": cutover=\"later\" cannot be used: allowed are auto, manual.",
                "convertToPartitions: {tableName: t, timeColumn: ts, cutoverHours: at night} | convertToPartitions \"t\": cutoverHours=\"at night\" cannot be used: \"at night\" names no hours of a day; write it like \"22:00-05:00 Europe/Berlin\" or \"09:30-11:00 UTC\".",
                "convertToPartitions: {tableName: t, timeColumn: ts, logLimit: 10 kB} | convertToPartitions \"t\": logLimit=\"10 kB\" cannot be used: the least is 1.0 MB.",
                "convertToPartitions: {tableName: t, timeColumn: ts, logLimit: much} | convertToPartitions \"t\": logLimit=\"much\" cannot be used: \"much\" is not a size; write it like \"64 MB\", \"1 GiB\" or \"off\".",
                "cutoverConversion: {cutoverHours: 22:00-05:00 UTC} | cutoverConversion: tableName is missing. Name a table of the conversion.",
                "cutoverConversion: {tableName: t, cutoverHours: 22:00-05:00 Nowhere/Else} | cutoverConversion \"t\": cutoverHours=\"22:00-05:00 Nowhere/Else\" cannot be used: \"Nowhere/Else\" is no name of a time zone; write it like \"22:00-05:00 Europe/Berlin\" or \"09:30-11:00 UTC\".",
                "convertToPartitions: {tableName: t, timeColumn: ts, defaultPartition: maybe} | convertToPartitions \"t\": defaultPartition=\"maybe\" cannot be used: allowed are true, false.",
                "convertToPartitions: {timeColumn: ts, interval: 1 day, tables: [{table: {tableName: u, timeColumn: ts}}]} | convertToPartitions: the nested table elements and timeColumn on the change itself exclude each other. Move timeColumn into a table element, or use no table elements.",
                "convertToPartitions: {tableName: t, timeColumn: ts, managedBy: me} | convertToPartitions \"t\": managedBy=\"me\" cannot be used: allowed are tidemark, pg_partman, none.",
                "convertToPartitions: {tableName: t, timeColumn: ts, retention: 1 day, retentionMode: forget} | convertToPartitions \"t\": retentionMode=\"forget\" cannot be used: allowed are drop, detach, move.",
                "convertToPartitions: {tableName: t, timeColumn: ts, retentionMode: detach} | convertToPartitions \"t\": retention is missing. retentionMode and retentionGrace say what becomes of partitions older than it.",
                "convertToPartitions: {tableName: t, timeColumn: ts, retention: 1 day, managedBy: none} | convertToPartitions \"t\": retention and managedBy=\"none\" exclude each other. Leave retention out, or let somebody carry it out.",
                "convertToPartitions: {tableName: t, timeColumn: ts, retention: 1 day, retentionGrace: 1 day} | convertToPartitions \"t\": retentionGrace is for partitions that are detached or moved. Set retentionMode to one of these, or leave retentionGrace out.",
                "convertToPartitions: {tableName: t, timeColumn: ts, retention: 1 day, retentionSchema: attic} | convertToPartitions \"t\": retentionSchema is for retentionMode=\"move\". Set that, or leave retentionSchema out.",
                "convertToPartitions: {tableName: t, timeColumn: ts, retention: 1 day, retentionMode: move} | convertToPartitions \"t\": retentionSchema is missing. Name the schema that old partitions are moved to.",
                "convertToPlainTable: {timeColumn: ts} | convertToPlainTable: tableName is missing. Name the table exactly as PostgreSQL stores it.",
                "convertToPlainTable: {tableName: t, strategy: adopt} | convertToPlainTable \"t\": strategy=\"adopt\" cannot be used: allowed are auto, copy.",
                "convertToHypertable: {tableName: t, timeColumn: ts, strategy: copy, verify: storage} | convertToHypertable \"t\": verify=\"storage\" cannot be used: allowed are contents, none.",
            })
    void copies_are_refused(String change, String message) throws Exception {
        assertThat(errors(yaml("- " + change))).containsExactly(message);
    }

    @Test
    void all_problems_are_told_at_once() throws Exception {
        assertThat(errors(yaml("- convertToHypertable: {strategy: fast, keys: drop}")))
                .hasSize(4);
    }

    @Test
    void a_transaction_around_it_is_refused() throws Exception {
        Changelogs changelogs = new Changelogs(directory);
        String changelog = changelogs.xml(
                "", "<tidemark:convertToHypertable tableName=\"t\" timeColumn=\"ts\"/><sql>SELECT 1</sql>");

        assertThat(errors(changelogs.parse(changelog)))
                .containsExactly(
                        "convertToHypertable \"t\": runInTransaction is true on the changeSet. Set runInTransaction=\"false\": a conversion"
                                + " commits step by step, so that nobody waits for all of it.",
                        "convertToHypertable \"t\": the changeSet has 2 changes. Give it a changeSet of its own, or a failure would"
                                + " repeat or skip the others.");
    }

    @Test
    void other_databases_are_refused() throws Exception {
        TidemarkChange change = change(yaml("- convertToHypertable: {tableName: t, timeColumn: ts}"));

        assertThat(change.supports(new PostgresDatabase())).isTrue();
        assertThat(change.supports(new CockroachDatabase())).isFalse();
        assertThat(change.validate(new H2Database()).getErrorMessages())
                .containsExactly(
                        "convertToHypertable \"t\": it works on PostgreSQL, this is h2. Put dbms=\"postgresql\" on the changeSet.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "- convertToHypertable: {tableName: t, timecolumn: ts} | \"timecolumn\" is not an attribute. Allowed are acceptUnverified, chunkInterval,",
                "- convertToHypertable: {tableName: t, timeColumn: ts, own: x} | \"own\" is not an attribute",
                "- convertToHypertable: {tables: [{tableName: t}, {tableName: u}]} | \"tableName\" stands directly in a list entry of tables. Write each entry as \"- table:\"",
                "- convertToHypertable: {tables: [{table: {tablename: t}}]} | table: \"tablename\" is not an attribute. Allowed are chunkInterval, compressAfter, epoch,",
                "- convertToHypertable: {tables: [{table: [{tableName: t}, {tableName: u}]}]} | table: tableName is given twice in one element",
                "- convertToHypertable: {tables: [{table: t}]} | table: \"t\" stands where attributes belong",
                "- convertToHypertable: {tables: t} | convertToHypertable: tables: \"t\" stands where attributes belong",
                "- convertToHypertable: metrics | convertToHypertable: \"metrics\" stands where attributes belong",
                "- convertToHypertable: {tableName: t, timeColumn: ts, segmentBy: [a, b]} | segmentBy takes one value, not a list or a map. Several columns are written \"a, b\".",
                "- convertToPartitions: {tableName: t, timeColumn: ts, compressAfter: 1 day} | convertToPartitions: \"compressAfter\" is not an attribute. Allowed are acceptUnverified, copySince, cutover,",
                "- convertToPartitions: {tables: [{table: {tableName: t, chunkInterval: 1 day}}]} | table: \"chunkInterval\" is not an attribute. Allowed are copySince, defaultPartition, epoch, interval, keyGuard, managedBy, partitionName, premake, retention, retentionGrace, retentionMode, retentionSchema, retiredName, schemaName, tableName, timeColumn, timeZone.",
                "- convertToPlainTable: {tableName: t, interval: 1 day} | convertToPlainTable: \"interval\" is not an attribute",
                "- finalizeConversion: {tableName: t, confirm: t, timeColumn: ts} | finalizeConversion: \"timeColumn\" is not an attribute. Allowed are confirm, dropRest, maxPause, minimumAge, schemaName, tableName.",
            })
    void what_liquibase_would_drop_silently_is_refused(String change, String message) {
        assertThatThrownBy(() -> yaml(change)).hasStackTraceContaining(message);
    }

    @ParameterizedTest
    @CsvSource({"tabelName, t", "strategy, fast", "includeDetached, yes", "timeColumn, ''"})
    void xml_is_held_to_the_schema(String attribute, String value) {
        Changelogs changelogs = new Changelogs(directory);
        String changelog = changelogs.xml("<tidemark:convertToHypertable " + attribute + "=\"" + value + "\"/>");

        assertThatThrownBy(() -> changelogs.parse(changelog)).hasMessageContaining("cvc-");
    }

    private List<ChangeSet> yaml(String change) throws Exception {
        Changelogs changelogs = new Changelogs(directory);
        return changelogs.parse(changelogs.yaml(change));
    }

    private static TidemarkChange change(List<ChangeSet> changeSets) {
        return (TidemarkChange) changeSets.get(0).getChanges().get(0);
    }

    private List<String> errors(List<ChangeSet> changeSets) throws Exception {
        Database database = new Changelogs(directory).offline();
        return change(changeSets).validate(database).getErrorMessages();
    }
}

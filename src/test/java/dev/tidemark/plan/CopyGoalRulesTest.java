package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Publication;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What preflight says where partitions or a plain table are wanted: nothing of hypertables and chunks. */
class CopyGoalRulesTest {
    private final Wish wish = Wish.partitions();

    @Test
    void a_usual_table_has_no_findings() {
        assertThat(wish.findings()).isEmpty();
        assertThat(Wish.plainTable().findings()).isEmpty();
        // TimescaleDB has nothing to do with it.
        wish.timescaledb = null;
        wish.available = null;
        assertThat(wish.findings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1 hour", "6 hours", "24 hours", "1 day", "10 days", "1 month", "3 months", "1 year", "24 months"
            })
    void usable_widths(String interval) {
        wish.chunkInterval = interval;
        assertThat(wish.findings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 month 1 day | 1 month 1 day | months, days and hours cannot be mixed, because none of them has a fixed number of the others",
                "5 months | 5 months | so many months divide no year",
                "18 months | 18 months | so many months divide no year",
                "5 hours | 5 hours | so much divides no day into equal parts of whole minutes",
                "90 seconds | 90 seconds | so much divides no day into equal parts of whole minutes",
                "36 hours | 36 hours | so much divides no day into equal parts of whole minutes",
            })
    void unusable_widths(String interval, String printed, String problem) {
        wish.chunkInterval = interval;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM104 Partitions of " + printed + " cannot be made for column \"ts\" of \"public\".\"m\": "
                                + problem
                                + ". Set interval to months that divide a year or whole years, to whole days, or to hours or minutes that divide a day.");
    }

    /** The hour that clocks leave out has no partition, the one that they repeat has twice as long a one. */
    @Test
    void hours_of_dates_and_of_zones_with_summer_time() {
        wish.chunkInterval = "1 hour";
        wish.partitioning = zone("Europe/Berlin");
        assertThat(wish.findings()).isEmpty();
        wish.table.columns.set(1, Tables.column("ts", "date"));
        assertThat(wish.findings())
                .singleElement()
                .asString()
                .contains("its type is date, which knows whole days only.");
    }

    @Test
    void unknown_time_zone() {
        wish.partitioning = zone("Europe/Berlni");
        assertThat(wish.findings())
                .containsExactly("NO TM170 timeZone=\"Europe/Berlni\" is no name of a time zone. Set it to one like "
                        + "\"Europe/Berlin\", spelled exactly, or leave it out: then it is UTC. Did you mean "
                        + "\"Europe/Berlin\"?");
        wish.partitioning = zone("+02:00");
        assertThat(wish.findings()).singleElement().asString().startsWith("NO TM170 timeZone=\"+02:00\" is no name");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 day | {table}_{yyyy}{MM} | the partitions of 2001-01-01T00:00 and of 2001-01-02T00:00 would both be called \"…_200101\"",
                "1 month | {table}_{MM} | the partitions of 2001-01-01T00:00 and of 2002-01-01T00:00 would both be called \"…_01\"",
                "1 month | {table}_{yyyy}q{Q} | the partitions of 2001-01-01T00:00 and of 2001-02-01T00:00 would both be called \"…_2001q1\"",
                "7 days | {table}_{yyyy}w{ww} | the partitions of 2001-01-01T00:00 and of 2001-12-31T00:00 would both be called \"…_2001w01\"",
                "24 months | {table}_x | the partitions of 2001-01-01T00:00 and of 2003-01-01T00:00 would both be called \"…_x\"",
                "6 hours | {table}_{yyyy}{MM}{dd} | the partitions of 2001-01-01T00:00 and of 2001-01-01T06:00 would both be called \"…_20010101\"",
                "1 day | {table}_{YYYY} | {YYYY} is no field",
                "1 day | p_{table}_{yyyy}{MM}{dd} | {table} stands elsewhere than at its beginning",
            })
    void names_that_cannot_be(String interval, String pattern, String problem) {
        wish.chunkInterval = interval;
        wish.partitioning = new Partitioning("UTC", 30, Optional.of(pattern), false);
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM171 partitionName=\"" + pattern + "\" of \"public\".\"m\" cannot be used: " + problem
                                + ". Use {table} at the beginning, and {yyyy}, {MM}, {dd}, {HH}, {mm} (minute), {Q} (quarter), {ww} (ISO week) of the partition's"
                                + " beginning; or leave it out, for names like {table}_y{yyyy}m{MM}d{dd}.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 day | {table}_{yyyy}{MM}{dd}",
                "1 hour | p{yyyy}{MM}{dd}{HH}",
                "3 months | {table}_{yyyy}q{Q}",
                "7 days | {table}_{yyyy}_{MM}_{dd}",
                "1 year | {table}_{yyyy}"
            })
    void names_that_can_be(String interval, String pattern) {
        wish.chunkInterval = interval;
        wish.partitioning = new Partitioning("UTC", 30, Optional.of(pattern), false);
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void names_that_are_too_long() {
        wish.partitioning = new Partitioning("UTC", 30, Optional.of("p".repeat(53) + "{yyyy}{MM}{dd}"), false);
        assertThat(wish.findings()).singleElement().asString().contains("names of it would be longer than 60 bytes");
    }

    @Test
    void one_row_of_long_ago() {
        wish.strategy = Strategy.COPY;
        wish.table.heap.span = span(Tables.bound(0), Tables.bound(Tables.NOVEMBER));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM172 \"public\".\"m\" would have about 20,789 partitions of 1 day between its oldest row "
                                + "(1970-01-01 00:00:00.000000+00) and its newest (2026-11-01 00:00:00.000000+00); 10,000 are "
                                + "possible. Set a longer interval, or delete or correct rows that lie by themselves.");
        wish.chunkInterval = "1 month";
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void one_row_of_long_hence() {
        wish.table.heap.span = span(Tables.bound(Tables.NOVEMBER), Tables.bound(Tables.NOVEMBER + 10_000 * Tables.DAY));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM172 Rows of \"public\".\"m\" go on until 2054-03-19 00:00:00.000000+00; the history partition would hold all rows until"
                                + " then. Delete or correct rows that lie by themselves, or take strategy=\"copy\".");
    }

    @Test
    void infinite_times_have_a_place_in_default_only() {
        wish.table.heap.span = span(Bound.MINVALUE, Tables.bound(Tables.NOVEMBER));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM160 \"public\".\"m\" holds rows whose \"ts\" is -infinity or infinity; no partition "
                                + "reaches that far. Give these rows a finite time, or delete them: … WHERE NOT isfinite(\"ts\");");
        wish.partitioning = new Partitioning("UTC", 30, Optional.empty(), true);
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void keys_that_partitions_cannot_have() {
        wish.table.indexes.clear();
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id"));
        assertThat(wish.findings()).singleElement().asString().startsWith("note TM128 Primary key \"m_pkey\"");
        wish.keys = KeyChoice.REFUSE;
        assertThat(wish.findings())
                .singleElement()
                .asString()
                .contains(
                        "TM120",
                        "PostgreSQL cannot enforce uniqueness across partitions.",
                        "keys=\"extend\" would do this for you.");
        wish.keys = KeyChoice.EXTEND;
        wish.table.indexes.add(Tables.expression("m_lower", "id"));
        assertThat(wish.findings())
                .anySatisfy(f -> assertThat(f).contains("TM122", "PostgreSQL cannot enforce it across partitions."));
    }

    @Test
    void exclusion_constraints_before_postgresql_17() {
        wish.table.constraints.add(new Constraint(
                "m_excl",
                Constraint.Kind.EXCLUSION,
                new Definition("EXCLUDE USING gist (ts WITH =)"),
                List.of("ts"),
                true,
                true,
                null));
        assertThat(wish.findings()).isEmpty();
        wish.version = 160004;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM121 Exclusion constraint \"m_excl\" of \"public\".\"m\": partitioned tables can have one "
                                + "from PostgreSQL 17 on; here is 17.5. Upgrade the server, or drop it: ALTER TABLE "
                                + "\"public\".\"m\" DROP CONSTRAINT \"m_excl\";");
    }

    @Test
    void what_a_copy_does_not_carry_along() {
        wish.table.rules.add("r");
        wish.table.publications.add(new Publication("pub", Optional.empty()));
        wish.table.triggers.add(Tables.trigger("tr", true, "O"));
        wish.table.children.add(Tables.M.sibling("heir"));
        wish.table.ofType = new Definition("public.t");
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM116 \"public\".\"m\" has inheritance children: \"public\".\"heir\". Their rows would "
                                + "vanish from it: a partitioned table's only children are its partitions. Move the rows into the "
                                + "table, or end the inheritance: ALTER TABLE \"public\".\"heir\" NO INHERIT \"public\".\"m\";",
                        "NO TM117 \"public\".\"m\" is a table OF public.t; its copy would be none, and could be changed "
                                + "in ways that the type forbids. Cut the tie, the columns stay: ALTER TABLE \"public\".\"m\" NOT "
                                + "OF;",
                        "NO TM114 \"public\".\"m\" has the rule \"r\", and a copy has no rules; what one of them "
                                + "redirects cannot be followed either. Replace it by a trigger, then DROP RULE \"r\" ON "
                                + "\"public\".\"m\";",
                        "NO TM115 Trigger \"tr\" of \"public\".\"m\" fires FOR EACH ROW and has transition tables "
                                + "(REFERENCING); partitioned tables do not support both together. Make it FOR EACH STATEMENT, or "
                                + "do without REFERENCING.",
                        "NO TM153 \"public\".\"m\" is part of publication \"pub\"; its copy would not be, and "
                                + "subscribers would hear of no change after the cutover. Take it out and put it back afterwards: "
                                + "ALTER PUBLICATION \"pub\" DROP TABLE \"public\".\"m\"; convert; ALTER PUBLICATION \"pub\" ADD "
                                + "TABLE \"public\".\"m\";")
                .noneMatch(f -> f.contains("chunk") || f.contains("hypertable"));
    }

    @Test
    void a_plain_table_asks_less() {
        Wish plain = Wish.plainTable();
        plain.table.columns.set(1, Tables.generated(Tables.column("ts", "timestamp with time zone")));
        plain.table.triggers.add(Tables.trigger("tr", true, "O"));
        plain.table.indexes.add(Tables.expression("m_lower", "id"));
        assertThat(plain.findings()).isEmpty();
    }

    @Test
    void already_there() {
        wish.goal = ConversionRequest.Goal.PLAIN_TABLE;
        wish.partitioning = null;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM102 \"public\".\"m\" is a plain table already, and the journal knows of no conversion that "
                                + "made it one. Leave this change out, or mark it as run: liquibase changelog-sync.");
    }

    @Test
    void what_timescaledb_ties_to_a_hypertable() {
        wish.table.hypertable = hypertable();
        wish.strategy = Strategy.COPY;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM304 Continuous aggregate \"public\".\"by_day\" is fed by \"public\".\"m\" and would stay with the old table;"
                                + " TimescaleDB ties no continuous aggregate to another table. Keep the definition (pg_get_viewdef,"
                                + " timescaledb_information.continuous_aggregates), DROP MATERIALIZED VIEW \"public\".\"by_day\";, convert, and"
                                + " make it again where the table is still a hypertable.",
                        "note TM307 Jobs of \"public\".\"m\" rest from the first step on, because what they drop would be missing in the copy:"
                                + " Retention Policy [1000]: {}. The way back gives them back; a partitioned table has none, so set"
                                + " retention where old rows are to go.",
                        "note TM308 What TimescaleDB keeps for \"public\".\"m\" and a partitioned table does not have: tablespace fast,"
                                + " compression. Nothing to do; rows come along uncompressed, into the table's own tablespace. The way back"
                                + " gives it back.");
        wish.goal = ConversionRequest.Goal.HYPERTABLE;
        wish.chunkInterval = "7 days";
        wish.partitioning = null;
        assertThat(wish.findings())
                .filteredOn(f -> !f.startsWith("NO TM304"))
                .containsExactly(
                        "note TM307 Jobs of \"public\".\"m\" rest from the first step on, because what they drop would be missing in the copy:"
                                + " Retention Policy [1000]: {}. Nothing to do: the new hypertable gets its policies, and the way back gives"
                                + " them back.",
                        "note TM308 1 of 2 chunks of \"public\".\"m\" are compressed; their rows are copied uncompressed. Have room on the"
                                + " disk; the new hypertable has the same settings, and its policy compresses again.");
    }

    private static Layout.Hypertable hypertable() {
        List<Partition> chunks = List.of(Tables.day(-1).build(), Tables.day(0).build());
        return new Layout.Hypertable(
                "ts",
                1,
                "1 day",
                chunks,
                List.of(chunks.get(0).name()),
                List.of("Retention Policy [1000]: {}"),
                List.of(new TableName("public", "by_day")),
                List.of("tablespace fast", "compression"),
                Layout.Hypertable.Compression.NONE);
    }

    @Test
    void detached_tables_do_not_come_along() {
        Wish plain = Wish.plainTable();
        plain.table.detached.add(Tables.day(-1).build());
        assertThat(plain.findings())
                .containsExactly(
                        "note TM149 1 table was detached from \"public\".\"m\" by retention and kept, with about 1,000 "
                                + "rows in 2.0 MB: \"public\".\"m_p20261100\". They stay as they are. ATTACH PARTITION before, if "
                                + "their rows are to come along.");
        plain.includeDetached = true;
        assertThat(plain.findings())
                .containsExactly(
                        "NO TM303 1 table was detached from \"public\".\"m\" by retention and kept, with about 1,000 "
                                + "rows in 2.0 MB: \"public\".\"m_p20261100\". They stay as they are. A copy has the table's own "
                                + "rows only, whatever includeDetached says. Leave includeDetached out; ATTACH PARTITION before, "
                                + "if their rows are to come along.");
    }

    private static Partitioning zone(String name) {
        return new Partitioning(name, 30, Optional.empty(), false);
    }

    private static Partition.Span span(Bound lowest, Bound highest) {
        return new Partition.Span(lowest, highest, 10, 0);
    }
}

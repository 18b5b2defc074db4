package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Layout.Hypertable;
import dev.tidemark.schema.Layout.Hypertable.Compression;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeavingRulesTest {
    private static final TimescaleDb OLD = new TimescaleDb("2.20.3", "public", TimescaleDb.Edition.COMMUNITY);

    private final Wish wish = Wish.partitions();

    LeavingRulesTest() {
        wish.superuser = true;
        wish.table.hypertable = hypertable("ts", 1, List.of());
    }

    private static Hypertable hypertable(String time, int dimensions, List<TableName> aggregates) {
        List<Partition> chunks = List.of(Tables.day(-1).build(), Tables.day(0).build());
        return new Hypertable(
                time, dimensions, "1 day", chunks, List.of(), List.of(), aggregates, List.of(), Compression.NONE);
    }

    @Test
    void chunks_are_attached_where_the_community_edition_can() {
        assertThat(wish.plan().strategy()).isEqualTo(Strategy.ATTACH);
        assertThat(wish.plan().decision())
                .isEqualTo(
                        "auto: chunks leave the hypertable by detach_chunk (TimescaleDB 2.29.2, Community edition) and become"
                                + " partitions as they are; no row is copied.");
        assertThat(wish.plan().isGo()).isTrue();
        assertThat(wish.plan().steps())
                .extracting(Step::id)
                .containsExactly(
                        "rest", "new-table", "prove-ranges", "room", "cutover", "statistics", "management", "way-back");
    }

    @Test
    void elsewhere_they_are_copied_and_the_plan_says_why() {
        wish.timescaledb = OLD;
        assertThat(wish.plan().decision())
                .isEqualTo("auto: TimescaleDB 2.20.3 has no detach_chunk; it came with 2.21.0.");
        wish.timescaledb = new TimescaleDb("2.19.3", "public", TimescaleDb.Edition.COMMUNITY);
        assertThat(wish.plan().decision())
                .isEqualTo(
                        "auto: TimescaleDB 2.19.3 has no detach_chunk; it came with 2.21.0. strategy=\"adopt\" copies nothing and"
                                + " works there, for a superuser, but has to be asked for.");
        wish.timescaledb = Wish.APACHE;
        assertThat(wish.plan().strategy()).isEqualTo(Strategy.COPY);
        wish.timescaledb = Wish.COMMUNITY;
        wish.table.hypertable = hypertable("ts", 2, List.of());
        assertThat(wish.plan().decision())
                .isEqualTo(
                        "auto: \"public\".\"m\" has 2 dimensions; several of its chunks share a range of time, and partitions cannot."
                                + " So the rows are copied.");
    }

    @Test
    void what_only_a_copy_can_do_is_refused_otherwise() {
        wish.strategy = Strategy.ATTACH;
        wish.table.hypertable = hypertable("ts", 2, List.of());
        assertThat(wish.findings())
                .contains(
                        "NO TM180 \"public\".\"m\" has 2 dimensions; several of its chunks share a range of time, and partitions cannot."
                                + " Set strategy=\"copy\", or leave it out.");
        wish.table.hypertable = hypertable("id", 1, List.of());
        assertThat(wish.findings())
                .contains(
                        "NO TM180 the chunks of \"public\".\"m\" go by id, not by ts. Set strategy=\"copy\", or leave it out.");
    }

    @Test
    void adopt_needs_a_superuser_and_a_version_it_was_proved_for() {
        wish.strategy = Strategy.ADOPT;
        assertThat(wish.findings()).isEmpty();
        wish.superuser = false;
        wish.timescaledb = OLD;
        assertThat(wish.findings().stream().map(f -> f.substring(0, 8))).containsExactly("NO TM208", "NO TM233");
    }

    @Test
    void attach_needs_its_functions() {
        wish.strategy = Strategy.ATTACH;
        wish.timescaledb = Wish.APACHE;
        assertThat(wish.findings().stream().map(f -> f.substring(0, 8))).contains("NO TM205");
    }

    /** Measured where little else ran: 0.25, 0.69, 1.6 and 4.6 s. */
    @ParameterizedTest
    @CsvSource({"100, 250", "250, 690", "500, 1600", "1000, 4600"})
    void the_window_of_many_chunks_is_foretold_a_little_longer_than_it_was_measured(int number, long milliseconds) {
        wish.strategy = Strategy.ADOPT;
        wish.maxPause = Duration.ofMinutes(1);
        wish.table.indexes.add(Tables.index("m_ts_idx", false, "ts"));
        wish.table.hypertable = days(number);

        double foretold = wish.plan().estimate().longestWindow().toMillis();

        assertThat(foretold / milliseconds).isBetween(1.05, 1.3);
    }

    @Test
    void a_window_that_is_too_long_is_not_because_rows_were_read() {
        wish.maxPause = Duration.ofSeconds(2);
        wish.table.hypertable = days(1000);
        for (Strategy strategy : List.of(Strategy.ATTACH, Strategy.ADOPT)) {
            wish.strategy = strategy;
            assertThat(wish.findings())
                    .filteredOn(f -> f.startsWith("NO TM221"))
                    .singleElement()
                    .asString()
                    .startsWith("NO TM221 The window would hold its locks for about ");
        }
    }

    private static Hypertable days(int number) {
        List<Partition> chunks = IntStream.range(-number, 0)
                .mapToObj(day -> Tables.day(day).build())
                .toList();
        return new Hypertable("ts", 1, "1 day", chunks, List.of(), List.of(), List.of(), List.of(), Compression.NONE);
    }

    @Test
    void compressed_chunks_take_time_and_disk() {
        Partition day = Tables.day(0).build();
        wish.table.hypertable = new Hypertable(
                "ts",
                1,
                "1 day",
                List.of(Tables.day(-1).build(), day),
                List.of(day.name()),
                List.of(),
                List.of(),
                List.of(),
                new Compression(10_000_000, 80_000_000));
        assertThat(wish.findings())
                .contains(
                        "note TM181 1 of 2 chunks of \"public\".\"m\" are compressed and decompressed first: about 1.000 s, 80 MB on the"
                                + " disk instead of 10 MB. While a chunk is decompressed, about 1.000 s, it can be read, but writers to"
                                + " that chunk wait. Have room on the disk; and where the application changes rows as old as that,"
                                + " convert in a quiet hour. The way back compresses them again.");
        assertThat(wish.plan().estimate().diskBytes()).isEqualTo(70_000_000);
    }

    @Test
    void chunks_of_another_width_keep_their_bounds() {
        wish.chunkInterval = "7 days";
        assertThat(wish.findings())
                .contains(
                        "note TM182 2 of 2 chunks of \"public\".\"m\" are wider or narrower than the interval; as partitions they keep the"
                                + " bounds that they have. Nothing to do; partitions from now on have the interval's width, the first"
                                + " of them from where the last chunk ends.");
    }

    @Test
    void between_chunks_that_lie_far_apart_no_partitions_are_made() {
        wish.table.hypertable = new Hypertable(
                "ts",
                1,
                "1 day",
                List.of(
                        Tables.day(-20_758).build(),
                        Tables.day(-5).build(),
                        Tables.day(0).build()),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Compression.NONE);
        assertThat(wish.findings())
                .filteredOn(f -> f.contains("TM185"))
                .singleElement()
                .asString()
                .startsWith(
                        "note TM185 Chunks of \"public\".\"m\" lie so far apart that more than 10000 partitions would be"
                                + " needed between them: no partition is made in [1970-01-02 00:00:00.000000+00, 2026-10-27 00:00:00.000000+00)"
                                + " but those of the present, and rows of that time, for which TimescaleDB makes a chunk, are refused.");
        assertThat(wish.plan().estimate().locks())
                .as(
                        "3 chunks, 4 days between the last two, and what is made ahead, each with its TOAST table and index")
                .isEqualTo((3 + 4 + Partitioning.DEFAULTS.premake()) * 3L);
    }

    @Test
    void without_a_superuser_a_chunk_is_locked_while_it_is_read() {
        wish.superuser = false;
        assertThat(wish.findings()).anyMatch(f -> f.startsWith("note TM183 "));
        wish.readRate = 1;
        assertThat(wish.findings()).anyMatch(f -> f.startsWith("NO TM183 "));
    }

    @Test
    void a_continuous_aggregate_has_to_go_before() {
        wish.table.hypertable = hypertable("ts", 1, List.of(new TableName("public", "by_day")));
        assertThat(wish.findings()).anyMatch(f -> f.startsWith("NO TM304 "));
    }

    @Test
    void the_way_back_reads_every_row() {
        assertThat(wish.findings())
                .anyMatch(f -> f.startsWith("note TM184 The way back of \"public\".\"m\" is attach_chunk"));
    }
}

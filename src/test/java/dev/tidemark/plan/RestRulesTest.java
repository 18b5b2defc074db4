package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Counted;
import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code copySince} and {@code keyGuard}: where the copied rows begin, and what is said of the others. */
class RestRulesTest {
    private static final Instant NOW = Instant.parse("2026-10-25T01:30:00Z");
    private final Wish wish = Wish.partitions();

    private static Partitioning since(String length, String zone, boolean guard) {
        return new Partitioning(zone, 30, Optional.empty(), false, Optional.of(Interval.parse(length)), guard);
    }

    /** Whole partitions, by the clock of the zone: of the hour that comes twice the second one, as PostgreSQL has it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "15 days | 1 day | UTC | 2026-10-10 00:00:00 (UTC) | 2026-10-10T00:00:00Z",
                "15 days | 1 day | Europe/Berlin | 2026-10-10 00:00:00 (Europe/Berlin) | 2026-10-09T22:00:00Z",
                "1 hour | 1 hour | Europe/Berlin | 2026-10-25 01:00:00 (Europe/Berlin) | 2026-10-24T23:00:00Z",
                "30 minutes | 1 hour | Europe/Berlin | 2026-10-25 02:00:00 (Europe/Berlin) | 2026-10-25T01:00:00Z",
                "1 day | 7 days | UTC | 2026-10-19 00:00:00 (UTC) | 2026-10-19T00:00:00Z",
                "2 months | 3 months | UTC | 2026-07-01 00:00:00 (UTC) | 2026-07-01T00:00:00Z",
                "10 years | 1 year | UTC | 2016-01-01 00:00:00 (UTC) | 2016-01-01T00:00:00Z",
            })
    void it_begins_where_a_partition_does(String length, String width, String zone, String words, Instant at) {
        wish.partitioning = since(length, zone, false);
        wish.chunkInterval = width;

        Boundary boundary = boundary();

        assertThat(boundary.words()).isEqualTo(words);
        assertThat(boundary.position()).isEqualTo(at.getEpochSecond() * 1_000_000);
    }

    @Test
    void what_stays_is_counted_and_named() {
        wish.partitioning = since("15 days", "UTC", false);
        Counted left = new Counted(72_000_000, 57_000_000, true, Duration.ofSeconds(11));

        assertThat(findings(left))
                .contains(
                        "note TM311 57,000,000 rows of \"public\".\"m\", before 2026-10-10 00:00:00 (UTC), are not copied (counted in 11 s). They stay in the retired table,"
                                + " \"public\".\"m_old\", and \"public\".\"m_all\" shows them together with the table's. After the cutover UPDATE and DELETE through"
                                + " \"public\".\"m\" do not find them, nor does a unique key; rows of that time that are inserted then go into \"public\".\"m_before\". Let"
                                + " statements that need older rows use the view or the retired table. finalizeConversion keeps them unless dropRest=\"true\".");
        assertThat(findings(new Counted(72_000_000, 57_000_000, false, Duration.ofMinutes(1))))
                .anyMatch(f -> f.startsWith("note TM311 About 57,000,000 rows")
                        && f.contains("estimated from statistics, because counting took longer than 60 s"));
    }

    /** The share alone counts where nobody asked for a copy by name. */
    @Test
    void a_small_share_of_a_large_table_is_copied() {
        wish.partitioning = since("15 days", "UTC", false);
        wish.table.heap.bytes = 15_000_000_000L;

        assertThat(findings(new Counted(1_000, 400, true, Duration.ZERO))).anyMatch(f -> f.startsWith("NO TM301"));
        assertThat(findings(new Counted(1_000, 900, true, Duration.ZERO))).noneMatch(f -> f.startsWith("NO "));
    }

    @Test
    void a_strategy_that_takes_all_of_it() {
        wish.partitioning = since("15 days", "UTC", false);
        wish.strategy = Strategy.ATTACH;

        assertThat(findings(new Counted(2, 1, true, Duration.ZERO)))
                .anyMatch(f -> f.startsWith("NO TM310 copySince leaves older rows of \"public\".\"m\" where they are"));
    }

    @Test
    void a_table_without_a_key() {
        wish.partitioning = since("15 days", "UTC", false);
        wish.table.indexes.clear();

        assertThat(findings(new Counted(2, 1, true, Duration.ZERO))).anyMatch(f -> f.startsWith("NO TM312"));
    }

    @Test
    void a_guard_without_a_key_to_guard() {
        wish.partitioning = new Partitioning("UTC", 30, Optional.empty(), false, Optional.empty(), true);
        assertThat(wish.findings()).singleElement().asString().startsWith("note TM315");

        wish.table.indexes.clear();
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id"));
        assertThat(wish.findings())
                .anyMatch(f -> f.startsWith("note TM314 Triggers keep (\"id\") of \"public\".\"m\" unique"));
    }

    /** Runs that began before there was such a choice go on. */
    @Test
    void what_is_left_out_has_no_say_in_the_identity() {
        String key = "\"public\".\"m\"";
        assertThat(wish.situation().request().identity().get(key))
                .endsWith(
                        " | Partitioning[timeZone=UTC, premake=30, partitionName=Optional.empty, defaultPartition=false]");
        wish.partitioning = since("15 days", "UTC", true);
        assertThat(wish.situation().request().identity().get(key)).endsWith("] copySince=15 days keyGuard=true");
    }

    private Boundary boundary() {
        Situation situation = wish.situation();
        ConversionTarget target = situation.request().tables().get(0);
        Table table = situation.tables().get(target.table());
        return Boundary.of(target, table, NOW).orElseThrow();
    }

    private java.util.List<String> findings(Counted left) {
        Situation situation = wish.situation().leaving(Map.of(Tables.M, new Share(boundary(), left)));
        return new Planner(java.time.Clock.fixed(NOW, java.time.ZoneOffset.UTC))
                .plan(situation).findings().stream()
                        .map(f -> (f.blocking() ? "NO " : "note ") + f)
                        .toList();
    }
}

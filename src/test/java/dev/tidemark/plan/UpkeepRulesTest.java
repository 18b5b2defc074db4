package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Interval;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A plan says who will look after the partitions, and what they will lose. */
class UpkeepRulesTest {
    private final Wish wish = Wish.partitions();

    @Test
    void nobody_is_here() {
        assertThat(findings())
                .containsExactly(
                        "note TM321 Nobody will make partitions of \"public\".\"m\" here: pg_cron is not in this database. Call \"liquibase tidemark maintain\""
                                + " or Tidemark.maintain() from a scheduler, every 15 minutes say, or SELECT * FROM tidemark.make_partitions() and"
                                + " tidemark.apply_partition_retention(); or install pg_cron in this database before.");
    }

    @Test
    void pg_cron_is_here() {
        wish.cron = true;
        wish.retention = "15 days";
        assertThat(findings())
                .containsExactly(
                        "note TM320 pg_cron will make partitions of \"public\".\"m\" and let old ones go, every 15 minutes. Nothing to do.");
    }

    /** The usual premake reaches far enough whatever the width. */
    @Test
    void so_few_ahead_that_health_cannot_warn_in_time() {
        wish.chunkInterval = "1 hour";
        wish.partitioning = new Partitioning("UTC", 71, Optional.empty(), false);
        assertThat(findings())
                .singleElement()
                .asString()
                .contains(
                        "They reach only 71 times 1 hour ahead: when that stops, rows are refused before health can have been red for 48 hours.")
                .endsWith(" Set premake to as many as three days need.");
        for (String width : List.of("1 hour", "4 hours", "1 day", "7 days", "1 month", "1 year")) {
            wish.chunkInterval = width;
            wish.partitioning =
                    new Partitioning("UTC", Partitioning.usualPremake(Interval.parse(width)), Optional.empty(), false);
            assertThat(findings()).as(width).singleElement().asString().doesNotContain("reach");
        }
        assertThat(Partitioning.usualPremake(Interval.parse("1 hour"))).isEqualTo(120);
        assertThat(Partitioning.usualPremake(Interval.parse("1 month"))).isEqualTo(30);
    }

    @Test
    void somebody_else() {
        wish.partitioning = Partitioning.DEFAULTS.with(Upkeep.DEFAULTS.by(ManagedBy.NONE));
        assertThat(findings())
                .singleElement()
                .asString()
                .startsWith("note TM323 Nobody will make partitions of \"public\".\"m\" after the 30 ahead");
        wish.partitioning = Partitioning.DEFAULTS.with(Upkeep.DEFAULTS.by(ManagedBy.PG_PARTMAN));
        assertThat(findings())
                .hasSize(2)
                .anyMatch(
                        f -> f.startsWith("NO TM322 ") && f.contains("strategy=\"attach\" makes and \"copy\" does not"))
                .anyMatch(f -> f.startsWith("note TM324 pg_partman will manage the partitions"));
    }

    @Test
    void what_will_be_dropped_is_counted_unless_it_is_kept() {
        Wish daily = Wish.daily(40);
        daily.goal = ConversionRequest.Goal.PARTITIONS;
        daily.chunkInterval = "7 days";
        daily.retention = "10 days";
        daily.partitioning = Partitioning.DEFAULTS;
        daily.table.indexes.add(Tables.primaryKey("m_pkey", "id", "ts"));
        assertThat(daily.findings()).anyMatch(f -> f.startsWith("note TM139 A retention of 10 days will drop "));
        daily.partitioning = Partitioning.DEFAULTS.with(new Upkeep(
                ManagedBy.TIDEMARK, RetentionMode.DETACH, Optional.of(Interval.parse("1 day")), Optional.empty()));
        assertThat(daily.findings()).noneMatch(f -> f.contains("TM139"));
    }

    private List<String> findings() {
        return wish.plan().findings().stream()
                .filter(f -> !f.code().equals("TM176") && !f.code().equals("TM186"))
                .map(f -> (f.blocking() ? "NO " : "note ") + f)
                .toList();
    }
}

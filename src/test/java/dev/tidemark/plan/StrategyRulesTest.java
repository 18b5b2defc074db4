package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Partition;
import org.junit.jupiter.api.Test;

class StrategyRulesTest {
    private final Wish wish = Wish.daily(2);

    @Test
    void a_copy_needs_a_key() {
        wish.strategy = Strategy.COPY;
        // What is small enough for maxPause is copied while writers wait.
        assertThat(wish.findings())
                .singleElement()
                .asString()
                .startsWith("note TM305 \"public\".\"m\" has no key to follow changes by: ")
                .contains("while its writers wait, about 0.", " of maxPause (2.000 s); readers go on");
        wish.table.partitions.set(0, large());
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM302 \"public\".\"m\" has no key to follow changes by: none that is unique, complete (no "
                                + "WHERE), not deferrable, of plain columns that are NOT NULL. ALTER TABLE \"public\".\"m\" ADD "
                                + "COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY; rewrites the table; a unique index on "
                                + "columns that are NOT NULL does not: CREATE UNIQUE INDEX CONCURRENTLY ON \"public\".\"m\" (…, "
                                + "\"ts\"); Or let its writers wait while it is copied, and readers go on: maxPause=\"1068 "
                                + "seconds\" at least.");
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id", "ts"));
        assertThat(wish.findings()).isEmpty();
        assertThat(wish.plan().strategy()).isEqualTo(Strategy.COPY);
    }

    @Test
    void auto_copies_small_tables_where_nothing_can_be_attached() {
        wish.timescaledb = Wish.APACHE;
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id", "ts"));
        assertThat(wish.findings()).isEmpty();
        assertThat(wish.plan().strategy()).isEqualTo(Strategy.COPY);
    }

    @Test
    void auto_does_not_begin_a_large_copy_by_itself() {
        wish.timescaledb = Wish.APACHE;
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id", "ts"));
        wish.table.partitions.set(0, large());
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM301 auto: the Apache edition of TimescaleDB has no attach_chunk. strategy=\"adopt\" copies "
                                + "nothing and works there, for a superuser, but has to be asked for. A copy of 20 GB is not begun "
                                + "without being asked for. The choices: attach reads 10 GB inside the window of about 10 s and "
                                + "copies nothing, but needs the Community edition from 2.21.0 on; adopt reads and copies nothing, "
                                + "window of about 0.028 s, but writes TimescaleDB's catalog, so it needs a superuser; copy writes "
                                + "20 GB of disk and 30 GB of WAL in about 4 min 46 s beside the application.");
        wish.strategy = Strategy.COPY;
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void a_large_copy_into_partitions_has_to_be_asked_for() {
        Wish partitions = Wish.partitions();
        partitions.table.heap.bytes = 10_000_000_000L;
        assertThat(partitions.findings()).isEmpty();
        partitions.table.partitions.add(large());
        partitions.chunkInterval = "7 days";
        assertThat(partitions.findings())
                .containsExactly(
                        "NO TM301 auto: the rows go into partitions of another width, so they are copied. A copy of 20 GB is not begun without "
                                + "being asked for. Set strategy=\"copy\" if that is meant: copy writes 20 GB of disk and 30 GB of "
                                + "WAL in about 4 min 46 s beside the application.");
    }

    private static Partition large() {
        Tables.Piece day = Tables.day(0);
        day.bytes = 10_000_000_000L;
        return day.build();
    }
}

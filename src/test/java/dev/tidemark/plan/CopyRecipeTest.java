package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Partition;
import java.util.List;
import org.junit.jupiter.api.Test;

class CopyRecipeTest {
    /** TimescaleDB takes memory with the square of the number of chunks for one that comes after them. */
    @Test
    void the_primary_key_comes_before_many_chunks() {
        assertThat(keyIsMadeWith(heap(199, 1_000_000))).isFalse();
        assertThat(keyIsMadeWith(heap(200, 1_000_000))).isTrue();
        assertThat(keyIsMadeWith(heap(5_000, 30)))
                .as("no more chunks than rows")
                .isFalse();
        assertThat(keyIsMadeWith(Wish.daily(199))).isFalse();
        assertThat(keyIsMadeWith(Wish.daily(201))).isTrue();
    }

    @Test
    void the_primary_key_comes_first_where_the_number_of_chunks_is_unknown() {
        Wish unindexed = Wish.daily(0);
        unindexed.table.heap.bytes = 1_000_000_000;
        Wish neverAnalyzed = heap(3_000, 1);
        neverAnalyzed.table.heap.bytes = 1_000_000_000;
        Wish byId = Wish.daily(2);
        Tables.Piece part = Tables.day(1);
        part.byTime = false;
        byId.table.partitions.set(1, part.build());
        Wish withDefault = Wish.daily(2);
        Tables.Piece rest = Tables.piece("rest");
        rest.isDefault = true;
        rest.span = span(400, 1_000);
        withDefault.table.partitions.add(rest.build());

        assertThat(List.of(unindexed, neverAnalyzed, byId, withDefault)).allMatch(CopyRecipeTest::keyIsMadeWith);
    }

    private static Wish heap(int days, long rows) {
        Wish wish = Wish.daily(0);
        wish.table.heap.bytes = rows * 28;
        wish.table.heap.span = span(days, rows);
        return wish;
    }

    private static Partition.Span span(int days, long rows) {
        return new Partition.Span(
                new Bound("first", Tables.NOVEMBER),
                new Bound("last", Tables.NOVEMBER + days * Tables.DAY - 1),
                rows,
                0);
    }

    private static boolean keyIsMadeWith(Wish wish) {
        wish.strategy = Strategy.COPY;
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id", "ts"));
        List<Step> steps = wish.plan().steps();
        assertThat(steps).as(() -> wish.findings().toString()).isNotEmpty();
        boolean first = contains(steps, "new-table");
        assertThat(contains(steps, "indexes")).isEqualTo(!first);
        return first;
    }

    private static boolean contains(List<Step> steps, String id) {
        return steps.stream().filter(s -> s.id().equals(id)).anyMatch(s -> s.up().toString()
                .contains("m_pkey_new"));
    }
}

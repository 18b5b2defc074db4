package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Persistence;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PartitionRulesTest {
    private final Tables tables = new Tables().daily(2);
    private final Wish wish = new Wish(tables);

    @Test
    void days_are_fine() {
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void method() {
        tables.method = "LIST";
        assertThat(wish.findings())
                .containsExactly("NO TM140 \"public\".\"m\" is partitioned by LIST; chunks are ranges of one column."
                        + " Such a table can only be copied: set strategy=\"copy\".");
        tables.method = "RANGE";
        tables.keyColumns = List.of("id", "ts");
        assertThat(wish.findings())
                .first()
                .asString()
                .startsWith("NO TM140 \"public\".\"m\" is partitioned by RANGE of 2 columns (\"id\", \"ts\");");
        tables.keyColumns = List.of();
        tables.keyHasExpressions = true;
        assertThat(wish.findings())
                .first()
                .asString()
                .startsWith("NO TM140 \"public\".\"m\" is partitioned by RANGE of an expression;");
    }

    @Test
    void key_is_another_column() {
        tables.keyColumns = List.of("id");
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM141 \"public\".\"m\" is partitioned by \"id\", not by \"ts\": its partitions are no ranges"
                                + " of that column. Set timeColumn to \"id\".");
    }

    @Test
    void sub_partitions_of_something_else() {
        Tables.Piece sub = Tables.day(5);
        sub.kind = RelationKind.PARTITIONED_TABLE;
        Tables.Piece one = Tables.piece("m_list_1");
        one.parent = new TableName("public", sub.name);
        one.byTime = false;
        tables.partitions.add(sub.build());
        tables.partitions.add(one.build());
        assertThat(wish.findings())
                .first()
                .asString()
                .isEqualTo(
                        "NO TM142 Partition \"public\".\"m_p20261106\" of \"public\".\"m\" is itself partitioned, and not by"
                                + " RANGE of \"ts\"; its partitions lie in the same range of time, and one hypertable cannot have"
                                + " both. Such a table can only be copied: set strategy=\"copy\".");
    }

    @Test
    void sub_partitions_of_time_are_fine() {
        Tables.Piece sub = Tables.day(5);
        sub.kind = RelationKind.PARTITIONED_TABLE;
        Tables.Piece leaf = Tables.day(5);
        tables.partitions.add(sub.build());
        tables.partitions.add(new PieceOf(leaf, sub).build());
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void a_sub_partition_with_nothing_but_a_default_is_fine() {
        Tables.Piece sub = Tables.day(5);
        sub.kind = RelationKind.PARTITIONED_TABLE;
        Tables.Piece rest = Tables.piece("m_rest");
        rest.isDefault = true;
        rest.parent = new TableName("public", sub.name);
        rest.span = new Partition.Span(Tables.bound(0), Tables.bound(0), 0, 0);
        tables.partitions.add(sub.build());
        tables.partitions.add(rest.build());
        assertThat(wish.findings()).noneMatch(finding -> finding.contains("TM142"));
    }

    private record PieceOf(Tables.Piece leaf, Tables.Piece parent) {
        Partition build() {
            Tables.Piece piece = Tables.piece("m_leaf");
            piece.range = leaf.range;
            piece.parent = new TableName("public", parent.name);
            return piece.build();
        }
    }

    @Test
    void kind() {
        Tables.Piece foreign = Tables.day(2);
        foreign.kind = RelationKind.FOREIGN_TABLE;
        tables.partitions.add(foreign.build());
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM143 Partition \"public\".\"m_p20261103\" of \"public\".\"m\" is a foreign table; only"
                                + " ordinary tables can become chunks. Detach it, or replace it by a table with its rows: ALTER TABLE"
                                + " \"public\".\"m\" DETACH PARTITION \"public\".\"m_p20261103\";");
    }

    @Test
    void persistence() {
        Tables.Piece unlogged = Tables.day(2);
        unlogged.persistence = Persistence.UNLOGGED;
        tables.partitions.add(unlogged.build());
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM144 \"public\".\"m_p20261103\" is unlogged, \"public\".\"m\" is permanent; chunks are as"
                                + " durable as their hypertable. Make them equal (rewrites it): ALTER TABLE"
                                + " \"public\".\"m_p20261103\" SET LOGGED;");
    }

    @Test
    void heirs_of_a_detached_table() {
        Tables.Piece detached = Tables.day(-1);
        detached.heirs = true;
        tables.detached.add(detached.build());
        wish.includeDetached = true;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM145 \"public\".\"m_p20261100\" has inheritance children; their rows would vanish from"
                                + " \"public\".\"m\". End the inheritance (ALTER TABLE … NO INHERIT \"public\".\"m_p20261100\";) after"
                                + " moving their rows into it.");
    }

    @Test
    void overlapping_ranges() {
        Tables.Piece late = Tables.piece("m_wide");
        late.range =
                new Range(Tables.bound(Tables.NOVEMBER + Tables.DAY), Tables.bound(Tables.NOVEMBER + 3 * Tables.DAY));
        tables.partitions.add(late.build());
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM146 The ranges of \"public\".\"m_p20261102\" [2026-11-02 00:00:00.000000+00, 2026-11-03"
                                + " 00:00:00.000000+00) and \"public\".\"m_wide\" [2026-11-02 00:00:00.000000+00, 2026-11-04"
                                + " 00:00:00.000000+00) overlap; chunks do not. Bring their bounds in line: detach one of them and"
                                + " attach it with narrower bounds.");
    }

    @Test
    void an_empty_range() {
        Tables.Piece empty = Tables.piece("m_never");
        empty.range = new Range(Tables.bound(Tables.NOVEMBER), Tables.bound(Tables.NOVEMBER));
        tables.detached.add(empty.build());
        wish.includeDetached = true;
        assertThat(wish.findings())
                .contains("NO TM146 The range [2026-11-01 00:00:00.000000+00, 2026-11-01 00:00:00.000000+00) of"
                        + " \"public\".\"m_never\" is empty. Detach the partition or drop it.");
    }

    @Test
    void a_detached_table_without_a_range() {
        tables.detached.add(Tables.piece("m_p_then").build());
        wish.includeDetached = true;
        assertThat(wish.findings())
                .contains(
                        "NO TM146 The range of the detached table \"public\".\"m_p_then\" cannot be told from its name."
                                + " Attach it again with its bounds, or set includeDetached=\"false\".");
    }

    @Test
    void hundreds_of_detached_tables_without_a_range_are_one_finding() {
        for (int i = 100; i < 340; i++) {
            tables.detached.add(Tables.piece("m_p" + i).build());
        }
        wish.includeDetached = true;
        assertThat(wish.findings().stream().filter(f -> f.contains("TM146")))
                .containsExactly("NO TM146 The ranges of 240 detached tables cannot be told from their names:"
                        + " \"public\".\"m_p100\", \"public\".\"m_p101\", \"public\".\"m_p102\" and 237 more."
                        + " Attach them again with their bounds, or set includeDetached=\"false\".");
    }

    @Test
    void hundreds_of_overlaps_are_counted() {
        for (int i = 0; i < 200; i++) {
            Tables.Piece again = Tables.piece("m_again" + i);
            again.range = Tables.day(0).range;
            tables.partitions.add(again.build());
        }
        assertThat(wish.findings().stream().filter(f -> f.contains("TM146")))
                .hasSize(4)
                .last()
                .asString()
                .startsWith("NO TM146 197 more ranges of partitions of \"public\".\"m\" overlap or are empty.");
    }

    @Test
    void rows_in_default_are_copied() {
        tables.partitions.add(defaultWithRows());
        tables.triggers.add(Tables.trigger("audit", false, "O"));
        assertThat(wish.findings())
                .containsExactly(
                        "note TM147 DEFAULT partition \"public\".\"m_default\" holds 12,345 rows from 2026-11-06"
                                + " 00:00:00.000000+00 to 2026-11-07 00:00:00.000000+00. They are copied into tables of their own,"
                                + " slice by slice, and become chunks with the cutover; these are the only rows that are copied. Until"
                                + " then each write to this partition, and to no other, is made twice, and waits for a slice that is"
                                + " being copied. Nothing to do. Sessions with a snapshot from before the copy are waited for; only"
                                + " those on a standby cannot be: a query there that began before the copy and goes on after the"
                                + " cutover can miss these rows.");
    }

    @Test
    void an_open_end_is_closed() {
        Tables.Piece open = Tables.piece("m_rest");
        open.range = new Range(Tables.bound(Tables.NOVEMBER + 2 * Tables.DAY), Bound.MAXVALUE);
        tables.partitions.add(open.build());
        assertThat(wish.plan().findings())
                .extracting(Finding::toString)
                .contains(
                        "TM148 Partition \"public\".\"m_rest\" has no upper end (MAXVALUE); as a chunk it ends at 2026-11-28"
                                + " 00:00:00.000000+00, so that it can expire. Nothing to do; undo gives it back without an end, or with this one where rows lie beyond it: then the newest partition has none.");
    }

    @Test
    void detached_left_out() {
        tables.detached.add(Tables.day(-1).build());
        assertThat(wish.findings())
                .containsExactly(
                        "note TM149 1 table was detached from \"public\".\"m\" by retention and kept, with about 1,000"
                                + " rows in 2.0 MB: \"public\".\"m_p20261100\". They stay as they are. Set includeDetached=\"true\" to"
                                + " make chunks of them.");
    }

    @Test
    void own_triggers() {
        Tables.Piece piece = Tables.day(2);
        piece.triggers = List.of("hot");
        tables.partitions.add(piece.build());
        assertThat(wish.findings())
                .containsExactly(
                        "note TM157 Single partitions of \"public\".\"m\" have triggers of their own: \"hot\" of"
                                + " \"public\".\"m_p20261103\". They stay on these chunks; new chunks do not get them. Make them"
                                + " triggers of the table if they are meant for every row.");
    }

    @Test
    void off_the_grid() {
        wish.chunkInterval = "7 days";
        assertThat(wish.findings())
                .containsExactly(
                        "note TM161 Partitions of \"public\".\"m\" do not lie on TimescaleDB's grid of 7 days from"
                                + " 1970-01-01 UTC. The chunk after \"public\".\"m_p20261102\" will be [2026-11-03 00:00:00.000000+00,"
                                + " 2026-11-05 00:00:00.000000+00), later ones follow the grid. Nothing is lost by it. A chunkInterval"
                                + " whose grid the bounds lie on avoids it.");
    }

    @Test
    void another_owner() {
        Tables.Piece piece = Tables.day(2);
        piece.owner = "etl";
        tables.partitions.add(piece.build());
        wish.roles = List.of("app", "etl");
        assertThat(wish.findings())
                .containsExactly(
                        "note TM162 \"public\".\"m_p20261103\" belongs to \"etl\", \"public\".\"m\" to \"app\"; as a chunk"
                                + " it lets later changes of columns fail for that one."
                                + " ALTER TABLE \"public\".\"m_p20261103\" OWNER TO \"app\";");
    }

    @Test
    void pg_partman_by_another_column_and_with_levels() {
        tables.partman = new PartmanConfiguration(
                "public.m",
                "1 day",
                4,
                Optional.empty(),
                false,
                true,
                Optional.empty(),
                "{\"parent_table\": \"public.m\", \"control\": \"at\"}",
                Optional.of("{}"));
        assertThat(wish.findings())
                .containsExactly(
                        "note TM156 pg_partman manages \"public\".\"m\" by column \"at\", not by \"ts\". Make sure that"
                                + " timeColumn is the one you mean; pg_partman stops managing the table.",
                        "note TM156 pg_partman sub-partitions \"public\".\"m\"; a hypertable has one level, and the leaves"
                                + " become its chunks. Nothing to do; pg_partman stops managing the table, and undo puts its"
                                + " configuration back.");
    }

    @Test
    void what_only_default_has() {
        Tables.Piece piece = pieceWithRows();
        piece.triggers = List.of("audit");
        tables.partitions.add(piece.build());
        assertThat(wish.findings())
                .contains(
                        "note TM164 DEFAULT partition \"public\".\"m_default\" has what its table has not: trigger \"audit\"."
                                + " The chunks that its rows become will not have it. Give it to the table if it is meant for every row; else"
                                + " it comes back with the partition on the way back.");
    }

    private static Partition defaultWithRows() {
        return pieceWithRows().build();
    }

    private static Tables.Piece pieceWithRows() {
        Tables.Piece piece = Tables.piece("m_default");
        piece.isDefault = true;
        piece.span = new Partition.Span(
                Tables.bound(Tables.NOVEMBER + 5 * Tables.DAY),
                Tables.bound(Tables.NOVEMBER + 6 * Tables.DAY),
                12_345,
                0);
        return piece;
    }
}

package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Partition;
import dev.tidemark.sql.Definition;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyRulesTest {
    private final Wish wish = Wish.plain();

    @Test
    void keys_with_the_time_are_fine() {
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id", "ts"));
        wish.table.indexes.add(Tables.index("m_id", false, "id"));
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void primary_key_without_time() {
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id"));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM120 Primary key \"m_pkey\" of \"public\".\"m\" does not contain \"ts\"; TimescaleDB"
                                + " cannot enforce uniqueness across chunks. keys=\"extend\" cannot do this for you yet. Extend the key"
                                + " beside the application: CREATE UNIQUE INDEX CONCURRENTLY \"m_pkey_time\" ON \"public\".\"m\""
                                + " (\"id\", \"ts\"); ALTER TABLE \"public\".\"m\" DROP CONSTRAINT \"m_pkey\", ADD CONSTRAINT \"m_pkey\""
                                + " PRIMARY KEY USING INDEX \"m_pkey_time\"; From then on \"id\" alone is no longer unique, and ON"
                                + " CONFLICT needs the longer key.");
    }

    @Test
    void unique_index_without_time() {
        wish.table.indexes.add(Tables.index("m_u", true, "id"));
        assertThat(wish.findings())
                .singleElement()
                .asString()
                .startsWith("NO TM120 Unique index \"m_u\" of \"public\".\"m\" does not contain \"ts\"")
                .contains("DROP INDEX CONCURRENTLY \"public\".\"m_u\";");
    }

    @Test
    void exclusion_without_time() {
        wish.table.constraints.add(new Constraint(
                "m_excl",
                Constraint.Kind.EXCLUSION,
                new Definition("EXCLUDE USING gist (id WITH =)"),
                List.of("id"),
                true,
                false,
                null));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM121 Exclusion constraint \"m_excl\" of \"public\".\"m\" does not contain \"ts\" as a"
                                + " column of its own; TimescaleDB cannot enforce it across chunks. Add \"ts\" WITH = to it, or drop"
                                + " it: ALTER TABLE \"public\".\"m\" DROP CONSTRAINT \"m_excl\";");
    }

    @Test
    void unique_expression() {
        wish.table.indexes.add(Tables.expression("m_lower"));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM122 Unique index \"m_lower\" of \"public\".\"m\" is on expressions and does not contain"
                                + " \"ts\" as a column of its own; TimescaleDB cannot enforce it across chunks. Make it again with the"
                                + " column added, or drop it: DROP INDEX CONCURRENTLY \"public\".\"m_lower\";");
    }

    @Test
    void invalid_index_of_a_plain_table() {
        wish.table.heap.indexes =
                List.of(new Partition.PartitionIndex(Tables.invalid(Tables.index("m_id", false, "id")), null));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM123 Index \"m_id\" of \"public\".\"m\" is invalid, as a failed concurrent build leaves"
                                + " one; TimescaleDB would keep it so. Build it again: REINDEX INDEX CONCURRENTLY"
                                + " \"public\".\"m_id\"; or drop it.");
    }

    @Test
    void invalid_index_of_a_partitioned_table() {
        Wish daily = Wish.daily(2);
        daily.table.indexes.add(Tables.invalid(Tables.index("m_id", false, "id")));
        assertThat(daily.findings())
                .containsExactly(
                        "NO TM123 Index \"m_id\" of \"public\".\"m\" is invalid: not every partition has its part of"
                                + " it attached. Build the missing ones with CREATE INDEX CONCURRENTLY on the partitions, then ALTER"
                                + " INDEX \"public\".\"m_id\" ATTACH PARTITION …; or drop it.");
    }

    @Test
    void missing_index() {
        Wish daily = Wish.daily(1);
        daily.table.indexes.add(Tables.index("m_id", false, "id"));
        assertThat(daily.findings())
                .containsExactly(
                        "NO TM124 \"public\".\"m_p20261101\" has no index like \"m_id\" of \"public\".\"m\" (USING btree"
                                + " (id)); building it would happen inside the window. Build it beside the application: CREATE INDEX"
                                + " CONCURRENTLY ON \"public\".\"m_p20261101\" USING btree (id);");
    }

    @Test
    void an_index_counts_by_name_of_its_parent_or_by_definition() {
        Tables tables = new Tables();
        tables.indexes.add(Tables.index("m_id", false, "id"));
        Tables.Piece byParent = Tables.day(0);
        byParent.indexes = List.of(new Partition.PartitionIndex(Tables.index("a", false, "other"), "m_id"));
        Tables.Piece byDefinition = Tables.day(1);
        byDefinition.indexes = List.of(new Partition.PartitionIndex(Tables.index("b", false, "id"), null));
        tables.partitions.add(byParent.build());
        tables.partitions.add(byDefinition.build());
        assertThat(new Wish(tables).findings()).isEmpty();
    }

    @Test
    void twin_indexes() {
        wish.table.indexes.add(Tables.index("m_b", false, "id"));
        wish.table.indexes.add(Tables.index("m_a", false, "id"));
        assertThat(wish.findings())
                .containsExactly(
                        "note TM125 Indexes \"m_a\", \"m_b\" of \"public\".\"m\" are the same index; new chunks will have"
                                + " only one of them, and undo would build the other inside its window."
                                + " Drop all but one: DROP INDEX CONCURRENTLY …;");
    }
}

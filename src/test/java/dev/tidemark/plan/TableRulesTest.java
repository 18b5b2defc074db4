package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Persistence;
import dev.tidemark.schema.RowSecurity;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableRulesTest {
    private final Wish wish = Wish.plain();

    @Test
    void time_column_missing() {
        wish.timeColumn = "tss";
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM110 \"public\".\"m\" has no column \"tss\". Set timeColumn to one of its columns,"
                                + " spelled as it is stored. Did you mean \"ts\"? Columns with a time: \"ts\".");
    }

    @Test
    void time_column_type() {
        wish.table.columns.set(1, Tables.column("ts", "text"));
        assertThat(wish.findings())
                .containsExactly("NO TM111 Column \"ts\" of \"public\".\"m\" is of type text; a hypertable is cut by"
                        + " timestamptz, timestamp, date, bigint, integer or smallint. Choose another timeColumn, or change"
                        + " its type first (rewrites the table): ALTER TABLE \"public\".\"m\" ALTER COLUMN \"ts\" TYPE"
                        + " timestamptz USING …;");
    }

    @Test
    void a_column_that_no_proof_can_read() {
        wish.table.columns.add(Tables.column("rights", "aclitem"));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM127 Column \"rights\" of \"public\".\"m\" is of type aclitem, which has no binary form; no proof"
                                + " can read it. Give it another type, text for example; or set verify=\"none\".");
    }

    @Test
    void time_column_nulls() {
        wish.table.heap.span = new Partition.Span(Tables.bound(0), Tables.bound(1), 10, 3);
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM112 Column \"ts\" is NULL in 3 rows of \"public\".\"m\"; in a hypertable every row has"
                                + " a time. Give these rows a time, or delete them: … WHERE \"ts\" IS NULL;");
    }

    @Test
    void time_column_generated() {
        wish.table.columns.set(1, Tables.generated(Tables.column("ts", "date")));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM113 Column \"ts\" of \"public\".\"m\" is GENERATED; TimescaleDB takes no generated"
                                + " column as its time. Choose another timeColumn, or make it an ordinary column that a trigger"
                                + " fills: ALTER TABLE \"public\".\"m\" ALTER COLUMN \"ts\" DROP EXPRESSION;");
    }

    @Test
    void rules() {
        wish.table.rules.add("keep");
        assertThat(wish.findings())
                .containsExactly("NO TM114 \"public\".\"m\" has the rule \"keep\"; hypertables do not support rules."
                        + " Replace it by a trigger, then DROP RULE \"keep\" ON \"public\".\"m\";");
    }

    @Test
    void triggers() {
        wish.table.triggers.add(Tables.trigger("audit", true, "O"));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM115 Trigger \"audit\" of \"public\".\"m\" fires FOR EACH ROW and has transition tables"
                                + " (REFERENCING); hypertables do not support both together."
                                + " Make it FOR EACH STATEMENT, or do without REFERENCING.");
    }

    @Test
    void triggers_switched() {
        wish.table.triggers.add(Tables.trigger("audit", true, "D"));
        assertThat(wish.findings())
                .contains(
                        "note TM158 Trigger \"audit\" of \"public\".\"m\" is disabled. Its present rows' chunks keep that;"
                                + " chunks that TimescaleDB makes later have it enabled. Drop it if it must not fire.");
    }

    @Test
    void inheritance() {
        wish.table.parents.add(new TableName("public", "mother"));
        assertThat(wish.findings())
                .containsExactly("NO TM116 \"public\".\"m\" is a partition, a chunk or an inheritance child of"
                        + " \"public\".\"mother\", and its rows are rows of that one. Convert \"public\".\"mother\" instead, or"
                        + " take the table out of it first: DETACH PARTITION or NO INHERIT.");
        wish.table.parents.clear();
        wish.table.children.add(new TableName("public", "child"));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM116 \"public\".\"m\" has inheritance children: \"public\".\"child\". Their rows would"
                                + " vanish from it: a hypertable's only children are its chunks. Move the rows into the table, or end"
                                + " the inheritance: ALTER TABLE \"public\".\"child\" NO INHERIT \"public\".\"m\";");
    }

    @Test
    void a_chunk_or_partition_by_its_storage() {
        wish.table.heap.parent = new TableName("public", "all");
        assertThat(wish.findings())
                .singleElement()
                .asString()
                .startsWith(
                        "NO TM116 \"public\".\"m\" is a partition, a chunk or an inheritance child of \"public\".\"all\"");
    }

    @Test
    void typed() {
        wish.table.ofType = new Definition("public.measure");
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM117 \"public\".\"m\" is a table OF public.measure; such a table cannot inherit, as"
                                + " chunks must. Cut the tie, the columns stay: ALTER TABLE \"public\".\"m\" NOT OF;");
    }

    @Test
    void temporary() {
        wish.table.persistence = Persistence.TEMPORARY;
        wish.table.heap.persistence = Persistence.TEMPORARY;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM118 \"public\".\"m\" is a temporary table: it belongs to one session and ends with it."
                                + " Name a permanent table.");
    }

    @Test
    void row_security_and_compression() {
        wish.table.security = new RowSecurity(true, false, List.of());
        assertThat(wish.findings()).isEmpty();
        wish.compressAfter = "7 days";
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM119 \"public\".\"m\" has row security, and TimescaleDB does not compress such tables."
                                + " Leave compressAfter out, or ALTER TABLE \"public\".\"m\" DISABLE ROW LEVEL SECURITY;");
    }

    @Test
    void infinite_times() {
        wish.table.heap.span = new Partition.Span(
                new Bound("-infinity", Long.MIN_VALUE), new Bound("infinity", Long.MAX_VALUE), 10, 0);
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM160 \"public\".\"m\" holds rows whose \"ts\" is -infinity or infinity; no chunk reaches"
                                + " that far. Give these rows a finite time, or delete them: … WHERE NOT isfinite(\"ts\");");
    }

    @Test
    void a_plain_table_becomes_one_chunk() {
        assertThat(wish.plan().findings())
                .extracting(Finding::toString)
                .contains("TM148 All present rows of \"public\".\"m\" become one chunk [MINVALUE,"
                        + " 2026-11-28 00:00:00.000000+00): compressed and dropped as a whole, when its end is old enough."
                        + " Rows that come until 2026-11-28 00:00:00.000000+00 go there too; afterwards chunks follow"
                        + " chunkInterval.");
    }
}

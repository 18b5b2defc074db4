package dev.tidemark.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Partition.Span;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PartitionsIT {
    private static TestDatabase database;

    @BeforeAll
    static void open() throws SQLException {
        database = new TestDatabase();
    }

    @AfterAll
    static void close() throws SQLException {
        database.close();
    }

    @Test
    void sub_partitions_and_defaults_at_two_levels() {
        database.run(
                """
                SET timezone = 'Asia/Tokyo';
                CREATE TABLE deep (at timestamptz NOT NULL, v int, CONSTRAINT deep_check CHECK (v > 0)) PARTITION BY RANGE (at);
                CREATE TABLE deep_october PARTITION OF deep FOR VALUES FROM ('2026-10-01 00:00+00') TO ('2026-11-01 00:00+00')
                  PARTITION BY RANGE (at);
                CREATE TABLE deep_1 PARTITION OF deep_october FOR VALUES FROM ('2026-10-01 00:00+00') TO ('2026-10-02 00:00+00');
                CREATE TABLE deep_rest PARTITION OF deep_october DEFAULT;
                CREATE TABLE deep_past PARTITION OF deep FOR VALUES FROM (MINVALUE) TO ('2026-10-01 00:00+00');
                CREATE TABLE deep_default PARTITION OF deep DEFAULT;
                CREATE TABLE deep_november PARTITION OF deep FOR VALUES FROM ('2026-11-01 00:00+00') TO ('2026-12-01 00:00+00')
                  PARTITION BY LIST (v);
                CREATE TABLE deep_november_1 PARTITION OF deep_november FOR VALUES IN (1);
                INSERT INTO deep VALUES ('2026-10-05 00:00+00', 1), ('2026-10-07 12:00+00', 2), ('2020-01-01 00:00+00', 3);
                CREATE INDEX deep_own ON deep_1 (v);
                CREATE INDEX deep_at ON deep (at);
                CREATE FUNCTION deep_touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                CREATE TRIGGER deep_all BEFORE INSERT ON deep FOR EACH ROW EXECUTE FUNCTION deep_touch();
                CREATE TRIGGER deep_one BEFORE INSERT ON deep_1 FOR EACH ROW EXECUTE FUNCTION deep_touch();
                ALTER TABLE deep_1 ENABLE ROW LEVEL SECURITY;
                RESET timezone;
                """);
        Layout.NativePartitions layout = partitions("deep");

        assertThat(layout.method()).isEqualTo("RANGE");
        assertThat(layout.keyColumns()).containsExactly("at");
        assertThat(layout.partman()).isEmpty();
        assertThat(layout.partitions())
                .extracting(
                        p -> p.name().name(), Partition::kind, Partition::range, Partition::isDefault, Partition::empty)
                .containsExactly(
                        tuple("deep_default", RelationKind.TABLE, Range.UNBOUNDED, true, true),
                        tuple("deep_november_1", RelationKind.TABLE, Range.UNBOUNDED, false, true),
                        tuple(
                                "deep_past",
                                RelationKind.TABLE,
                                Bounds.range("MINVALUE", "2026-10-01 00:00:00+00"),
                                false,
                                false),
                        tuple("deep_rest", RelationKind.TABLE, Range.UNBOUNDED, true, false),
                        tuple(
                                "deep_1",
                                RelationKind.TABLE,
                                Bounds.range("2026-10-01 00:00:00+00", "2026-10-02 00:00:00+00"),
                                false,
                                true),
                        tuple(
                                "deep_october",
                                RelationKind.PARTITIONED_TABLE,
                                Bounds.range("2026-10-01 00:00:00+00", "2026-11-01 00:00:00+00"),
                                false,
                                false),
                        tuple(
                                "deep_november",
                                RelationKind.PARTITIONED_TABLE,
                                Bounds.range("2026-11-01 00:00:00+00", "2026-12-01 00:00:00+00"),
                                false,
                                true));
        assertThat(partition(layout, "deep_rest").span())
                .contains(new Span(
                        Bounds.bound("2026-10-05 00:00:00+00").orElseThrow(),
                        Bounds.bound("2026-10-07 12:00:00+00").orElseThrow(),
                        2,
                        0));
        assertThat(partition(layout, "deep_default").span()).isEmpty();
        assertThat(partition(layout, "deep_past").span()).map(Span::rows).contains(1L);
        Partition one = partition(layout, "deep_1");
        assertThat(one.parent()).isEqualTo(name("deep_october"));
        assertThat(one.ownTriggers()).containsExactly("deep_one");
        assertThat(one.rowSecurity()).isTrue();
        assertThat(one.indexes())
                .extracting(i -> i.index().name(), Partition.PartitionIndex::parentIndex)
                .containsExactly(tuple("deep_1_at_idx", "deep_october_at_idx"), tuple("deep_own", null));
        assertThat(one.constraints()).singleElement().satisfies(c -> assertThat(c.inherited())
                .isTrue());
    }

    @Test
    void foreign_keys_without_their_copies() {
        database.run(
                """
                CREATE TABLE target (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
                CREATE TABLE target_1 PARTITION OF target FOR VALUES FROM (0) TO (9);
                CREATE TABLE source (id int, at int, CONSTRAINT source_fkey FOREIGN KEY (id, at) REFERENCES target) PARTITION BY RANGE (at);
                CREATE TABLE source_1 PARTITION OF source FOR VALUES FROM (0) TO (9);
                """);
        Catalog catalog = new Catalog(database.session());
        assertThat(catalog.table(name("source")).orElseThrow().foreignKeys())
                .extracting(ForeignKey::name, ForeignKey::childIsPartitioned, ForeignKey::parent)
                .containsExactly(tuple("source_fkey", true, name("target")));
        assertThat(catalog.table(name("target")).orElseThrow().referencedBy())
                .extracting(ForeignKey::child)
                .containsExactly(name("source"));
        assertThat(catalog.table(name("target_1")).orElseThrow().referencedBy()).isEmpty();
        assertThat(catalog.table(name("target_1")).orElseThrow().inheritanceParents())
                .isEmpty();
        assertThat(catalog.table(name("target")).orElseThrow().inheritanceChildren())
                .isEmpty();
        assertThat(partition(partitions("source"), "source_1").foreignKeyNames())
                .containsExactly("source_fkey");
    }

    @Test
    void plain_inheritance_is_not_partitioning() {
        database.run("CREATE TABLE mother (a int); CREATE TABLE daughter (b int) INHERITS (mother)");
        Catalog catalog = new Catalog(database.session());
        assertThat(catalog.table(name("mother")).orElseThrow().inheritanceChildren())
                .containsExactly(name("daughter"));
        assertThat(catalog.table(name("daughter")).orElseThrow().inheritanceParents())
                .containsExactly(name("mother"));
        assertThat(heap("mother", null).hasInheritanceChildren()).isTrue();
        assertThat(heap("daughter", null).hasInheritanceChildren()).isFalse();
    }

    @Test
    void attribute_numbers_of_a_partition_that_was_attached() {
        database.run(
                """
                CREATE TABLE odd (a int, b int NOT NULL) PARTITION BY RANGE (b);
                CREATE TABLE odd_1 (gone int, b int NOT NULL, a int);
                ALTER TABLE odd_1 DROP COLUMN gone;
                ALTER TABLE odd ATTACH PARTITION odd_1 FOR VALUES FROM (-5) TO (9);
                CREATE FOREIGN DATA WRAPPER nothing;
                CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;
                CREATE FOREIGN TABLE odd_2 PARTITION OF odd FOR VALUES FROM (9) TO (MAXVALUE) SERVER elsewhere;
                """);
        Layout.NativePartitions layout = partitions("odd");
        Partition one = partition(layout, "odd_1");
        assertThat(one.attributeCount()).isEqualTo(3);
        assertThat(one.attributeNumbers()).containsOnly(Map.entry("b", 2), Map.entry("a", 3));
        assertThat(one.range()).isEqualTo(new Range(new Bound("-5", -5), new Bound("9", 9)));
        assertThat(partition(layout, "odd_2").kind()).isEqualTo(RelationKind.FOREIGN_TABLE);
        assertThat(partition(layout, "odd_2").empty()).isFalse();
    }

    @Test
    void other_methods_and_several_columns_are_unbounded() {
        database.run(
                """
                CREATE TABLE mixed (at timestamptz, v int) PARTITION BY RANGE (at);
                CREATE TABLE mixed_1 PARTITION OF mixed FOR VALUES FROM ('2026-11-01') TO ('2026-12-01') PARTITION BY RANGE (v);
                CREATE TABLE mixed_1_1 PARTITION OF mixed_1 FOR VALUES FROM (1) TO (5);
                CREATE TABLE hashed (a int) PARTITION BY HASH (a);
                CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 1, REMAINDER 0);
                CREATE TABLE pair (a int, b int) PARTITION BY RANGE (a, (b + 1));
                CREATE TABLE pair_1 PARTITION OF pair FOR VALUES FROM (1, 2) TO (3, 4);
                """);
        assertThat(partition(partitions("mixed"), "mixed_1").range()).isNotEqualTo(Range.UNBOUNDED);
        assertThat(partition(partitions("mixed"), "mixed_1_1").range()).isEqualTo(Range.UNBOUNDED);
        assertThat(partitions("hashed").method()).isEqualTo("HASH");
        assertThat(partition(partitions("hashed"), "hashed_0").range()).isEqualTo(Range.UNBOUNDED);
        assertThat(partitions("pair").keyColumns()).containsExactly("a");
        assertThat(partitions("pair").keyHasExpressions()).isTrue();
        assertThat(partition(partitions("pair"), "pair_1").range()).isEqualTo(Range.UNBOUNDED);
    }

    @Test
    void a_plain_table_tells_the_span_of_the_column_asked_for() {
        database.run(
                "CREATE TABLE flat (at timestamp, day date);"
                        + "INSERT INTO flat VALUES ('2026-11-01 12:00', '2026-11-01'), ('2026-11-02', '2026-11-02'), (NULL, NULL)");
        assertThat(heap("flat", "at").span())
                .contains(new Span(
                        Bounds.bound("2026-11-01 12:00:00").orElseThrow(),
                        Bounds.bound("2026-11-02 00:00:00").orElseThrow(),
                        3,
                        1));
        assertThat(heap("flat", "day").span()).map(s -> s.highest().text()).contains("2026-11-02");
        assertThat(heap("flat", "none").span()).isEmpty();
        Layout layout = new Catalog(database.session())
                .table(name("flat"))
                .orElseThrow()
                .layout();
        assertThat(((Layout.Heap) layout).storage().span()).isEmpty();
    }

    /** 300 MB of dead rows: beyond the bytes that are looked into, so nothing is claimed; at once, and without touching the rest. */
    @Test
    void dead_rows_are_not_searched_to_the_end() {
        database.run("CREATE TABLE dead (at int, filler text) WITH (autovacuum_enabled = off);"
                + "ALTER TABLE dead ALTER filler SET STORAGE PLAIN;"
                + "INSERT INTO dead SELECT i, repeat('x', 7000) FROM generate_series(1, 40000) i; ANALYZE dead");
        assertThat(heap("dead", "at").span()).isEmpty();
        database.run("CREATE INDEX ON dead (at DESC)");
        Span span = heap("dead", "at").span().orElseThrow();
        assertThat(span.lowest()).isEqualTo(new Bound("1", 1));
        assertThat(span.highest()).isEqualTo(new Bound("40000", 40000));
        assertThat(span.rows()).isBetween(39_000L, 41_000L);
        database.run("DELETE FROM dead");
        database.run("CREATE TABLE few (at int) WITH (autovacuum_enabled = off);"
                + "INSERT INTO few SELECT generate_series(1, 1000); DELETE FROM few");
        long start = System.nanoTime();
        assertThat(heap("dead", null).empty()).isFalse();
        System.out.println("300 MB of dead rows: " + millisSince(start) + " ms");
        assertThat(heap("dead", "at").empty()).isTrue();
        assertThat(heap("few", null).empty()).isTrue();
        assertThat(heap("few", "at").empty()).isTrue();
    }

    @Test
    void a_thousand_partitions_with_six_indexes() {
        database.run(
                """
                CREATE TABLE wide (id bigint, at timestamptz NOT NULL, a int, b int, c int, d int, e text) PARTITION BY RANGE (at);
                ALTER TABLE wide ADD PRIMARY KEY (id, at);
                CREATE INDEX ON wide (a);
                CREATE INDEX ON wide (b);
                CREATE INDEX ON wide (c, at DESC);
                CREATE INDEX ON wide (lower(e));
                CREATE INDEX ON wide (d) WHERE d > 0;
                """);
        for (int from = 0; from < 1000; from += 100) {
            database.run(
                    """
                    DO $$ BEGIN FOR i IN %s .. %s LOOP
                      EXECUTE format('CREATE TABLE wide_%%s PARTITION OF wide FOR VALUES FROM (%%L) TO (%%L)', i,
                                     timestamptz '2024-01-01 00:00+00' + i * interval '1 day', timestamptz '2024-01-01 00:00+00' + (i + 1) * interval '1 day');
                    END LOOP; END $$
                    """
                            .formatted(from, from + 99));
        }
        database.run(
                "INSERT INTO wide (id, at) SELECT i, timestamptz '2024-01-01 00:00+00' + i * interval '1 day' FROM generate_series(0, 998) i");
        for (int i = 0; i < 2; i++) {
            long start = System.nanoTime();
            Layout.NativePartitions layout = partitions("wide");
            System.out.println("1,000 partitions with 6 indexes: " + millisSince(start) + " ms");
            assertThat(layout.leaves()).hasSize(1000).allSatisfy(p -> assertThat(p.indexes())
                    .hasSize(6));
            assertThat(layout.leaves())
                    .filteredOn(Partition::empty)
                    .singleElement()
                    .satisfies(p -> assertThat(p.name().name()).isEqualTo("wide_999"));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        }
    }

    private static long millisSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }

    private static TableName name(String table) {
        return new TableName("public", table);
    }

    private static Layout.NativePartitions partitions(String table) {
        Table read = new Catalog(database.session()).table(name(table)).orElseThrow();
        return (Layout.NativePartitions) read.layout();
    }

    private static Partition heap(String table, String timeColumn) {
        Catalog catalog = new Catalog(database.session());
        Optional<Table> read = timeColumn == null ? catalog.table(name(table)) : catalog.table(name(table), timeColumn);
        return ((Layout.Heap) read.orElseThrow().layout()).storage();
    }

    private static Partition partition(Layout.NativePartitions layout, String name) {
        return layout.partitions().stream()
                .filter(p -> p.name().name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}

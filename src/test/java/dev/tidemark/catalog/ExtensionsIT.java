package dev.tidemark.catalog;

import static dev.tidemark.testing.Capability.PARTMAN;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.Server;
import dev.tidemark.schema.Table;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.PostgresTest;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** pg_partman 4 and 5, TimescaleDB. */
@PostgresTest(
        needs = {TIMESCALEDB, PARTMAN},
        promise = "pg_partman sets and hypertables are read as they are")
class ExtensionsIT {
    private TestDatabase database;

    @BeforeEach
    void open() throws SQLException {
        database = new TestDatabase();
    }

    @AfterEach
    void close() throws SQLException {
        database.close();
    }

    @Test
    void a_partman_set_with_detached_partitions_under_a_hostile_name() {
        createPartman();
        // Version 4 counts characters where PostgreSQL counts bytes and then makes no partition at all.
        String longest = "it's \"A\" table " + (isPartman4() ? "o".repeat(48) : "ö".repeat(24));
        for (String name : List.of("readings", longest)) {
            TableName table = new TableName("public", name);
            database.run(Sql.of("CREATE TABLE %I (at timestamptz NOT NULL, v int) PARTITION BY RANGE (at)", table)
                    .text());
            createParent("public." + name, "at", "1 day", "2026-11-01 00:00:00+00");
            database.run(Sql.of(
                            "UPDATE %I SET retention = '30 days', retention_keep_table = true WHERE parent_table = %L",
                            new TableName("odd_place", "part_config"), "public." + name)
                    .text());
            Layout.NativePartitions layout = partitions(table);
            Partition first = layout.leaves().get(0);
            Partition second = layout.leaves().get(1);
            assertThat(first.range()).isEqualTo(Bounds.range("2026-11-01 00:00:00+00", "2026-11-02 00:00:00+00"));
            database.run(Sql.of("INSERT INTO %I VALUES ('2026-11-01 12:00+00', 1)", table)
                    .text());
            database.run(Sql.of("ALTER TABLE %I DETACH PARTITION %I", table, first.name())
                    .text());
            database.run(Sql.of("ALTER TABLE %I DETACH PARTITION %I", table, second.name())
                    .text());
            TableName looksLikeIt = first.name().sibling(first.name().name().replaceFirst("\\d{4}(?=.{0,6}$)", "9999"));
            database.run(Sql.of("CREATE TABLE %I (at timestamptz, other int)", looksLikeIt)
                    .text());

            layout = partitions(table);
            PartmanConfiguration partman = layout.partman().orElseThrow();
            assertThat(partman.parentTable()).isEqualTo("public." + name);
            assertThat(partman.interval()).isEqualTo("1 day");
            assertThat(partman.premake()).isEqualTo(3);
            assertThat(partman.retention()).contains("30 days");
            assertThat(partman.keepsTable()).isTrue();
            assertThat(partman.automatic()).isTrue();
            assertThat(partman.row()).contains("\"retention_keep_table\"");
            assertThat(partman.subRow()).isEmpty();
            assertThat(layout.detached())
                    .extracting(Partition::name, Partition::parent, Partition::range, Partition::empty)
                    .containsExactly(
                            tuple(first.name(), table, first.range(), false),
                            tuple(second.name(), table, second.range(), true));
            assertThat(layout.defaults()).hasSize(1);
        }
        assertThat(new Catalog(database.session()).server(List.of()).partman())
                .map(Server.Extension::schema)
                .contains("odd_place");
    }

    @Test
    void a_partman_set_by_number() {
        createPartman();
        TableName table = new TableName("public", "numbered");
        database.run("CREATE TABLE numbered (id bigint NOT NULL) PARTITION BY RANGE (id)");
        createParent("public.numbered", "id", "1000", "0");
        Partition first = partitions(table).leaves().get(0);
        database.run(Sql.of("ALTER TABLE %I DETACH PARTITION %I", table, first.name())
                .text());
        assertThat(partitions(table).detached())
                .extracting(Partition::range)
                .containsExactly(Bounds.range("0", "1000"));
    }

    /** Made in Berlin; nothing here says so but the bounds: of those detached in summer it is their rows that decide. */
    @Test
    void detached_partitions_of_another_zone() {
        createPartman();
        TableName table = new TableName("public", "zoned");
        database.run("CREATE TABLE zoned (at timestamptz NOT NULL) PARTITION BY RANGE (at)");
        database.run(
                "INSERT INTO odd_place.part_config (parent_table, control, partition_interval, partition_type, datetime_string)"
                        + " VALUES ('public.zoned', 'at', '1 day', '" + (isPartman4() ? "native" : "range")
                        + "', 'YYYYMMDD')");
        database.run("SET timezone = 'Europe/Berlin'");
        for (String day : List.of("2025-07-01", "2025-07-02", "2025-11-01", "2025-11-02", "2025-11-03")) {
            database.run("CREATE TABLE zoned_p" + day.replace("-", "") + " PARTITION OF zoned FOR VALUES FROM ('" + day
                    + "') TO ('" + LocalDate.parse(day).plusDays(1) + "')");
        }
        database.run("SET timezone = 'UTC'");
        database.run("INSERT INTO zoned VALUES ('2025-06-30 22:00+00'), ('2025-07-01 21:59+00')");
        List<Range> made =
                partitions(table).leaves().stream().map(Partition::range).toList();
        assertThat(made.get(0)).isEqualTo(Bounds.range("2025-06-30 22:00:00+00", "2025-07-01 22:00:00+00"));
        for (String day : List.of("20250701", "20250702", "20251101")) {
            database.run("ALTER TABLE zoned DETACH PARTITION zoned_p" + day);
        }

        assertThat(partitions(table).detached())
                .extracting(Partition::name, Partition::range)
                .containsExactlyInAnyOrder(
                        tuple(name("zoned_p20250701"), made.get(0)),
                        tuple(name("zoned_p20250702"), Range.UNBOUNDED),
                        tuple(name("zoned_p20251101"), made.get(2)));

        database.run("ALTER DATABASE " + database.name() + " SET timezone = 'Europe/Berlin'");
        assertThat(partitions(table).detached())
                .extracting(Partition::range)
                .containsExactlyElementsOf(made.subList(0, 3));
    }

    @Test
    void hypertables() {
        database.run("CREATE SCHEMA tsdb; CREATE EXTENSION timescaledb SCHEMA tsdb");
        database.run(
                """
                CREATE TABLE r (id int PRIMARY KEY);
                INSERT INTO r VALUES (1);
                CREATE TABLE h (at timestamptz NOT NULL, r int REFERENCES r, v int);
                SELECT tsdb.create_hypertable('h', tsdb.by_range('at', interval '1 day'));
                CREATE TABLE d (day date NOT NULL);
                SELECT tsdb.create_hypertable('d', tsdb.by_range('day', interval '7 days'));
                CREATE TABLE n (n bigint NOT NULL);
                SELECT tsdb.create_hypertable('n', tsdb.by_range('n', 100));
                CREATE TABLE w (t timestamp NOT NULL);
                SELECT tsdb.create_hypertable('w', tsdb.by_range('t', interval '1 day'));
                INSERT INTO h VALUES ('2026-11-01 12:00+00', 1), ('2026-11-03 12:00+00', 1);
                INSERT INTO d VALUES ('2026-11-05');
                INSERT INTO n VALUES (250);
                INSERT INTO w VALUES ('2026-11-01 12:00');
                CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                CREATE TRIGGER touch BEFORE INSERT ON h FOR EACH ROW EXECUTE FUNCTION touch();
                CREATE VIEW v AS SELECT count(*) AS rows FROM h;
                """);
        Catalog catalog = new Catalog(database.session());
        Table table = catalog.table(name("h")).orElseThrow();
        Layout.Hypertable layout = (Layout.Hypertable) table.layout();
        assertThat(layout.timeColumn()).isEqualTo("at");
        assertThat(layout.dimensions()).isEqualTo(1);
        assertThat(layout.chunkInterval()).isEqualTo("1 day");
        assertThat(layout.chunks())
                .extracting(Partition::range, Partition::empty, Partition::parent, Partition::ownTriggers)
                .containsExactly(
                        tuple(
                                Bounds.range("2026-11-01 00:00:00+00", "2026-11-02 00:00:00+00"),
                                false,
                                name("h"),
                                List.of()),
                        tuple(
                                Bounds.range("2026-11-03 00:00:00+00", "2026-11-04 00:00:00+00"),
                                false,
                                name("h"),
                                List.of()));
        assertThat(range("d")).isEqualTo(Bounds.range("2026-11-05", "2026-11-12"));
        assertThat(range("n")).isEqualTo(Bounds.range("200", "300"));
        assertThat(range("w")).isEqualTo(Bounds.range("2026-11-01 00:00:00", "2026-11-02 00:00:00"));
        assertThat(table.triggers()).extracting(t -> t.name()).containsExactly("touch");
        assertThat(table.inheritanceChildren()).isEmpty();
        assertThat(table.dependents()).extracting(d -> d.identity()).containsExactly("public.v");
        assertThat(table.size().heapBytes()).isEqualTo(16384);
        assertThat(catalog.table(name("r")).orElseThrow().referencedBy())
                .extracting(ForeignKey::child)
                .containsExactly(name("h"));

        TimescaleDb timescaledb =
                catalog.server(List.of(name("h"))).timescaledb().orElseThrow();
        assertThat(timescaledb.version())
                .isEqualTo(database.available("timescaledb").orElseThrow());
        assertThat(timescaledb.schema()).isEqualTo("tsdb");
    }

    private Range range(String hypertable) {
        Layout layout = new Catalog(database.session())
                .table(name(hypertable))
                .orElseThrow()
                .layout();
        return ((Layout.Hypertable) layout).chunks().get(0).range();
    }

    private static TableName name(String table) {
        return new TableName("public", table);
    }

    private Layout.NativePartitions partitions(TableName table) {
        return (Layout.NativePartitions)
                new Catalog(database.session()).table(table).orElseThrow().layout();
    }

    private void createPartman() {
        database.run("SET timezone = 'UTC'; CREATE SCHEMA odd_place; CREATE EXTENSION pg_partman SCHEMA odd_place");
    }

    private void createParent(String table, String control, String interval, String start) {
        database.run(Sql.of(
                        "SELECT %I.create_parent(p_parent_table => %L, p_control => %L, p_interval => %L, p_premake => 3,"
                                + " p_start_partition => %L, p_type => %L)",
                        "odd_place", table, control, interval, start, isPartman4() ? "native" : "range")
                .text());
    }

    private boolean isPartman4() {
        return database.available("pg_partman").orElseThrow().startsWith("4.");
    }
}

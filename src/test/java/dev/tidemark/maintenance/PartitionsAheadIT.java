package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** There is a partition for every row that comes, whatever somebody has made, left out or put in the way. */
@PostgresTest(
        needs = {SUPERUSER, SEVERAL_SESSIONS},
        promise = "partitions are made ahead")
class PartitionsAheadIT {
    @Test
    void today_and_as_many_as_are_wanted(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 3);

        assertThat(table.make()).hasSize(4).allMatch(line -> line.get(1).equals("made"));
        assertThat(table.make()).isEmpty();
        database.execute("INSERT INTO log SELECT d, now() + d * interval '1 day' FROM generate_series(0, 3) d");
    }

    /** A scheduler that has rested for ten days leaves out ten days. */
    @Test
    void what_was_missed_is_made_good(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 1);
        table.makeBetween("now() - interval '20 days'", "now() - interval '11 days'");

        assertThat(table.make()).hasSize(10 + 2);
        table.filled(20);
    }

    @Test
    void what_retention_would_drop_at_once_is_not_made_good(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 0);
        table.makeBetween("now() - interval '20 days'", "now() - interval '19 days'");
        database.execute("UPDATE tidemark.partition_set SET retention = '5 days'");

        assertThat(table.make()).hasSize(6);
        assertThat(table.outcomes()).containsOnly("dropped").hasSize(2);
    }

    /** History up to a moment within a day, and somebody's own partition of one hour: what is between is filled exactly. */
    @Test
    void what_is_cut_otherwise_stays(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 1);
        database.execute(
                """
                DO $$ DECLARE today timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
                BEGIN
                  EXECUTE format('CREATE TABLE history PARTITION OF log FOR VALUES FROM (MINVALUE) TO (%L)', today - interval '7 hours');
                  EXECUTE format('CREATE TABLE odd PARTITION OF log FOR VALUES FROM (%L) TO (%L)', today + interval '30 hours', today + interval '31 hours');
                END $$""");

        assertThat(table.make()).hasSize(4).allMatch(line -> line.get(1).equals("made"));

        assertThat(database.column(
                        "SELECT extract(epoch FROM upper_bound::timestamptz - CASE lower_bound WHEN 'MINVALUE' THEN NULL ELSE lower_bound::timestamptz END)::int / 3600"
                                + " FROM tidemark.partitions_of('log')"))
                .containsExactly(null, "7", "24", "6", "1", "17");
        assertThat(database.number("SELECT cardinality(gaps) FROM tidemark.partition_health"))
                .isZero();
        assertThat(table.make()).isEmpty();
    }

    @Test
    void an_open_end_needs_nothing(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 5);
        database.execute("CREATE TABLE everything PARTITION OF log FOR VALUES FROM (MINVALUE) TO (MAXVALUE)");

        assertThat(table.make()).isEmpty();
        assertThat(database.rows("SELECT verdict, days_ahead FROM tidemark.partition_health"))
                .containsExactly(List.of("green", "Infinity"));
    }

    /** Rows in DEFAULT keep their own range from being made, and no other. */
    @Test
    void rows_in_default(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 2);
        database.execute("CREATE TABLE rest PARTITION OF log DEFAULT");
        database.execute("INSERT INTO log VALUES (1, now() + interval '1 day')");

        assertThat(table.make())
                .hasSize(3)
                .anyMatch(
                        line -> line.get(0) == null
                                && line.get(1)
                                        .equals(
                                                "not made: the DEFAULT partition public.rest holds rows of this range; drainDefault gives them partitions of their own"))
                .filteredOn(line -> line.get(1).equals("made"))
                .hasSize(2);
        assertThat(table.verdict()).isEqualTo("red");
        assertThat(table.reason()).contains("DEFAULT holds about");

        database.execute("DELETE FROM log");
        assertThat(table.make()).singleElement().satisfies(line -> assertThat(line.get(1))
                .isEqualTo("made"));
        assertThat(table.verdict()).isEqualTo("green");
    }

    /** ATTACH reads DEFAULT while the application waits: a large one is left alone. */
    @Test
    void many_rows_in_default(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 0);
        database.execute(
                "ALTER TABLE log ADD padding text; ALTER TABLE log ALTER padding SET STORAGE PLAIN; CREATE TABLE rest PARTITION OF log DEFAULT");
        // a row a page: a little over 100 MB
        database.execute(
                "INSERT INTO log SELECT i, now() - interval '1 year', repeat('x', 5000) FROM generate_series(1, 13200) i");

        assertThat(table.make()).singleElement().satisfies(line -> assertThat(line.get(1))
                .startsWith("not made: the DEFAULT partition public.rest holds so many rows that reading them would"));

        database.execute("TRUNCATE log");
        assertThat(table.make()).singleElement().satisfies(line -> assertThat(line.get(1))
                .isEqualTo("made"));
    }

    @Test
    void names_that_are_taken_or_too_long(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 0);
        String today = database.value("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY\"m\"MM\"d\"DD')");
        database.execute("CREATE VIEW log_y" + today + " AS SELECT 1; CREATE TYPE log_y" + today + "_2 AS ENUM ('a')");
        String longest = "ä".repeat(31) + "x";
        String hostile = "We\"ird $x$ 'quoted' {table} %I";
        for (String name : List.of(longest, hostile)) {
            String quoted = '"' + name.replace("\"", "\"\"") + '"';
            database.execute("CREATE TABLE " + quoted + " (at timestamptz) PARTITION BY RANGE (at)");
            database.execute("SELECT tidemark.manage_partitions('" + quoted.replace("'", "''") + "', premake => 1)");
        }

        assertThat(database.rows("SELECT part, outcome FROM tidemark.make_partitions()"))
                .hasSize(5)
                .allMatch(line -> line.get(1).equals("made"))
                .anyMatch(line -> line.get(0).equals("public.log_y" + today + "_3"));
        assertThat(database.column(
                        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'ää%'"))
                .hasSize(2)
                .allMatch(name -> name.matches("ä{24}_y\\d{4}m\\d\\dd\\d\\d"));
        assertThat(database.column(
                        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'We%'"))
                .hasSize(2)
                .allMatch(name -> name.startsWith(hostile + "_y"));
        assertThat(table.make()).isEmpty();
    }

    /** Nobody who reads or writes the table waits, and it waits for nobody who does. */
    @Test
    void beside_readers_and_writers(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 0);
        table.make();
        try (Connection writer = database.connect();
                Connection maker = database.connect();
                Statement writes = writer.createStatement();
                Statement makes = maker.createStatement()) {
            writer.setAutoCommit(false);
            maker.setAutoCommit(false);
            writes.execute("INSERT INTO log VALUES (1, now())");
            makes.execute("SELECT * FROM tidemark.make_partitions('log', 5)");
            assertThat(
                            database.column(
                                    "SELECT mode FROM pg_locks WHERE relation = 'log'::regclass AND mode NOT IN ('RowExclusiveLock', 'AccessShareLock')"))
                    .containsExactly("ShareUpdateExclusiveLock");
            writes.execute("SET lock_timeout = '1s'; INSERT INTO log VALUES (2, now())");
            writer.commit();
            maker.commit();
        }
        assertThat(table.bounds()).hasSize(6);
        assertThat(table.rows()).isEqualTo(2);
    }

    @Test
    void two_at_once(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 3);
        try (Connection first = database.connect();
                Statement makes = first.createStatement()) {
            first.setAutoCommit(false);
            makes.execute("SELECT * FROM tidemark.make_partitions()");
            assertThat(table.make()).singleElement().satisfies(line -> assertThat(line)
                    .containsExactly(null, "another session is at work on it"));
            first.commit();
        }
        assertThat(table.bounds()).hasSize(4);
        assertThat(table.make()).isEmpty();
    }

    /** A lock that it cannot have costs the application nothing, and this partition only. */
    @Test
    void a_referenced_table_that_is_locked(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 1);
        database.execute(
                "CREATE TABLE kind (k bigint PRIMARY KEY); INSERT INTO kind VALUES (1); ALTER TABLE log ADD FOREIGN KEY (id) REFERENCES kind");
        try (Connection writer = database.connect();
                Statement writes = writer.createStatement()) {
            writer.setAutoCommit(false);
            writes.execute("INSERT INTO kind VALUES (2)");
            assertThat(table.make()).hasSize(2).allMatch(line -> line.get(1).equals("skipped: lock not obtained"));
            writer.commit();
        }
        assertThat(table.make()).hasSize(2).allMatch(line -> line.get(1).equals("made"));
    }

    /** Somebody waits for what is locked until the transaction ends, whichever set it belongs to. */
    @Test
    void locks_that_somebody_feels_are_not_held_for_long(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 2);
        database.execute("CREATE TABLE rest PARTITION OF log DEFAULT");
        database.execute(
                "CREATE TABLE other (at date) PARTITION BY RANGE (at); SELECT tidemark.manage_partitions('other', premake => 1)");

        assertThat(database.rows("SELECT relation, outcome FROM tidemark.make_partitions(max_pause => interval '0')"))
                .containsExactly(
                        List.of("log", "made"),
                        List.of("log", "left for the next run"),
                        List.of("log", "left for the next run"),
                        List.of("other", "left for the next run"));
        try (Connection connection = database.connect()) {
            assertThat(dev.tidemark.Tidemark.on(connection).maintain(java.util.Optional.empty()))
                    .hasSize(4)
                    .allMatch(line -> line.endsWith(" made"));
        }
        assertThat(table.make()).isEmpty();
    }

    /** Ten thousand years ago there was no timestamp. */
    @ParameterizedTest
    @ValueSource(strings = {"15 minutes", "1 hour", "1 week", "1 month", "3 months", "1 year", "10 years"})
    void of_every_width(String width, Database database) throws Exception {
        ManagedTable table = ManagedTable.of(database, "timestamptz", "width => '" + width + "', premake => 4");

        assertThat(table.make()).hasSize(5).allMatch(line -> line.get(1).equals("made"));
        assertThat(table.make()).isEmpty();
        assertThat(table.verdict()).isEqualTo("green");
    }

    @Test
    void one_set_that_fails_does_not_keep_others_from_their_turn(Database database) throws Exception {
        ManagedTable table = ManagedTable.daily(database, 0);
        database.execute(
                "CREATE TABLE a (at date) PARTITION BY RANGE (at); SELECT tidemark.manage_partitions('a', premake => 0);"
                        + " DROP TABLE a; CREATE TABLE b (at date) PARTITION BY RANGE (at); SELECT tidemark.manage_partitions('b'); UPDATE tidemark.partition_set SET time_zone = 'Nowhere/Else' WHERE relation = 'b'::regclass");

        assertThat(table.make())
                .extracting(line -> line.get(1))
                .anyMatch(outcome -> outcome.startsWith("failed: the table is gone"))
                .anyMatch(outcome -> outcome.equals("failed: time zone \"Nowhere/Else\" not recognized"))
                .contains("made");
    }

    /** As CREATE TABLE … PARTITION OF makes them. */
    @Test
    void they_are_like_any_other_partition(Database database) throws Exception {
        ManagedTable.installJournal(database);
        database.execute(
                """
                CREATE ROLE keeper_%1$s;
                GRANT CREATE ON SCHEMA public TO keeper_%1$s;
                CREATE TABLE kind (k int PRIMARY KEY);
                CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                CREATE TABLE full_log (
                  id bigint GENERATED ALWAYS AS IDENTITY, gone int, at timestamptz NOT NULL DEFAULT now(), kind int REFERENCES kind,
                  twice bigint GENERATED ALWAYS AS (id * 2) STORED, note text COLLATE "C" DEFAULT 'x' CHECK (note <> ''), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
                ALTER TABLE full_log DROP COLUMN gone;
                ALTER TABLE full_log ALTER note SET STORAGE EXTERNAL;
                ALTER TABLE full_log OWNER TO keeper_%1$s;
                CREATE INDEX ON full_log (note);
                CREATE TRIGGER stamp BEFORE INSERT ON full_log FOR EACH ROW EXECUTE FUNCTION stamp();
                ALTER TABLE full_log ENABLE ALWAYS TRIGGER stamp;
                ALTER TABLE full_log REPLICA IDENTITY FULL;
                SELECT tidemark.manage_partitions('full_log', options => '{fillfactor=70}');
                CREATE TABLE p1 PARTITION OF full_log FOR VALUES FROM ('2020-01-01') TO ('2020-02-01') WITH (fillfactor = 70);
                ALTER TABLE p1 OWNER TO keeper_%1$s;
                ALTER TABLE p1 REPLICA IDENTITY FULL;
                SELECT tidemark.make_partition('full_log', 'p2', '2020-02-01', '2020-03-01', '{fillfactor=70}', true);
                """
                        .formatted(database.name()));
        try {
            assertThat(definition(database, "p2"))
                    .isEqualTo(definition(database, "p1"))
                    .isNotEmpty();
            database.execute("INSERT INTO full_log (at) VALUES ('2020-02-01 12:00')");
        } finally {
            database.execute("DROP OWNED BY keeper_%1$s CASCADE; DROP ROLE keeper_%1$s".formatted(database.name()));
        }
    }

    private static List<List<String>> definition(Database database, String table) {
        return database.rows(
                """
                SELECT 'column', a.attname, concat_ws(' ', a.attnum, a.atttypid, a.attcollation, a.attnotnull, a.attidentity, a.attgenerated, a.attstorage, a.attislocal, a.attinhcount,
                         (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum))
                  FROM pg_attribute a WHERE a.attrelid = '%1$s'::regclass AND a.attnum > 0
                UNION ALL
                SELECT 'constraint', replace(conname, '%1$s', ''), concat_ws(' ', contype, pg_get_constraintdef(oid), conislocal, coninhcount, conparentid <> 0) FROM pg_constraint WHERE conrelid = '%1$s'::regclass
                UNION ALL
                SELECT 'index', '', replace(pg_get_indexdef(indexrelid), '%1$s', '') FROM pg_index WHERE indrelid = '%1$s'::regclass
                UNION ALL
                SELECT 'trigger', CASE WHEN tgisinternal THEN '' ELSE tgname END, concat_ws(' ', tgenabled, tgparentid <> 0, tgfoid::regproc) FROM pg_trigger WHERE tgrelid = '%1$s'::regclass
                UNION ALL
                SELECT 'table', '', concat_ws(' ', relowner::regrole, relpersistence, relreplident, reloptions, relacl, relam, reltablespace, relrowsecurity) FROM pg_class WHERE oid = '%1$s'::regclass
                ORDER BY 1, 2, 3"""
                        .formatted(table));
    }
}

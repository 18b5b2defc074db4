package dev.tidemark.exchange;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a partition has for itself, and who means the partition and not its table. */
@PostgresTest(
        needs = {SEVERAL_SESSIONS, CLIENT_PROGRAMS, SUPERUSER},
        promise =
                "what a DEFAULT partition has for itself is its successor's and its own again; what would be lost is named")
class SuccessorIT {
    private static final String START =
            """
            CREATE TABLE kinds (id integer PRIMARY KEY); INSERT INTO kinds SELECT generate_series(0, 9);
            CREATE TABLE t (id bigint, at timestamptz, kind integer, body text DEFAULT 'table''s', size numeric, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('2026-03-01 00:00+00') TO ('2026-03-02 00:00+00');
            CREATE TABLE t_rest PARTITION OF t DEFAULT;
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.body := NEW.body || '!'; RETURN NEW; END $$;
            CREATE TRIGGER on_here BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
            CREATE TRIGGER off_here BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
            CREATE TRIGGER always_here BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
            ALTER TABLE t DISABLE TRIGGER on_here;
            ALTER TABLE t_rest ENABLE TRIGGER on_here;
            ALTER TABLE t_rest DISABLE TRIGGER off_here;
            ALTER TABLE t_rest ENABLE ALWAYS TRIGGER always_here;
            CREATE TRIGGER own BEFORE DELETE ON t_rest FOR EACH ROW EXECUTE FUNCTION f();
            COMMENT ON TRIGGER own ON t_rest IS 'its own';
            ALTER TABLE t_rest ADD CONSTRAINT own_kind FOREIGN KEY (kind) REFERENCES kinds ON DELETE SET NULL;
            ALTER TABLE t_rest ADD CONSTRAINT own_check CHECK (size IS NULL OR size > 0) NOT VALID;
            COMMENT ON CONSTRAINT own_check ON t_rest IS 'its own, too';
            ALTER TABLE t_rest ALTER body SET DEFAULT 'partition''s';
            ALTER TABLE t_rest ALTER body SET STORAGE EXTERNAL;
            ALTER TABLE t_rest ALTER body SET STATISTICS 77;
            ALTER TABLE t_rest ALTER kind SET (n_distinct = 5);
            ALTER TABLE t_rest ALTER kind SET NOT NULL;
            ALTER TABLE t_rest CLUSTER ON t_rest_pkey;
            INSERT INTO t SELECT g, timestamptz '2026-03-01 00:00+00' + g * interval '1 hour', g % 10, 'x' FROM generate_series(0, 99) AS g;
            ANALYZE t;""";

    private static ExchangeScenario drain(Database database) {
        return new ExchangeScenario(database, Goal.DRAINED, "t");
    }

    /** Everything that is said of a table, whatever its columns' order. */
    private static List<List<String>> said(Database database) {
        return database.rows(
                """
                SELECT 'table', concat(c.relpersistence, c.relowner::regrole, c.relreplident, c.reloptions, c.relacl) FROM pg_class AS c WHERE c.oid = 't_rest'::regclass
                UNION ALL SELECT 'column', concat(a.attname, a.attnotnull, a.attstorage, a.attcompression, a.attstattarget, (SELECT string_agg(o, ',') FROM unnest(a.attoptions) AS o WHERE o LIKE 'n_distinct%'), pg_get_expr(d.adbin, d.adrelid))
                  FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) WHERE a.attrelid = 't_rest'::regclass AND a.attnum > 0
                UNION ALL SELECT 'index', concat(c.relname, i.indisclustered, i.indisreplident) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = 't_rest'::regclass
                UNION ALL SELECT 'trigger', concat(tgname, tgenabled, obj_description(oid, 'pg_trigger')) FROM pg_trigger WHERE tgrelid = 't_rest'::regclass AND NOT tgisinternal AND tgname NOT LIKE 'tidemark%'
                UNION ALL SELECT 'constraint', concat(conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')) FROM pg_constraint WHERE conrelid = 't_rest'::regclass
                ORDER BY 1, 2""");
    }

    @Test
    void it_has_what_the_partition_had(Database database) throws Exception {
        String owner = "owner_" + database.name();
        database.execute("CREATE ROLE " + owner);
        try {
            database.execute(START + "ALTER TABLE t_rest SET UNLOGGED; GRANT CREATE ON SCHEMA public TO " + owner
                    + "; ALTER TABLE t_rest OWNER TO " + owner + "; GRANT SELECT ON t_rest TO pg_monitor");
            List<List<String>> before = said(database);
            Rows rows = Rows.of(database, "t");
            ExchangeScenario scenario = drain(database);

            assertThat(scenario.plan().findings())
                    .filteredOn(f -> f.code().equals("TM353"))
                    .singleElement()
                    .satisfies(f -> assertThat(f.what())
                            .contains("CHECK \"own_check\"", "trigger \"own\"", "foreign key \"own_kind\""));
            scenario.apply();

            assertThat(said(database)).isEqualTo(before);
            assertThat(Rows.of(database, "t")).isEqualTo(rows);

            scenario.goBack();

            assertThat(said(database)).isEqualTo(before);
            assertThat(Rows.of(database, "t")).isEqualTo(rows);
        } finally {
            database.execute("DROP TABLE t; DROP OWNED BY " + owner + "; DROP ROLE " + owner);
        }
    }

    @Test
    void a_foreign_key_to_the_partition_alone_is_named(Database database) throws Exception {
        database.execute(
                START
                        + "CREATE TABLE notes (id bigint, at timestamptz, CONSTRAINT to_rest FOREIGN KEY (id, at) REFERENCES t_rest)");
        ExchangeScenario scenario = drain(database);

        assertThatThrownBy(scenario::apply)
                .hasMessageContainingAll(
                        "TM352",
                        "\"to_rest\" of \"public\".\"notes\" points to partition \"public\".\"t_rest\" itself");

        database.execute(
                "ALTER TABLE notes DROP CONSTRAINT to_rest; ALTER TABLE notes ADD CONSTRAINT to_rest FOREIGN KEY (id, at) REFERENCES t");
        scenario.apply();
        assertThat(database.number("SELECT count(*) FROM t_rest")).isZero();
    }

    @Test
    void a_publication_of_all_tables_is_named_before_anything_is_done(Database database) throws Exception {
        database.execute(START + "CREATE PUBLICATION everything FOR ALL TABLES");

        assertThatThrownBy(drain(database)::apply).hasMessageContainingAll("TM154", "\"everything\" is FOR ALL TABLES");
        assertThat(database.value("SELECT to_regnamespace('tidemark')")).isNull();
    }

    @Test
    void a_publication_of_the_schema_too(Database database) throws Exception {
        database.execute(START + "CREATE PUBLICATION around FOR TABLES IN SCHEMA public");

        assertThatThrownBy(drain(database)::apply)
                .hasMessageContainingAll("TM154", "\"around\" is FOR TABLES IN SCHEMA \"public\"");

        database.execute(
                "ALTER PUBLICATION around SET (publish_via_partition_root = true); ALTER PUBLICATION around SET TABLE t");
        drain(database).apply();
        assertThat(database.column("SELECT tablename FROM pg_publication_tables"))
                .containsExactly("t");
    }

    @Test
    void what_has_come_since_and_needs_the_new_partitions_is_named(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database);
        scenario.apply();
        database.execute(
                "CREATE TABLE notes (id bigint, at timestamptz, CONSTRAINT since FOREIGN KEY (id, at) REFERENCES t)");

        assertThatThrownBy(scenario::goBack)
                .hasMessageContainingAll(
                        "TM502",
                        "foreign key since of public.notes has come to point to public.t",
                        "DROP CONSTRAINT since");

        database.execute("ALTER TABLE notes DROP CONSTRAINT since; INSERT INTO kinds VALUES (10)");
        scenario.goBack();
        assertThat(scenario.partitions()).hasSize(2);
    }

    /** Somebody let a new partition go and made another one in its place; rows of the first are still in the partition that comes back. */
    @Test
    void a_partition_in_the_place_of_another_is_named(Database database) throws Exception {
        database.execute(START);
        ExchangeScenario scenario = drain(database);
        scenario.apply();
        database.execute(
                """
                DROP TABLE t_y2026m03d03;
                CREATE TABLE another PARTITION OF t FOR VALUES FROM ('2026-03-03 00:00+00') TO ('2026-03-04 00:00+00');
                INSERT INTO t VALUES (777, '2026-03-03 12:00+00', 1, 'in another')""");
        Rows rows = Rows.of(database, "t");

        assertThatThrownBy(scenario::goBack)
                .hasMessageContainingAll(
                        "rows of public.t_rest_old, which is to come back to \"public\".\"t\", lie where another of its partitions is by now",
                        "Delete these rows from public.t_rest_old");
        assertThat(Rows.of(database, "t")).isEqualTo(rows);

        database.execute("DELETE FROM t_rest_old WHERE at >= '2026-03-03 00:00+00' AND at < '2026-03-04 00:00+00'");
        scenario.goBack();

        assertThat(Rows.of(database, "t")).isEqualTo(rows);
        assertThat(scenario.partitions())
                .contains("another 2026-03-03 TO 2026-03-04")
                .hasSize(3);
    }
}

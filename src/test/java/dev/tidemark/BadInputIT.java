package dev.tidemark;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.CRASH;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong input meets its own message, and nothing is changed by it; odd but right input is converted and comes back. */
@PostgresTest(needs = {TIMESCALEDB, SUPERUSER, CLIENT_PROGRAMS})
class BadInputIT {
    static final String M = "CREATE TABLE m (id bigint, ts timestamptz NOT NULL);";
    private static final String DAILY =
            """
            CREATE TABLE m (id bigint, ts timestamptz NOT NULL, PRIMARY KEY (id, ts)) PARTITION BY RANGE (ts);
            CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM ('2026-11-01 00:00+00') TO ('2026-11-02 00:00+00');
            CREATE TABLE m_2 PARTITION OF m FOR VALUES FROM ('2026-11-02 00:00+00') TO ('2026-11-03 00:00+00');
            INSERT INTO m SELECT i, '2026-11-01 00:00+00'::timestamptz + i * interval '1 minute' FROM generate_series(0, 2879) i;
            """;

    @Test
    void the_table_is_missing(Database database) {
        database.execute("CREATE TABLE metrics (ts timestamptz NOT NULL)");
        assertRefused(
                database,
                adopt("metrik"),
                "TM100 There is no table \"public\".\"metrik\"",
                "Did you mean \"metrics\"?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE VIEW m AS SELECT now() AS ts; /* is a view */",
                "CREATE MATERIALIZED VIEW m AS SELECT now() AS ts; /* is a materialized view */",
                "CREATE SEQUENCE m; /* is a sequence */",
                "CREATE TABLE t (i int); CREATE INDEX m ON t (i); /* is an index */",
                "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
                        + " CREATE FOREIGN TABLE m (ts timestamptz) SERVER s; /* is a foreign table */"
            })
    void it_is_not_a_table(String sql, Database database) {
        database.execute(sql);
        assertRefused(
                database,
                adopt("m"),
                "TM101 \"public\".\"m\" " + sql.replaceAll(".*/\\* | \\*/", "") + ", not a table");
    }

    @Test
    void it_is_a_hypertable_already(Database database) {
        database.execute(M + "SELECT create_hypertable('m', 'ts', chunk_time_interval => interval '3 days')");
        assertRefused(
                database, adopt("m"), "TM102 \"public\".\"m\" is a hypertable already, by \"ts\" in chunks of 3 days");
    }

    @Test
    void the_time_column_is_wrong(Database database) {
        database.execute(
                "CREATE TABLE m (id bigint, ts timestamptz, at text); INSERT INTO m VALUES (1, NULL, ''), (2, now(), '')");
        assertRefused(
                database,
                adopt("m", "tz"),
                "TM110 \"public\".\"m\" has no column \"tz\".",
                "Columns with a time: \"ts\".");
        assertRefused(database, adopt("m", "at"), "TM111 Column \"at\" of \"public\".\"m\" is of type text");
        assertRefused(database, adopt("m"), "TM112 Column \"ts\" is NULL in 1 row of \"public\".\"m\"");
    }

    @Test
    void infinite_times(Database database) {
        database.execute(M + "INSERT INTO m VALUES (1, 'infinity'), (2, now())");
        assertRefused(database, adopt("m"), "TM160 \"public\".\"m\" holds rows whose \"ts\" is -infinity or infinity");
    }

    @Test
    void a_key_without_the_time(Database database) {
        database.execute(M + "ALTER TABLE m ADD PRIMARY KEY (id); INSERT INTO m VALUES (1, now())");
        String refusal = assertRefused(
                database, adopt("m"), "TM120 Primary key \"m_pkey\" of \"public\".\"m\" does not contain \"ts\"");

        String remedy = refusal.substring(refusal.indexOf("CREATE UNIQUE"), refusal.indexOf(" From then on"));
        Pattern.compile("[^;]+;")
                .matcher(remedy)
                .results()
                .map(MatchResult::group)
                .forEach(database::execute);
        convertAndBack(database, adopt("m"), "m");
    }

    @Test
    void other_keys_without_the_time(Database database) {
        database.execute(
                """
                CREATE TABLE m (id int4range, ts timestamptz NOT NULL, EXCLUDE USING gist (id WITH &&));
                CREATE UNIQUE INDEX m_lower ON m (lower(id));
                CREATE UNIQUE INDEX m_day ON m (date_trunc('day', ts AT TIME ZONE 'UTC'));
                """);
        assertRefused(
                database,
                adopt("m"),
                "TM121 Exclusion constraint \"m_id_excl\"",
                "TM122 Unique index \"m_lower\"",
                "TM122 Unique index \"m_day\"");
    }

    @Test
    void a_check_that_no_chunk_may_have(Database database) {
        database.execute(
                """
                CREATE TABLE m (id int, ts timestamptz NOT NULL);
                ALTER TABLE m ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
                ALTER TABLE m ADD CONSTRAINT alone CHECK (id > 0) NO INHERIT;
                CREATE TABLE p (id int, ts timestamptz NOT NULL) PARTITION BY RANGE (ts);
                CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM ('2026-11-05 00:00+00') TO ('2026-11-06 00:00+00');
                ALTER TABLE p ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
                """);
        assertRefused(
                database,
                adopt("m"),
                "TM126 CHECK \"later\" of \"public\".\"m\" is NOT VALID",
                "TM126 CHECK \"alone\" of \"public\".\"m\" is NO INHERIT");
        assertRefused(database, adopt("p"), "TM126 CHECK \"later\" of \"public\".\"p\" is NOT VALID");
    }

    @Test
    void a_bad_interval(Database database) {
        database.execute("CREATE TABLE m (ts date NOT NULL)");
        assertRefused(database, request("m", "ts", "12 hours", Strategy.ADOPT), "TM104 Chunks of 12 hours");
        assertRefused(
                database,
                request("m", "ts", null, Strategy.ADOPT),
                "TM103 chunkInterval of \"public\".\"m\" is not given");
    }

    @Test
    @PostgresTest(createExtensions = false)
    void the_extension_is_not_installed(Database database) {
        database.execute(M);
        assertRefused(
                database, adopt("m"), "TM203 TimescaleDB is not installed in database \"" + database.name() + "\"");
    }

    @Test
    @PostgresTest(needs = CRASH, createExtensions = false)
    void the_extension_is_not_preloaded(Database database) {
        database.execute(M);
        database.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_cron'");
        database.server().crash();
        database.server().restart();
        try {
            assertRefused(database, adopt("m"), "TM204 TimescaleDB", "is on this server, but not preloaded");
        } finally {
            database.execute("ALTER SYSTEM RESET shared_preload_libraries");
            database.server().crash();
            database.server().restart();
        }
        assertThat(database.value("SHOW shared_preload_libraries")).contains("timescaledb");
    }

    @Test
    void attach_on_the_apache_edition_and_auto(Database database) {
        if (!database.value("SELECT current_setting('timescaledb.license')").equals("apache")) {
            return;
        }
        database.execute(M);
        assertRefused(
                database, request("m", "ts", "1 day", Strategy.ATTACH), "TM205 strategy=\"attach\" needs attach_chunk");
    }

    @Test
    void plain_users(Database database) throws SQLException {
        database.execute(
                "DO $$ BEGIN IF to_regrole('tm_plain') IS NULL THEN CREATE ROLE tm_plain LOGIN PASSWORD 'p'; END IF; END $$;"
                        + M);
        try (Connection plain = DriverManager.getConnection(database.jdbcUrl(), "tm_plain", "p")) {
            assertRefused(
                    database,
                    plain,
                    adopt("m"),
                    "TM233 strategy=\"adopt\" writes TimescaleDB's catalog",
                    "TM230 \"public\".\"m\" belongs to \"" + database.server().user() + "\"",
                    "TM231 \"tm_plain\" may not create schemas in database",
                    "GRANT CREATE ON DATABASE \"" + database.name() + "\" TO \"tm_plain\";",
                    "TM232 \"tm_plain\" may not create tables in schema \"public\"");
        }
    }

    @Test
    void a_sub_partition_with_nothing_but_a_default(Database database) throws SQLException {
        database.execute(
                DAILY
                        + """
                CREATE TABLE m_3 PARTITION OF m FOR VALUES FROM ('2026-11-03 00:00+00') TO ('2026-11-04 00:00+00') PARTITION BY RANGE (ts);
                CREATE TABLE m_3_rest PARTITION OF m_3 DEFAULT;
                INSERT INTO m VALUES (5000, '2026-11-03 12:00+00');
                CREATE TABLE n (id bigint, ts timestamptz NOT NULL) PARTITION BY RANGE (ts);
                CREATE TABLE n_1 PARTITION OF n FOR VALUES FROM ('2026-11-03 00:00+00') TO ('2026-11-04 00:00+00') PARTITION BY LIST (id);
                CREATE TABLE n_1_rest PARTITION OF n_1 DEFAULT""");
        assertRefused(
                database, adopt("n"), "TM142 Partition \"public\".\"n_1\" of \"public\".\"n\" is itself partitioned");

        convertAndBack(database, adopt("m"), "m");
    }

    @Test
    void a_schema_that_is_no_journal(Database database) {
        database.execute("CREATE SCHEMA tidemark;" + M);
        assertRefused(database, adopt("m"), "TM231 There is a schema \"tidemark\" in this database");
    }

    @Test
    void published_tables(Database database) {
        database.execute(M + "CREATE PUBLICATION feed FOR TABLE m; CREATE PUBLICATION everything FOR ALL TABLES");
        assertRefused(
                database,
                adopt("m"),
                "TM153 \"public\".\"m\" is part of publication \"feed\"",
                "ALTER PUBLICATION \"feed\" DROP TABLE \"public\".\"m\"",
                "TM154 Publication \"everything\" is FOR ALL TABLES");
    }

    @Test
    void whatever_would_crash_the_server_or_lose_rows_is_refused(Database database) {
        database.execute(DAILY);
        database.execute(
                """
                CREATE UNLOGGED TABLE m_3 PARTITION OF m FOR VALUES FROM ('2026-11-03 00:00+00') TO ('2026-11-04 00:00+00');
                CREATE FOREIGN DATA WRAPPER w;
                CREATE SERVER s FOREIGN DATA WRAPPER w;
                CREATE TABLE n (id bigint, ts timestamptz NOT NULL) PARTITION BY RANGE (ts);
                CREATE FOREIGN TABLE n_1 PARTITION OF n FOR VALUES FROM ('2026-11-01 00:00+00') TO ('2026-11-02 00:00+00') SERVER s;
                CREATE TABLE n_2 PARTITION OF n FOR VALUES FROM ('2026-11-02 00:00+00') TO ('2026-11-03 00:00+00') PARTITION BY HASH (id);
                CREATE TABLE n_2_0 PARTITION OF n_2 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
                CREATE TABLE mother (ts timestamptz NOT NULL);
                CREATE TABLE daughter () INHERITS (mother);
                CREATE TABLE broken (ts timestamptz NOT NULL);
                CREATE INDEX broken_ts ON broken (ts);
                UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken_ts'::regclass;
                CREATE INDEX m_ts ON ONLY m (ts);
                """);
        assertRefused(
                database,
                adopt("m"),
                "TM144 \"public\".\"m_3\" is unlogged",
                "TM123 Index \"m_ts\" of \"public\".\"m\" is invalid");
        assertRefused(
                database,
                adopt("n"),
                "TM143 Partition \"public\".\"n_1\" of \"public\".\"n\" is a foreign table",
                "TM142 Partition \"public\".\"n_2\" of \"public\".\"n\" is itself partitioned");
        assertRefused(database, adopt("mother"), "TM116 \"public\".\"mother\" has inheritance children");
        assertRefused(
                database,
                adopt("daughter"),
                "TM116 \"public\".\"daughter\" is a partition, a chunk or an inheritance child");
        assertRefused(
                database,
                adopt("m_1"),
                "TM116 \"public\".\"m_1\" is a partition, a chunk or an inheritance child of \"public\".\"m\"");
        assertRefused(database, adopt("n_2"), "TM116 \"public\".\"n_2\" is a partition", "TM140");
        assertRefused(database, adopt("broken"), "TM123 Index \"broken_ts\" of \"public\".\"broken\" is invalid");
    }

    @Test
    void partitions_of_another_column_order_are_converted_and_the_server_survives(Database database) {
        database.execute(DAILY);
        database.execute(
                """
                ALTER TABLE m ADD COLUMN note text;
                CREATE TABLE m_3 (note text, ts timestamptz NOT NULL, id bigint NOT NULL);
                ALTER TABLE m ATTACH PARTITION m_3 FOR VALUES FROM ('2026-11-03 00:00+00') TO ('2026-11-04 00:00+00');
                INSERT INTO m SELECT i, '2026-11-03 00:00+00'::timestamptz + i * interval '1 minute', 'n' || i FROM generate_series(0, 99) i;
                """);
        Rows before = Rows.of(database, "SELECT id, ts, note FROM m");
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).apply(adopt("m"));
            database.execute(
                    """
                    CREATE INDEX m_note ON m (note);
                    INSERT INTO m VALUES (5, '2026-11-03 00:05+00', 'again') ON CONFLICT (id, ts) DO UPDATE SET note = excluded.note;
                    UPDATE m SET note = 'n5' WHERE id = 5 AND ts = '2026-11-03 00:05+00';
                    """);
            assertThat(database.value("SELECT count(*) FROM m WHERE note = 'n7'"))
                    .isEqualTo("1");
            assertThat(database.column(
                            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'm_3'::regclass"))
                    .anyMatch(definition -> definition.endsWith("USING btree (note)"));
            assertThat(Rows.of(database, "SELECT id, ts, note FROM m")).isEqualTo(before);
            Tidemark.on(connection).undo(List.of(new TableName("public", "m")));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        assertThat(Rows.of(database, "SELECT id, ts, note FROM m")).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "say \"hello\"",
                "o'clock",
                "two words",
                "UPPER",
                "select",
                "Messwerte_für_Überlänge_éééééééééééééééé",
                "表🙂",
                "x; DROP TABLE victim; --",
                "a_name_of_exactly_sixty_three_bytes_that_leaves_no_room_at_all",
                "%s %I %% ?",
                "back\\slash",
                "dollar $tidemark$ quote",
                "dot.ted"
            })
    void hostile_names_are_converted_and_come_back(String name, Database database) {
        String quoted = '"' + name.replace("\"", "\"\"") + '"';
        database.execute(
                """
                CREATE TABLE victim (i int);
                CREATE SCHEMA NAME;
                CREATE TABLE NAME.NAME (id bigint, NAME timestamptz NOT NULL, CONSTRAINT NAME PRIMARY KEY (id, NAME)) PARTITION BY RANGE (NAME);
                CREATE TABLE NAME.p1 PARTITION OF NAME.NAME FOR VALUES FROM ('2026-11-01 00:00+00') TO ('2026-11-02 00:00+00');
                CREATE TABLE NAME.p2 PARTITION OF NAME.NAME FOR VALUES FROM ('2026-11-02 00:00+00') TO ('2026-11-03 00:00+00');
                CREATE TABLE NAME.rest PARTITION OF NAME.NAME DEFAULT;
                INSERT INTO NAME.NAME SELECT i, '2026-11-01 00:00+00'::timestamptz + i * interval '1 minute' FROM generate_series(0, 3999) i;
                """
                        .replace("CONSTRAINT NAME", "CONSTRAINT pk")
                        .replace("NAME", quoted));
        ConversionRequest request = request(new TableName(name, name), name, "1 day", Strategy.ADOPT);

        convertAndBack(database, request, "SELECT * FROM " + quoted + "." + quoted);

        assertThat(database.number("SELECT count(*) FROM victim")).isZero();
    }

    @Test
    void the_session_keeps_its_settings(Database database) throws SQLException {
        database.execute(DAILY);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET search_path = shop, public; SET lock_timeout = '7s'; SET IntervalStyle = iso_8601");
            Tidemark.on(connection).apply(adopt("m"));
            assertThat(setting(statement, "search_path")).isEqualTo("shop, public");
            assertThat(setting(statement, "lock_timeout")).isEqualTo("7s");
            assertThat(setting(statement, "IntervalStyle")).isEqualTo("iso_8601");
            assertThat(setting(statement, "TimeZone")).isEqualTo(Database.TIME_ZONE);
        }
    }

    private static String setting(Statement statement, String name) throws SQLException {
        try (ResultSet result = statement.executeQuery("SELECT current_setting('" + name + "')")) {
            result.next();
            return result.getString(1);
        }
    }

    private static void convertAndBack(Database database, ConversionRequest request, String table) {
        Rows before = Rows.of(database, table);
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).apply(request);
            assertThat(database.number("SELECT count(*) FROM timescaledb_information.hypertables"))
                    .isEqualTo(1);
            assertThat(Rows.of(database, table)).isEqualTo(before);
            Tidemark.on(connection).undo(request.names());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        assertThat(database.number("SELECT count(*) FROM timescaledb_information.hypertables"))
                .isZero();
        assertThat(Rows.of(database, table)).isEqualTo(before);
    }

    static String assertRefused(Database database, ConversionRequest request, String... messages) {
        try (Connection connection = database.connect()) {
            return assertRefused(database, connection, request, messages);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The refusal has all of the messages, and the database is as it was. */
    private static String assertRefused(
            Database database, Connection connection, ConversionRequest request, String... messages) {
        String before = dump(database);
        StringBuilder refusal = new StringBuilder();
        assertThatThrownBy(() -> Tidemark.on(connection).apply(request))
                .isInstanceOf(Refused.class)
                .hasMessageStartingWith("NO-GO for ")
                .satisfies(e -> refusal.append(e.getMessage()));
        assertThat(refusal.toString()).contains(messages);
        assertThat(dump(database)).isEqualTo(before);
        return refusal.toString();
    }

    /** Newer versions of pg_dump put a random key into their output. */
    private static String dump(Database database) {
        return database.pgDump("--schema-only").succeeded().stdout().replaceAll("(?m)^\\\\(un)?restrict .*$", "");
    }

    static ConversionRequest adopt(String table) {
        return adopt(table, "ts");
    }

    private static ConversionRequest adopt(String table, String timeColumn) {
        return request(table, timeColumn, "1 day", Strategy.ADOPT);
    }

    private static ConversionRequest request(String table, String timeColumn, String interval, Strategy strategy) {
        return request(new TableName("public", table), timeColumn, interval, strategy);
    }

    static ConversionRequest request(TableName table, String timeColumn, String interval, Strategy strategy) {
        return new ConversionRequest(
                List.of(new ConversionTarget(
                        table,
                        timeColumn,
                        Optional.empty(),
                        Optional.ofNullable(interval).map(Interval::parse),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty())),
                new Options(
                        strategy,
                        Duration.ofSeconds(10),
                        ForeignKeyChoice.REFUSE,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.STORAGE));
    }
}

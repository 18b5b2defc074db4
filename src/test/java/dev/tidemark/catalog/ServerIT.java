package dev.tidemark.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.schema.Layout;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.Server;
import dev.tidemark.schema.ServerSession;
import dev.tidemark.schema.Table;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Await;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The server, and how the catalog behaves in a session that is not its own. */
class ServerIT {
    private static final TableName T = new TableName("public", "t");
    private static TestDatabase database;

    @BeforeAll
    static void open() throws SQLException {
        database = new TestDatabase();
        database.run("CREATE TABLE t (at timestamptz NOT NULL DEFAULT now()) PARTITION BY RANGE (at);"
                + "CREATE TABLE t_1 PARTITION OF t DEFAULT; INSERT INTO t VALUES ('2026-11-01 00:00+00');"
                + "CREATE PUBLICATION everything FOR ALL TABLES");
    }

    @AfterAll
    static void close() throws SQLException {
        database.close();
    }

    @Test
    void what_the_server_is() {
        Server server = new Catalog(database.session()).server(List.of());
        assertThat(server.version()).isGreaterThanOrEqualTo(140000);
        assertThat(server.versionText()).startsWith(String.valueOf(server.version() / 10000));
        assertThat(server.database()).isEqualTo(database.name());
        assertThat(server.user()).isEqualTo("postgres");
        assertThat(server.superuser()).isTrue();
        assertThat(server.mayReplicaRole()).isTrue();
        assertThat(server.createOnDatabase()).isTrue();
        assertThat(server.inRecovery()).isFalse();
        assertThat(server.lockCapacity()).isGreaterThan(6000);
        assertThat(server.publicationsOfAllTables()).containsExactly("everything");
        assertThat(server.roles()).contains("postgres");
        assertThat(server.partman()).isEmpty();
        assertThat(server.cron()).isEmpty();
        assertThat(server.timescaledbAvailable()).isEqualTo(database.available("timescaledb"));
        assertThat(server.timescaledbPreloaded())
                .isEqualTo(database.available("timescaledb").isPresent());
    }

    @Test
    void a_plain_user() throws SQLException {
        database.run(
                "DROP ROLE IF EXISTS tidemark_plain; CREATE ROLE tidemark_plain LOGIN; GRANT SELECT ON t TO tidemark_plain");
        try (Connection connection = database.connect()) {
            Session session = new Session(connection);
            session.execute("SET ROLE tidemark_plain");
            Server server = new Catalog(session).server(List.of(T));
            assertThat(server.user()).isEqualTo("tidemark_plain");
            assertThat(server.superuser()).isFalse();
            assertThat(server.mayReplicaRole()).isFalse();
            assertThat(server.createOnDatabase()).isFalse();
            assertThat(server.roles()).containsExactly("tidemark_plain");
            assertThat(server.timescaledbPreloaded())
                    .isEqualTo(database.available("timescaledb").isPresent());
        } finally {
            database.run("DROP OWNED BY tidemark_plain; DROP ROLE tidemark_plain");
        }
    }

    @Test
    void sessions_that_hold_locks_below_the_table() throws Exception {
        try (Connection connection = database.connect()) {
            Session other = new Session(connection);
            other.execute("SET application_name = 'holder'; BEGIN; LOCK TABLE ONLY t_1 IN SHARE MODE");
            List<ServerSession> sessions =
                    new Catalog(database.session()).server(List.of(T)).sessions();
            assertThat(sessions)
                    .filteredOn(s -> s.application().equals("holder"))
                    .singleElement()
                    .satisfies(s -> {
                        assertThat(s.locks()).containsExactly("public.t_1: ShareLock");
                        assertThat(s.state()).isEqualTo("idle in transaction");
                        assertThat(s.kind()).isEqualTo("client backend");
                        assertThat(s.pid()).isPositive();
                    });
            assertThat(new Catalog(database.session()).server(List.of()).sessions())
                    .noneMatch(s -> s.application().equals("holder"));
            Await.until("a transaction is old enough to be told", Duration.ofSeconds(20), () -> new Catalog(
                            database.session())
                    .server(List.of()).sessions().stream()
                            .anyMatch(s -> s.application().equals("holder")));
            assertThat(new Catalog(database.session()).server(List.of()).sessions())
                    .filteredOn(s -> s.application().equals("holder"))
                    .singleElement()
                    .satisfies(s -> assertThat(s.transactionAge().toMillis()).isBetween(1000L, 20_000L));
            other.execute("ROLLBACK");
        }
    }

    @Test
    void prepared_transactions() {
        if (new Catalog(database.session()).server(List.of()).number("max_prepared_transactions") == 0) {
            return;
        }
        database.run("BEGIN; LOCK TABLE ONLY t_1 IN SHARE MODE; PREPARE TRANSACTION 'forgotten'");
        try {
            assertThat(new Catalog(database.session()).server(List.of(T)).sessions())
                    .filteredOn(s -> s.application().equals("forgotten"))
                    .singleElement()
                    .satisfies(s -> {
                        assertThat(s.pid()).isZero();
                        assertThat(s.state()).isEqualTo("prepared");
                        assertThat(s.locks()).containsExactly("public.t_1: ShareLock");
                    });
        } finally {
            database.run("ROLLBACK PREPARED 'forgotten'");
        }
    }

    /** Hostile settings, an own transaction, a temporary table in place of the catalog: same answer, and everything as it was. */
    @Test
    void inside_the_transaction_of_somebody_else() throws SQLException {
        Table expected = new Catalog(database.session()).table(T).orElseThrow();
        try (Connection connection = database.connect()) {
            Session session = new Session(connection);
            session.execute(
                    "SET timezone = 'Asia/Tokyo'; SET DateStyle = 'ISO, DMY'; SET search_path = public;"
                            + "SET quote_all_identifiers = on; SET default_transaction_read_only = off; CREATE TEMP TABLE pg_class (oid oid)");
            session.setAutoCommit(false);
            session.execute("CREATE TABLE uncommitted (a int)");
            assertThat(new Catalog(session).table(T)).contains(expected);
            assertThat(new Catalog(session).table(T.sibling("uncommitted"))).isPresent();
            assertThat(session.first("SELECT now()::text || current_setting('search_path')", row -> row.getString(1))
                            .orElseThrow())
                    .endsWith("+09public");
            assertThat(session.first(
                            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 't_1'::regclass",
                            row -> row.getInt(1)))
                    .contains(0);
            session.setAutoCommit(true);
            assertThat(new Catalog(session).table(T)).contains(expected);
            assertThat(session.first(
                            "SELECT current_setting('transaction_isolation') || current_setting('timezone')",
                            row -> row.getString(1)))
                    .contains("read committedAsia/Tokyo");
            session.execute("DROP TABLE uncommitted");
        }
    }

    @Test
    void the_transaction_of_somebody_else_survives_an_error() throws SQLException {
        try (Connection connection = database.connect()) {
            Session session = new Session(connection);
            session.setAutoCommit(false);
            session.execute("CREATE TABLE kept (a int)");
            assertThatThrownBy(() -> new Catalog(session).isFilled(T.sibling("missing")))
                    .isInstanceOf(DatabaseException.class);
            assertThat(new Catalog(session).table(T.sibling("kept"))).isPresent();
        }
    }

    @Test
    void read_rate() {
        database.run("CREATE TABLE filled AS SELECT i, repeat('x', 100) AS filler FROM generate_series(1, 50000) i");
        assertThat(new Catalog(database.session()).measureReadRate(T.sibling("filled"), 1 << 22))
                .isGreaterThan(1_000_000);
        assertThat(new Catalog(database.session()).measureReadRate(T, 1 << 22)).isZero();
    }

    @Test
    void names_that_are_no_tables() {
        database.run("CREATE VIEW v AS SELECT 1 AS a; CREATE SEQUENCE s; CREATE MATERIALIZED VIEW m AS SELECT 1 AS a");
        Catalog catalog = new Catalog(database.session());
        assertThat(catalog.table(T.sibling("missing"))).isEmpty();
        assertThat(catalog.table(T.sibling("v")).orElseThrow().kind()).isEqualTo(RelationKind.VIEW);
        assertThat(catalog.table(T.sibling("v")).orElseThrow().columns()).isEmpty();
        assertThat(catalog.tables(List.of(T.sibling("s"), T.sibling("missing"), T.sibling("m"))))
                .extracting(Table::kind)
                .containsExactly(RelationKind.SEQUENCE, RelationKind.MATERIALIZED_VIEW);
    }

    @Test
    void hostile_names() {
        String longest = "ü".repeat(31) + "x";
        for (String name :
                List.of("we\"ird", "two words", "Upper", "it's'; DROP TABLE t; --", " USING btree (", longest)) {
            TableName table = new TableName("sch " + name.substring(0, 3), name);
            database.run(Sql.of("CREATE SCHEMA %I", table.schema()).text());
            database.run(Sql.of(
                            "CREATE TABLE %I (%I timestamptz PRIMARY KEY, b int DEFAULT 1 CHECK (b > 0)) PARTITION BY RANGE (%I)",
                            table, name, name)
                    .text());
            database.run(
                    Sql.of("CREATE TABLE %I PARTITION OF %I DEFAULT", table.sibling("p" + name.substring(2)), table)
                            .text());
            database.run(Sql.of("INSERT INTO %I VALUES ('2026-11-01 00:00+00')", table)
                    .text());
            database.run(Sql.of("CREATE INDEX %I ON %I (%I DESC)", "i" + name.substring(2), table, name)
                    .text());
            database.run(Sql.of("CREATE VIEW %I AS SELECT * FROM %I", table.sibling("v" + name.substring(2)), table)
                    .text());
            Table read = new Catalog(database.session()).table(table).orElseThrow();
            assertThat(read.columns()).extracting(c -> c.name()).containsExactly(name, "b");
            assertThat(read.indexes()).hasSize(2).allSatisfy(i -> assertThat(i.keyColumns())
                    .containsExactly(name));
            assertThat(read.indexes()).anySatisfy(i -> assertThat(i.definition().text())
                    .startsWith("USING btree (")
                    .endsWith(" DESC)"));
            Layout.NativePartitions layout = (Layout.NativePartitions) read.layout();
            assertThat(layout.partitions().get(0).span()).isPresent();
            assertThat(read.dependents())
                    .singleElement()
                    .satisfies(d -> database.run(d.definition().text()));
        }
        assertThat(new Catalog(database.session()).table(T)).isPresent();
    }
}

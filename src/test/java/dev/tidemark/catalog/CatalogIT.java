package dev.tidemark.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Dependent;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.ForeignKey.Action;
import dev.tidemark.schema.Grant;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.OwnedSequence;
import dev.tidemark.schema.Publication;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.ReplicaIdentity;
import dev.tidemark.schema.RowSecurity;
import dev.tidemark.schema.Table;
import dev.tidemark.schema.Trigger;
import dev.tidemark.session.Script;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One table with every property, see {@code everything.sql}. */
class CatalogIT {
    private static final TableName READINGS = new TableName("app", "readings");
    private static TestDatabase database;
    private static int version;
    private static Table table;

    @BeforeAll
    static void read() throws SQLException {
        database = new TestDatabase();
        database.run("DROP ROLE IF EXISTS tidemark_reader, \"tidemark Writer\"");
        database.run(Script.load(CatalogIT.class, "everything.sql", "app"));
        database.run(
                "CREATE FUNCTION app.atomic() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT max(room) FROM app.readings; END");
        version = database.session()
                .first("SELECT current_setting('server_version_num')::int", row -> row.getInt(1))
                .orElseThrow();
        database.run("CREATE PUBLICATION listed FOR TABLE app.readings"
                + (version >= 150000 ? " (id, at, label, payload) WHERE (room > 5)" : ""));
        database.run("CREATE PUBLICATION whole FOR TABLE app.readings");
        table = new Catalog(database.session()).table(READINGS, "at").orElseThrow();
    }

    @AfterAll
    static void close() throws SQLException {
        database.run("DROP SCHEMA app CASCADE; DROP ROLE tidemark_reader, \"tidemark Writer\"");
        database.close();
    }

    @Test
    void the_table_itself() {
        assertThat(table.name()).isEqualTo(READINGS);
        assertThat(table.kind()).isEqualTo(RelationKind.TABLE);
        assertThat(table.owner()).isEqualTo("postgres");
        assertThat(table.comment()).isEqualTo("it's a table");
        assertThat(table.attributeCount()).isEqualTo(16);
        assertThat(table.options())
                .containsExactly("fillfactor=70", "autovacuum_enabled=off", "toast.autovacuum_vacuum_threshold=99");
        assertThat(table.rules()).containsExactly("readings_rule");
        assertThat(table.replicaIdentity()).isEqualTo(new ReplicaIdentity("i", "readings USING odd"));
        assertThat(table.layout()).isInstanceOf(Layout.Heap.class);
        assertThat(table.sequences())
                .containsExactly(
                        new OwnedSequence(new TableName("app", "readings_id_seq"), "id", true),
                        new OwnedSequence(new TableName("app", "numbers"), "room", false));
    }

    @Test
    void columns() {
        assertThat(table.columns())
                .extracting(Column::name, Column::number, Column::type, Column::notNull, Column::identity)
                .startsWith(
                        tuple("id", 2, "bigint", true, "d"),
                        tuple("at", 3, "timestamp with time zone", true, ""),
                        tuple("receiver", 4, "integer", false, ""),
                        tuple("region", 5, "integer", false, ""),
                        tuple("label", 6, "character varying(40)", false, ""),
                        tuple("source", 7, "app.source", true, ""),
                        tuple("share", 8, "app.percent", false, ""),
                        tuple("tags", 9, "text[]", true, ""),
                        tuple("doubled", 10, "integer", false, ""),
                        tuple("payload", 12, "bytea", true, ""));
        assertThat(column("label").collation()).isEqualTo("app.german");
        assertThat(column("label").compression()).isEqualTo("p");
        assertThat(column("label").comment()).isEqualTo("a column");
        assertThat(column("id").collation()).isNull();
        assertThat(column("tags").collation()).isNull();
        assertThat(column("payload").storage()).isEqualTo("e");
        assertThat(column("receiver").statisticsTarget()).isEqualTo(500);
        assertThat(column("region").statisticsTarget()).isEqualTo(-1);
        assertThat(column("receiver").options()).containsExactly("n_distinct=-0.5", "n_distinct_inherited=77");
        assertThat(column("source").defaultValue()).contains(new Definition("'ogn'::app.source"));
        assertThat(column("source").generated()).isEmpty();
        assertThat(column("doubled").generated()).contains(new Definition("(receiver * 2)"));
        assertThat(column("doubled").defaultValue()).isEmpty();
    }

    @Test
    void indexes() {
        assertThat(table.indexes())
                .extracting(Index::name, i -> i.definition().text())
                .containsExactly(
                        tuple("readings USING odd", "USING btree (at, payload)"),
                        tuple("readings_label_key", "USING btree (label, at)"),
                        tuple("readings_lower", "USING btree (lower((label)::text), at)"),
                        tuple(
                                "readings_partial",
                                "USING btree (at DESC NULLS LAST) INCLUDE (room) WITH (fillfactor='60')"
                                        + " WHERE (source = 'adsb'::app.source)"),
                        tuple("readings_pkey", "USING btree (id, at) INCLUDE (receiver) WITH (fillfactor='80')"),
                        tuple("readings_room_excl", "USING gist (room, during) WHERE (room > 0)"));
        assertThat(index("readings_pkey"))
                .isEqualTo(new Index(
                        "readings_pkey",
                        index("readings_pkey").definition(),
                        true,
                        true,
                        true,
                        List.of("id", "at"),
                        false,
                        "readings_pkey",
                        true,
                        false,
                        null,
                        null));
        assertThat(index("readings_lower").hasExpressions()).isTrue();
        assertThat(index("readings_lower").keyColumns()).containsExactly("at");
        assertThat(index("readings_partial").comment()).isEqualTo("an index");
        assertThat(index("readings_partial").keyColumns()).containsExactly("at");
        assertThat(index("readings USING odd").replicaIdentity()).isTrue();
        assertThat(index("readings USING odd").constraint()).isNull();
    }

    @Test
    void constraints() {
        assertThat(table.constraints())
                .extracting(
                        Constraint::name, Constraint::kind, c -> c.definition().text(), Constraint::validated)
                .containsExactly(
                        tuple(
                                "readings_label_key",
                                Constraint.Kind.UNIQUE,
                                "UNIQUE (label, at) DEFERRABLE INITIALLY DEFERRED",
                                true),
                        tuple("readings_late_check", Constraint.Kind.CHECK, "CHECK ((room < 1000)) NOT VALID", false),
                        tuple(
                                "readings_pkey",
                                Constraint.Kind.PRIMARY_KEY,
                                "PRIMARY KEY (id, at) INCLUDE (receiver)",
                                true),
                        tuple(
                                "readings_room_excl",
                                Constraint.Kind.EXCLUSION,
                                "EXCLUDE USING gist (room WITH =, during WITH &&) WHERE ((room > 0))",
                                true),
                        tuple(
                                "readings_share_check",
                                Constraint.Kind.CHECK,
                                "CHECK (((share)::numeric <> (13)::numeric))",
                                true));
        assertThat(table.constraints())
                .filteredOn(c -> c.name().equals("readings_share_check"))
                .extracting(Constraint::comment, Constraint::columns, Constraint::inherited)
                .containsExactly(tuple("a check", List.of("share"), false));
    }

    @Test
    void foreign_keys_out() {
        ForeignKey key = table.foreignKeys().get(0);
        assertThat(table.foreignKeys())
                .extracting(ForeignKey::name)
                .containsExactly("readings_receiver_fkey", "readings_self_fkey");
        assertThat(key.child()).isEqualTo(READINGS);
        assertThat(key.parent()).isEqualTo(new TableName("app", "receivers"));
        assertThat(key.childColumns()).containsExactly("receiver", "region");
        assertThat(key.parentColumns()).containsExactly("id", "region");
        assertThat(key.operators())
                .containsExactly(new Definition("OPERATOR(pg_catalog.=)"), new Definition("OPERATOR(pg_catalog.=)"));
        assertThat(key.onDelete()).isEqualTo(Action.SET_NULL);
        assertThat(key.onUpdate()).isEqualTo(Action.CASCADE);
        assertThat(key.matchFull()).isTrue();
        assertThat(key.deferrable()).isTrue();
        assertThat(key.initiallyDeferred()).isTrue();
        assertThat(key.validated()).isTrue();
        assertThat(key.comment()).isEqualTo("a key");
        assertThat(key.definition().text())
                .isEqualTo("FOREIGN KEY (receiver, region) REFERENCES app.receivers(id, region) MATCH FULL"
                        + " ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED");
    }

    @Test
    void foreign_keys_in() {
        assertThat(table.referencedBy())
                .extracting(ForeignKey::name, ForeignKey::validated, ForeignKey::onDelete, ForeignKey::isSelfReference)
                .containsExactly(
                        tuple("children_reading_fkey", false, Action.CASCADE, false),
                        tuple("readings_self_fkey", true, Action.NO_ACTION, true));
    }

    @Test
    void triggers() {
        assertThat(table.triggers())
                .extracting(Trigger::name, Trigger::row, Trigger::transitionTables, Trigger::enabled, Trigger::comment)
                .containsExactly(
                        tuple("a_before", true, false, "D", null),
                        tuple("b_after", false, true, "A", "a trigger"),
                        tuple("c_constraint", true, false, "O", null),
                        tuple("d_truncate", false, false, "R", null));
        assertThat(table.triggers().get(0).definition().text())
                .isEqualTo("CREATE TRIGGER a_before BEFORE INSERT OR UPDATE OF label ON app.readings FOR EACH ROW"
                        + " WHEN ((new.room > 1)) EXECUTE FUNCTION app.touch('x''y')");
    }

    @Test
    void row_security() {
        assertThat(table.security())
                .isEqualTo(new RowSecurity(
                        true,
                        true,
                        List.of(
                                new RowSecurity.Policy(
                                        "readings_all",
                                        new Definition("AS PERMISSIVE FOR ALL TO PUBLIC USING (true)"),
                                        "a policy"),
                                new RowSecurity.Policy(
                                        "readings_own",
                                        new Definition(
                                                "AS RESTRICTIVE FOR UPDATE TO tidemark_reader, \"tidemark Writer\""
                                                        + " USING (((label)::text = CURRENT_USER)) WITH CHECK ((room IS NOT NULL))"),
                                        null))));
    }

    @Test
    void grants() {
        assertThat(table.grants())
                .containsExactly(
                        new Grant("", "SELECT", false, "postgres"),
                        new Grant("tidemark Writer", "INSERT", true, "postgres"),
                        new Grant("tidemark Writer", "UPDATE", true, "postgres"));
        assertThat(column("label").grants())
                .containsExactly(
                        new Grant("tidemark_reader", "REFERENCES", false, "postgres"),
                        new Grant("tidemark_reader", "UPDATE", false, "postgres"));
        assertThat(column("id").grants()).isEmpty();
    }

    @Test
    void publications_and_statistics() {
        assertThat(table.publications())
                .containsExactly(
                        new Publication(
                                "listed",
                                version >= 150000
                                        ? Optional.of(new Definition("(id, at, label, payload) WHERE ((room > 5))"))
                                        : Optional.empty()),
                        new Publication("whole", Optional.empty()));
        assertThat(table.statistics()).singleElement().satisfies(s -> {
            assertThat(s.definition().text())
                    .isEqualTo("CREATE STATISTICS app.readings_stat (dependencies, mcv) ON receiver, region"
                            + " FROM app.readings");
            assertThat(s.target()).isEqualTo(300);
            assertThat(s.comment()).isEqualTo("a statistic");
        });
    }

    @Test
    void dependents_in_an_order_of_creation() {
        assertThat(table.dependents())
                .extracting(Dependent::kind, Dependent::identity, Dependent::depth)
                .containsExactly(
                        tuple(Dependent.Kind.FUNCTION, "app.atomic()", 1),
                        tuple(Dependent.Kind.FUNCTION, "app.newest()", 1),
                        tuple(Dependent.Kind.FUNCTION, "app.of_row(app.readings)", 1),
                        tuple(Dependent.Kind.VIEW, "app.one", 1),
                        tuple(Dependent.Kind.OTHER, "app.other", 1),
                        tuple(Dependent.Kind.POLICY, "other_reads on app.other", 1),
                        tuple(Dependent.Kind.RULE, "other_rule on app.other", 1),
                        tuple(Dependent.Kind.VIEW, "app.four", 2),
                        tuple(Dependent.Kind.VIEW, "app.two", 2),
                        tuple(Dependent.Kind.MATERIALIZED_VIEW, "app.three", 3));
        assertThat(dependent("app.one").options()).containsExactly("security_barrier=true");
        assertThat(dependent("app.one").definition().text())
                .matches("(?s)CREATE OR REPLACE VIEW app\\.one WITH \\(security_barrier=true\\) AS\\s+SELECT .*"
                        + "label AS \"the Label\"\\s+FROM app\\.readings");
    }

    /** Each definition runs as it stands, after the table was replaced under its name. */
    @Test
    void dependents_can_be_made_anew() {
        database.run("BEGIN");
        try {
            database.run("DROP MATERIALIZED VIEW app.three");
            for (Dependent dependent : table.dependents()) {
                if (dependent.kind() != Dependent.Kind.OTHER) {
                    database.run(dependent.definition().text());
                }
            }
        } finally {
            database.run("ROLLBACK");
        }
    }

    private static Column column(String name) {
        return table.column(name).orElseThrow();
    }

    private static Index index(String name) {
        return table.indexes().stream()
                .filter(i -> i.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Dependent dependent(String identity) {
        return table.dependents().stream()
                .filter(d -> d.identity().equals(identity))
                .findFirst()
                .orElseThrow();
    }
}

package dev.tidemark.plan;

import dev.tidemark.catalog.Catalog;
import dev.tidemark.journal.Journal;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.Table;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The same tables {@code p} and {@code c} twice: in schema {@code ri} with a real foreign key, in {@code tg} as hypertables with the substitute. Every
 * statement runs in both, and answer and rows must be equal. All in one transaction that is rolled back when the next pair is built.
 */
final class SideBySide implements AutoCloseable {
    static final String JOURNAL = "tidemark";
    private static final String REAL = "ri";
    private static final String SUBSTITUTED = "tg";

    private final Connection connection;
    private final List<String> differences = new ArrayList<>();

    @FunctionalInterface
    private interface Building {
        ForeignKey build() throws SQLException;
    }

    private Building anew = () -> {
        throw new IllegalStateException("nothing built");
    };
    private String roles = "SELECT";
    private String owners = "SELECT";
    private String variant = "";
    private int compared;
    private int violations;
    private int variants;

    SideBySide(Database database) throws SQLException {
        connection = database.connect();
        new Journal(new Session(connection), JOURNAL).install();
        connection.setAutoCommit(false);
    }

    /** From the next pair on, the tables belong to these roles, which come and go with the pair; a third, fk_it_app, owns nothing. */
    void ownedBy(String parent, String child) {
        roles = "CREATE ROLE %s; CREATE ROLE %s; CREATE ROLE fk_it_app".formatted(parent, child);
        owners = "ALTER TABLE p OWNER TO %1$s; ALTER TABLE c OWNER TO %2$s; GRANT USAGE ON SCHEMA @ TO %1$s, %2$s"
                .formatted(parent, child);
    }

    /**
     * Builds the pair.
     *
     * @param hypertables what becomes a hypertable on the substituted side, with its time column
     */
    ForeignKey build(String name, String tables, String key, Map<String, String> hypertables) throws SQLException {
        anew = () -> build(name, tables, key, hypertables);
        connection.rollback();
        execute(roles);
        variant = name;
        variants++;
        for (String schema : List.of(REAL, SUBSTITUTED)) {
            execute("CREATE SCHEMA " + schema);
            enter(schema);
            execute(tables);
            execute(key);
            execute(owners.replace("@", schema));
        }
        ForeignKey foreignKey = read();
        execute(Sql.of("ALTER TABLE %I DROP CONSTRAINT %I", foreignKey.child(), foreignKey.name())
                .text());
        for (Map.Entry<String, String> table : hypertables.entrySet()) {
            execute(Sql.of(
                            "SELECT create_hypertable(%L, by_range(%L, interval '1 day'), create_default_indexes => false)",
                            table.getKey(), table.getValue())
                    .text());
        }
        for (Sql sql : substitute(hypertables).create(foreignKey)) {
            execute(sql.text());
        }
        return foreignKey;
    }

    ForeignKeyTriggers substitute(Map<String, String> hypertables) throws SQLException {
        Map<TableName, String> timeColumns = new HashMap<>();
        hypertables.forEach((table, column) -> timeColumns.put(new TableName(SUBSTITUTED, table), column));
        return new ForeignKeyTriggers(JOURNAL, timeColumns, Integer.parseInt(answer("SHOW server_version_num")));
    }

    private ForeignKey read() {
        Table parent = new Catalog(new Session(connection))
                .table(new TableName(SUBSTITUTED, "p"))
                .orElseThrow();
        return parent.referencedBy().get(0);
    }

    /** Runs the statements on both sides; {@code @} stands for the schema. */
    void compare(String... statements) throws SQLException {
        for (String statement : statements) {
            record(statement, outcome(REAL, statement), outcome(SUBSTITUTED, statement));
        }
    }

    /** The same, first all on one side, then all on the other in a new transaction, because deferring reaches across schemas. */
    void compareInTurn(String... statements) throws SQLException {
        List<String> real = new ArrayList<>();
        for (String statement : statements) {
            real.add(outcome(REAL, statement));
        }
        anew.build();
        variants--;
        for (int i = 0; i < statements.length; i++) {
            record(statements[i], real.get(i), outcome(SUBSTITUTED, statements[i]));
        }
    }

    /** The same where the child is partitioned: of those, the real key names the partition. */
    void comparePartitioned(String... statements) throws SQLException {
        for (String statement : statements) {
            String real = outcome(REAL, statement).replace("\"c1\"", "\"c\"").replace("|c1|", "|c|");
            record(statement, real, outcome(SUBSTITUTED, statement));
        }
    }

    /** The same for somebody who may not look at the rows. */
    void compareAnswers(String... statements) throws SQLException {
        for (String statement : statements) {
            enter(REAL);
            String real = attempt(REAL, statement);
            enter(SUBSTITUTED);
            record(statement, real, attempt(SUBSTITUTED, statement));
        }
    }

    private void record(String statement, String real, String substituted) {
        compared++;
        if (real.startsWith("23503")) {
            violations++;
        }
        if (!comparable(real, statement).equals(comparable(substituted, statement))) {
            differences.add(variant + "\n  " + statement + "\n  real: " + real + "\n  substitute: " + substituted);
        }
    }

    /** What one side answers: {@code ok}, the number of rows and the rows afterwards, or every field of the error and the rows. */
    String outcome(String schema, String statement) throws SQLException {
        enter(schema);
        return attempt(schema, statement) + " " + rows(schema);
    }

    /** The first word of what the substituted side answers: {@code ok} or the SQLSTATE. */
    String substituted(String statement) throws SQLException {
        return outcome(SUBSTITUTED, statement).split("[ |]", 2)[0];
    }

    void onBoth(String statement) throws SQLException {
        for (String schema : List.of(REAL, SUBSTITUTED)) {
            enter(schema);
            execute(statement.replace("@", schema));
        }
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    String answer(String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return Objects.requireNonNullElse(row.getString(1), "");
        }
    }

    /** The first ten differences, and how many there are. */
    List<String> differences() {
        return differences.size() <= 10
                ? List.copyOf(differences)
                : Stream.concat(differences.subList(0, 10).stream(), Stream.of(differences.size() + " in all"))
                        .toList();
    }

    @Override
    public String toString() {
        return compared + " comparisons of " + variants + " variants, " + violations + " of them refused with 23503";
    }

    int violations() {
        return violations;
    }

    @Override
    public void close() throws SQLException {
        connection.rollback();
        connection.close();
    }

    private void enter(String schema) throws SQLException {
        execute("SET LOCAL search_path = " + schema + ", public");
    }

    String attempt(String schema, String sql) throws SQLException {
        Savepoint savepoint = connection.setSavepoint();
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql.replace("@", schema));
            int count = statement.getUpdateCount();
            connection.releaseSavepoint(savepoint);
            return "ok " + count;
        } catch (PSQLException e) {
            connection.rollback(savepoint);
            ServerErrorMessage error = Objects.requireNonNull(e.getServerErrorMessage());
            return Stream.of(
                            error.getSQLState(),
                            error.getMessage(),
                            error.getDetail(),
                            error.getConstraint(),
                            error.getTable(),
                            error.getSchema(),
                            "0A000".equals(error.getSQLState()) ? null : error.getHint())
                    .map(field ->
                            String.valueOf(field).replace(schema + ".", "@.").replaceAll("^" + schema + "$", "@"))
                    .collect(Collectors.joining("|"));
        }
    }

    private String rows(String schema) throws SQLException {
        return answer(
                """
                SELECT concat('p:', (SELECT string_agg(p::text, ' ' ORDER BY p::text) FROM %1$s.p),
                              ' c:', (SELECT string_agg(c::text, ' ' ORDER BY c::text) FROM %1$s.c))"""
                        .formatted(schema));
    }

    /**
     * What a hypertable itself changes is no difference of the key: names in unique violations, and which row a DELETE of everything meets first. Where SET
     * DEFAULT leads to a key that the same statement deletes, PostgreSQL words it as the parent's violation, the substitute as the child's.
     */
    private String comparable(String outcome, String statement) {
        boolean deletesAll = statement.equals("DELETE FROM p");
        if (outcome.startsWith("23505")
                || (deletesAll && outcome.startsWith("23503") && variant.contains("DELETE SET DEFAULT"))) {
            return outcome.replaceAll("\\|.*\\| ?", " ").replaceAll("^(\\d+).* p:", "$1 p:");
        }
        return deletesAll ? outcome.replaceAll("\\)=\\(.*?\\) is", ")=() is") : outcome;
    }
}

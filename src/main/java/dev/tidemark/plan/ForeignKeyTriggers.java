package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Generated triggers in place of a foreign key. They answer like PostgreSQL's own, to the letter of the error; what they do not guarantee:
 *
 * <ul>
 *   <li>the parent's row is not locked, unless {@link #lockingParents}, so a concurrent DELETE of it can slip through;
 *   <li>{@code drop_chunks} fires no trigger, so retention of the parent leaves rows dangling. They can still be updated, and no statement raises
 *       their number.
 * </ul>
 *
 * Fired where the real key fires: not with {@code session_replication_role = replica}, hence not by an applier of logical replication.
 */
final class ForeignKeyTriggers implements ForeignKeySubstitute {
    private final String schema;
    private final Map<TableName, String> timeColumns;
    private final int serverVersion;
    private final Sql lock;

    /**
     * @param schema where the functions go: the journal's
     * @param timeColumns the tables that will be hypertables, each with its time column
     * @param serverVersion {@code server_version_num}; PostgreSQL 18 words a violated RESTRICT in a new way
     */
    ForeignKeyTriggers(String schema, Map<TableName, String> timeColumns, int serverVersion) {
        this(schema, timeColumns, serverVersion, new Sql(""));
    }

    private ForeignKeyTriggers(String schema, Map<TableName, String> timeColumns, int serverVersion, Sql lock) {
        this.schema = schema;
        this.timeColumns = Map.copyOf(timeColumns);
        this.serverVersion = serverVersion;
        this.lock = lock;
    }

    /** The same that do lock the parent's row, as the key itself would; for parents that are no hypertables, whose compressed rows cannot be locked. */
    ForeignKeyTriggers lockingParents() {
        return new ForeignKeyTriggers(schema, timeColumns, serverVersion, new Sql(" FOR KEY SHARE OF p"));
    }

    @Override
    public List<Sql> create(ForeignKey key) {
        List<Sql> sql = new ArrayList<>();
        for (TriggerFunction function : functions(key)) {
            sql.addAll(function.create(key));
        }
        sql.add(Sql.of(
                "INSERT INTO %s (child, name, parent, definition, orphans) VALUES (%L, %L, %L, %L, %L)",
                substitutes(),
                key.child().quoted(),
                key.name(),
                key.parent().quoted(),
                key.definition().text(),
                orphans(key).text()));
        return sql;
    }

    @Override
    public List<Sql> drop(ForeignKey key) {
        List<TriggerFunction> functions = functions(key);
        return Stream.of(
                        functions.stream().flatMap(f -> f.dropTriggers().stream()),
                        functions.stream().map(TriggerFunction::drop),
                        Stream.of(Sql.of(
                                "DELETE FROM %s WHERE child = %L AND name = %L",
                                substitutes(), key.child().quoted(), key.name())))
                .flatMap(s -> s)
                .toList();
    }

    @Override
    public Sql orphans(ForeignKey key) {
        KeySql sql = new KeySql(key, timeColumns);
        List<Sql> child = sql.childColumns("c.");
        Sql mixed = key.matchFull() ? Sql.of("\n    OR %s", sql.someNull(child)) : new Sql("");
        return Sql.of(
                """
                SELECT count(*)
                  FROM %s AS c
                 WHERE (%s
                        AND NOT EXISTS (SELECT FROM %s AS p WHERE %s))%s""",
                sql.child(), sql.noneNull(child), sql.parent(), sql.parentIs(child), mixed);
    }

    private List<TriggerFunction> functions(ForeignKey key) {
        KeySql sql = new KeySql(key, timeColumns);
        SubstituteNames names = new SubstituteNames(schema, key);
        List<TriggerFunction> functions = new ArrayList<>();
        functions.add(
                key.deferrable()
                        ? ChildRows.function(key, sql, names, lock)
                        : new ChildStatements(key, sql, lock).function(names));
        functions.add(new ParentRows(key, sql, serverVersion).function(names));
        if (!key.isSelfReference()) {
            functions.add(Truncation.function(key, sql, names));
        }
        return functions;
    }

    private Sql substitutes() {
        return Sql.of("%I", new TableName(schema, "substitute"));
    }
}

package dev.tidemark.plan;

import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Primary keys that do not contain the time column, which a table in pieces must have in every key: the new table's contains it besides, if that was
 * not refused.
 */
final class ExtendedKeys {
    private final ConversionTarget target;
    private final Table table;
    private final Set<String> names;

    ExtendedKeys(ConversionRequest request, ConversionTarget target, Table table) {
        this.target = target;
        this.table = table;
        this.names = request.goal() == Goal.PLAIN_TABLE || request.options().keys() != KeyChoice.EXTEND
                ? Set.of()
                : table.indexes().stream()
                        .filter(index -> isExtensible(target, index))
                        .map(Index::name)
                        .collect(Collectors.toSet());
    }

    /** A primary key without the time column and without INCLUDE. */
    static boolean isExtensible(ConversionTarget target, Index index) {
        return index.primary()
                && !index.keyColumns().contains(target.timeColumn())
                && !index.definition().text().contains(" INCLUDE ");
    }

    /** The columns that a key had before it was extended. */
    static List<String> former(Index extended) {
        return extended.keyColumns().subList(0, extended.keyColumns().size() - 1);
    }

    /** Their names. */
    Set<String> names() {
        return names;
    }

    /** The table as the new one is made. */
    Table table() {
        return names.isEmpty()
                ? table
                : table.with(
                        table.indexes().stream()
                                .map(i -> names.contains(i.name()) ? extended(i) : i)
                                .toList(),
                        table.constraints().stream()
                                .map(c -> names.contains(c.name()) ? extended(c) : c)
                                .toList());
    }

    private Index extended(Index index) {
        List<String> columns = with(index.keyColumns());
        return new Index(
                index.name(),
                new Definition("USING btree (" + Sql.of("%I", columns) + ")" + afterColumns(index.definition())),
                index.unique(),
                index.primary(),
                index.valid(),
                columns,
                index.hasExpressions(),
                index.constraint(),
                index.clustered(),
                index.replicaIdentity(),
                index.tablespace(),
                index.comment());
    }

    /** {@code DEFERRABLE …} of a constraint, {@code WITH (…)} of an index. A name in quotes may contain a parenthesis, but no column list ends in one. */
    private static String afterColumns(Definition definition) {
        int with = definition.text().lastIndexOf(") WITH (");
        return definition.text().substring((with >= 0 ? with : definition.text().lastIndexOf(')')) + 1);
    }

    private Constraint extended(Constraint constraint) {
        List<String> columns = with(constraint.columns());
        return new Constraint(
                constraint.name(),
                constraint.kind(),
                new Definition("PRIMARY KEY (" + Sql.of("%I", columns) + ")" + afterColumns(constraint.definition())),
                columns,
                constraint.validated(),
                constraint.inherited(),
                constraint.comment());
    }

    private List<String> with(List<String> columns) {
        return Stream.concat(columns.stream(), Stream.of(target.timeColumn())).toList();
    }
}

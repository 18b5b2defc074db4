package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Options;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import liquibase.database.Database;
import liquibase.parser.core.ParsedNode;
import liquibase.parser.core.ParsedNodeException;
import liquibase.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/**
 * A change of layout: of one table by the change's own attributes, or of several by nested {@code table} elements.
 *
 * @param <E> what is said of one table
 */
public abstract class LayoutChange<E extends TableElement> extends ConversionChange {
    /** The one-table form: its attributes stand on the change itself. */
    final E own;

    LayoutChange(ConversionRequest.Goal goal, E own) {
        super(goal);
        this.own = own;
    }

    /** The nested elements. */
    public abstract List<E> getTables();

    /** A nested element more, which names nothing yet. */
    abstract E addTable();

    /** One table as a value, with what the change says for all of them. */
    abstract ConversionTarget target(E table, AttributeReader reader, String defaultSchema);

    /** Attributes of a table that may stand on the change beside nested tables, for all of them. */
    abstract Set<String> shared();

    @Override
    @Nullable
    Work work(AttributeReader attributes, String defaultSchema) {
        Options options = options(attributes);
        String schema = attributes.text("schemaName", getSchemaName()).orElse(defaultSchema);
        List<ConversionTarget> targets = targets(attributes, schema);
        Set<Object> names = new HashSet<>();
        targets.stream()
                .map(ConversionTarget::table)
                .filter(name -> !names.add(name))
                .forEach(name ->
                        attributes.problem("table \"" + name.name() + "\" is named twice. Name each table once."));
        return attributes.problems().isEmpty() ? Work.convert(new ConversionRequest(goal(), targets, options)) : null;
    }

    private List<ConversionTarget> targets(AttributeReader attributes, String schema) {
        if (getTables().isEmpty()) {
            own.setTableName(getTableName());
            return List.of(target(own, attributes, schema));
        }
        List<String> misplaced = misplaced();
        if (!misplaced.isEmpty()) {
            attributes.problem("the nested table elements and " + String.join(", ", misplaced)
                    + " on the change itself exclude each other. Move " + String.join(", ", misplaced)
                    + " into a table element, or use no table elements.");
        }
        return getTables().stream()
                .map(table -> target(table, attributes.inside(nameOf(table)), schema))
                .toList();
    }

    private String nameOf(E table) {
        String name = table.getTableName();
        return "table " + (name == null ? String.valueOf(getTables().indexOf(table) + 1) : "\"" + name + "\"");
    }

    /** What may not stand on the change beside nested tables, and does. */
    private List<String> misplaced() {
        Set<String> perTable = new TreeSet<>(own.attributes());
        perTable.removeAll(shared());
        perTable.remove("tableName");
        return Stream.concat(
                        Stream.of("tableName").filter(name -> getTableName() != null),
                        perTable.stream().filter(name -> own.getSerializableFieldValue(name) != null))
                .toList();
    }

    @Override
    void checkStrictly(ParsedNode node, Set<String> attributes) throws ParsedNodeException {
        StrictNode.checkWithTables(node, getSerializedObjectName(), attributes);
    }

    @Override
    public boolean supportsRollback(Database database) {
        return true;
    }

    @Override
    public SqlStatement[] generateRollbackStatements(Database database) {
        return wayBack(database);
    }

    public @Nullable String getTimeColumn() {
        return own.getTimeColumn();
    }

    public void setTimeColumn(@Nullable String timeColumn) {
        own.setTimeColumn(timeColumn);
    }

    public @Nullable String getRetiredName() {
        return own.getRetiredName();
    }

    public void setRetiredName(@Nullable String retiredName) {
        own.setRetiredName(retiredName);
    }
}

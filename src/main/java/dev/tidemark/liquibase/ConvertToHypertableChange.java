package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Options;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import liquibase.change.ChangeMetaData;
import liquibase.change.DatabaseChange;
import liquibase.database.Database;
import liquibase.parser.core.ParsedNode;
import liquibase.parser.core.ParsedNodeException;
import liquibase.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** {@code <tidemark:convertToHypertable>}: one table by its own attributes, or several by nested {@code table} elements. */
@DatabaseChange(
        name = ConversionRequest.TO_HYPERTABLE,
        description =
                "Turns tables, native partitions or pg_partman sets into hypertables, without copying rows where possible",
        priority = ChangeMetaData.PRIORITY_DEFAULT)
public class ConvertToHypertableChange extends ConversionChange {
    /** The one-table form: its attributes stand on the change itself. */
    private final TableElement own = new TableElement();

    private List<TableElement> tables = new ArrayList<>();

    @Override
    @Nullable
    Work work(AttributeReader attributes, String defaultSchema) {
        Options options = options(attributes);
        String schema = attributes.text("schemaName", getSchemaName()).orElse(defaultSchema);
        List<ConversionTarget> targets = targets(attributes, new TableElement.Defaults(schema, getChunkInterval()));
        Set<Object> names = new HashSet<>();
        targets.stream()
                .map(ConversionTarget::table)
                .filter(name -> !names.add(name))
                .forEach(name ->
                        attributes.problem("table \"" + name.name() + "\" is named twice. Name each table once."));
        return attributes.problems().isEmpty() ? new Work.Convert(new ConversionRequest(targets, options)) : null;
    }

    private List<ConversionTarget> targets(AttributeReader attributes, TableElement.Defaults defaults) {
        if (tables.isEmpty()) {
            own.setTableName(getTableName());
            return List.of(own.target(attributes, defaults));
        }
        List<String> misplaced = flatAttributes().entrySet().stream()
                .filter(attribute -> attribute.getValue() != null)
                .map(Map.Entry::getKey)
                .toList();
        if (!misplaced.isEmpty()) {
            attributes.problem("the nested table elements and " + String.join(", ", misplaced)
                    + " on the change itself exclude each other. Move " + String.join(", ", misplaced)
                    + " into a table element, or use no table elements.");
        }
        return tables.stream()
                .map(table -> table.target(attributes.inside(nameOf(table)), defaults))
                .toList();
    }

    private String nameOf(TableElement table) {
        String name = table.getTableName();
        return "table " + (name == null ? String.valueOf(tables.indexOf(table) + 1) : "\"" + name + "\"");
    }

    /** What may not stand on the change beside nested tables. */
    private Map<String, @Nullable String> flatAttributes() {
        Map<String, @Nullable String> flat = new LinkedHashMap<>();
        flat.put("tableName", getTableName());
        flat.put("timeColumn", getTimeColumn());
        flat.put("epoch", getEpoch());
        flat.put("retention", getRetention());
        flat.put("compressAfter", getCompressAfter());
        flat.put("segmentBy", getSegmentBy());
        flat.put("orderBy", getOrderBy());
        flat.put("retiredName", getRetiredName());
        return flat;
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
        Work.Undo undo = new Work.Undo(((Work.Convert) workOn(database)).request());
        return LiquibaseDatabase.prints(database)
                ? PrintedWork.of(undo, database)
                : new SqlStatement[] {new WorkStatement(undo, database, done -> {})};
    }

    public List<TableElement> getTables() {
        return tables;
    }

    public void setTables(List<TableElement> tables) {
        this.tables = tables;
    }

    public @Nullable String getTimeColumn() {
        return own.getTimeColumn();
    }

    public void setTimeColumn(@Nullable String timeColumn) {
        own.setTimeColumn(timeColumn);
    }

    public @Nullable String getEpoch() {
        return own.getEpoch();
    }

    public void setEpoch(@Nullable String epoch) {
        own.setEpoch(epoch);
    }

    public @Nullable String getChunkInterval() {
        return own.getChunkInterval();
    }

    public void setChunkInterval(@Nullable String chunkInterval) {
        own.setChunkInterval(chunkInterval);
    }

    public @Nullable String getRetention() {
        return own.getRetention();
    }

    public void setRetention(@Nullable String retention) {
        own.setRetention(retention);
    }

    public @Nullable String getCompressAfter() {
        return own.getCompressAfter();
    }

    public void setCompressAfter(@Nullable String compressAfter) {
        own.setCompressAfter(compressAfter);
    }

    public @Nullable String getSegmentBy() {
        return own.getSegmentBy();
    }

    public void setSegmentBy(@Nullable String segmentBy) {
        own.setSegmentBy(segmentBy);
    }

    public @Nullable String getOrderBy() {
        return own.getOrderBy();
    }

    public void setOrderBy(@Nullable String orderBy) {
        own.setOrderBy(orderBy);
    }

    public @Nullable String getRetiredName() {
        return own.getRetiredName();
    }

    public void setRetiredName(@Nullable String retiredName) {
        own.setRetiredName(retiredName);
    }
}

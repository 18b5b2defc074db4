package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Epoch;
import dev.tidemark.sql.TableName;
import java.util.Set;
import java.util.TreeSet;
import liquibase.parser.core.ParsedNode;
import liquibase.parser.core.ParsedNodeException;
import liquibase.resource.ResourceAccessor;
import liquibase.serializer.AbstractLiquibaseSerializable;
import org.jspecify.annotations.Nullable;

/**
 * {@code <tidemark:table>}: one table of a conversion. A bean that Liquibase fills; every attribute is text and stays null when left out, so
 * that no default ever enters a checksum.
 */
public class TableElement extends AbstractLiquibaseSerializable {
    static final String NAME = "table";
    static final String LIST = "tables";

    private @Nullable String schemaName;
    private @Nullable String tableName;
    private @Nullable String timeColumn;
    private @Nullable String epoch;
    private @Nullable String chunkInterval;
    private @Nullable String retention;
    private @Nullable String compressAfter;
    private @Nullable String segmentBy;
    private @Nullable String orderBy;
    private @Nullable String retiredName;

    /** Its attributes' names. */
    static Set<String> attributes() {
        return new TreeSet<>(new TableElement().getSerializableFields());
    }

    @Override
    public void load(ParsedNode node, ResourceAccessor resources) throws ParsedNodeException {
        StrictNode.checkAttributes(node, NAME, attributes());
        super.load(node, resources);
    }

    /** The table as a value. {@code outer} gives schema and chunk interval where this element does not. */
    ConversionTarget target(AttributeReader reader, Defaults outer) {
        String name = reader.required("tableName", tableName, "Name the table exactly as PostgreSQL stores it.");
        String schema = reader.text("schemaName", schemaName).orElse(outer.schema());
        return new ConversionTarget(
                new TableName(schema, name),
                reader.required(
                        "timeColumn",
                        timeColumn,
                        "Name the column that holds the time by which rows belong to a chunk."),
                reader.choice("epoch", epoch, Epoch.class),
                reader.interval("chunkInterval", chunkInterval != null ? chunkInterval : outer.chunkInterval()),
                reader.interval("retention", retention),
                reader.interval("compressAfter", compressAfter),
                reader.list("segmentBy", segmentBy),
                reader.list("orderBy", orderBy),
                reader.text("retiredName", retiredName));
    }

    /** What holds for every table that does not say otherwise. */
    record Defaults(String schema, @Nullable String chunkInterval) {}

    @Override
    public String getSerializedObjectName() {
        return NAME;
    }

    @Override
    public String getSerializedObjectNamespace() {
        return TidemarkChange.NAMESPACE;
    }

    public @Nullable String getSchemaName() {
        return schemaName;
    }

    public void setSchemaName(@Nullable String schemaName) {
        this.schemaName = schemaName;
    }

    public @Nullable String getTableName() {
        return tableName;
    }

    public void setTableName(@Nullable String tableName) {
        this.tableName = tableName;
    }

    public @Nullable String getTimeColumn() {
        return timeColumn;
    }

    public void setTimeColumn(@Nullable String timeColumn) {
        this.timeColumn = timeColumn;
    }

    public @Nullable String getEpoch() {
        return epoch;
    }

    public void setEpoch(@Nullable String epoch) {
        this.epoch = epoch;
    }

    public @Nullable String getChunkInterval() {
        return chunkInterval;
    }

    public void setChunkInterval(@Nullable String chunkInterval) {
        this.chunkInterval = chunkInterval;
    }

    public @Nullable String getRetention() {
        return retention;
    }

    public void setRetention(@Nullable String retention) {
        this.retention = retention;
    }

    public @Nullable String getCompressAfter() {
        return compressAfter;
    }

    public void setCompressAfter(@Nullable String compressAfter) {
        this.compressAfter = compressAfter;
    }

    public @Nullable String getSegmentBy() {
        return segmentBy;
    }

    public void setSegmentBy(@Nullable String segmentBy) {
        this.segmentBy = segmentBy;
    }

    public @Nullable String getOrderBy() {
        return orderBy;
    }

    public void setOrderBy(@Nullable String orderBy) {
        this.orderBy = orderBy;
    }

    public @Nullable String getRetiredName() {
        return retiredName;
    }

    public void setRetiredName(@Nullable String retiredName) {
        this.retiredName = retiredName;
    }
}

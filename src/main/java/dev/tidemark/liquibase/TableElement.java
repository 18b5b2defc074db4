package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionTarget;
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
 * that no default ever enters a checksum. It and its descendants have no constants: Liquibase 4.31 takes static fields for attributes.
 */
public abstract class TableElement extends AbstractLiquibaseSerializable {
    private @Nullable String schemaName;
    private @Nullable String tableName;
    private @Nullable String timeColumn;
    private @Nullable String retiredName;

    /** The table as a value. {@code defaultSchema} is for a table that names none. */
    abstract ConversionTarget target(AttributeReader reader, String defaultSchema);

    /** Its attributes' names. */
    Set<String> attributes() {
        return new TreeSet<>(getSerializableFields());
    }

    @Override
    public void load(ParsedNode node, ResourceAccessor resources) throws ParsedNodeException {
        StrictNode.checkAttributes(node, StrictNode.TABLE, attributes());
        super.load(node, resources);
    }

    TableName name(AttributeReader reader, String defaultSchema) {
        String name = reader.required("tableName", tableName, "Name the table exactly as PostgreSQL stores it.");
        return new TableName(reader.text("schemaName", schemaName).orElse(defaultSchema), name);
    }

    @Override
    public String getSerializedObjectName() {
        return StrictNode.TABLE;
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

    public @Nullable String getRetiredName() {
        return retiredName;
    }

    public void setRetiredName(@Nullable String retiredName) {
        this.retiredName = retiredName;
    }
}

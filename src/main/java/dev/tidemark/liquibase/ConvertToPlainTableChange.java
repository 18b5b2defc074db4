package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import liquibase.change.ChangeMetaData;
import liquibase.change.DatabaseChange;

/** {@code <tidemark:convertToPlainTable>}: one table by its own attributes, or several by nested {@code table} elements. */
@DatabaseChange(
        name = ConversionRequest.TO_PLAIN_TABLE,
        description = "Turns native partitions or pg_partman sets into plain tables, beside the application",
        priority = ChangeMetaData.PRIORITY_DEFAULT)
public class ConvertToPlainTableChange extends LayoutChange<PlainTableElement> {
    private List<PlainTableElement> tables = new ArrayList<>();

    public ConvertToPlainTableChange() {
        super(ConversionRequest.Goal.PLAIN_TABLE, new PlainTableElement());
    }

    @Override
    ConversionTarget target(PlainTableElement table, AttributeReader reader, String defaultSchema) {
        return table.target(reader, defaultSchema);
    }

    @Override
    Set<String> shared() {
        return Set.of("schemaName");
    }

    @Override
    PlainTableElement addTable() {
        PlainTableElement table = new PlainTableElement();
        tables.add(table);
        return table;
    }

    @Override
    public List<PlainTableElement> getTables() {
        return tables;
    }

    public void setTables(List<PlainTableElement> tables) {
        this.tables = tables;
    }
}

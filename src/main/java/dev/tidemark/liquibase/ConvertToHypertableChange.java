package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import liquibase.change.ChangeMetaData;
import liquibase.change.DatabaseChange;
import org.jspecify.annotations.Nullable;

/** {@code <tidemark:convertToHypertable>}: one table by its own attributes, or several by nested {@code table} elements. */
@DatabaseChange(
        name = ConversionRequest.TO_HYPERTABLE,
        description =
                "Turns tables, native partitions or pg_partman sets into hypertables, without copying rows where possible",
        priority = ChangeMetaData.PRIORITY_DEFAULT)
public class ConvertToHypertableChange extends LayoutChange<HypertableElement> {
    private List<HypertableElement> tables = new ArrayList<>();

    public ConvertToHypertableChange() {
        super(ConversionRequest.Goal.HYPERTABLE, new HypertableElement());
    }

    @Override
    ConversionTarget target(HypertableElement table, AttributeReader reader, String defaultSchema) {
        return table.target(reader, defaultSchema, getChunkInterval());
    }

    @Override
    Set<String> shared() {
        return Set.of("schemaName", "chunkInterval");
    }

    @Override
    HypertableElement addTable() {
        HypertableElement table = new HypertableElement();
        tables.add(table);
        return table;
    }

    @Override
    public List<HypertableElement> getTables() {
        return tables;
    }

    public void setTables(List<HypertableElement> tables) {
        this.tables = tables;
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
}

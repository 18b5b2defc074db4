package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import liquibase.change.ChangeMetaData;
import liquibase.change.DatabaseChange;
import org.jspecify.annotations.Nullable;

/** {@code <tidemark:convertToPartitions>}: one table by its own attributes, or several by nested {@code table} elements. */
@DatabaseChange(
        name = ConversionRequest.TO_PARTITIONS,
        description =
                "Turns tables or partitions of another width into native partitions by time, beside the application",
        priority = ChangeMetaData.PRIORITY_DEFAULT)
public class ConvertToPartitionsChange extends LayoutChange<PartitionsElement> {
    private List<PartitionsElement> tables = new ArrayList<>();

    public ConvertToPartitionsChange() {
        super(ConversionRequest.Goal.PARTITIONS, new PartitionsElement());
    }

    @Override
    ConversionTarget target(PartitionsElement table, AttributeReader reader, String defaultSchema) {
        return table.target(reader, defaultSchema, own);
    }

    @Override
    Set<String> shared() {
        return Set.of(
                "schemaName",
                "interval",
                "timeZone",
                "premake",
                "partitionName",
                "defaultPartition",
                "copySince",
                "keyGuard",
                "retention",
                "retentionMode",
                "retentionGrace",
                "retentionSchema",
                "managedBy");
    }

    @Override
    PartitionsElement addTable() {
        PartitionsElement table = new PartitionsElement();
        tables.add(table);
        return table;
    }

    @Override
    public List<PartitionsElement> getTables() {
        return tables;
    }

    public void setTables(List<PartitionsElement> tables) {
        this.tables = tables;
    }

    public @Nullable String getEpoch() {
        return own.getEpoch();
    }

    public void setEpoch(@Nullable String epoch) {
        own.setEpoch(epoch);
    }

    public @Nullable String getInterval() {
        return own.getInterval();
    }

    public void setInterval(@Nullable String interval) {
        own.setInterval(interval);
    }

    public @Nullable String getTimeZone() {
        return own.getTimeZone();
    }

    public void setTimeZone(@Nullable String timeZone) {
        own.setTimeZone(timeZone);
    }

    public @Nullable String getPremake() {
        return own.getPremake();
    }

    public void setPremake(@Nullable String premake) {
        own.setPremake(premake);
    }

    public @Nullable String getPartitionName() {
        return own.getPartitionName();
    }

    public void setPartitionName(@Nullable String partitionName) {
        own.setPartitionName(partitionName);
    }

    public @Nullable String getDefaultPartition() {
        return own.getDefaultPartition();
    }

    public void setDefaultPartition(@Nullable String defaultPartition) {
        own.setDefaultPartition(defaultPartition);
    }

    public @Nullable String getCopySince() {
        return own.getCopySince();
    }

    public void setCopySince(@Nullable String copySince) {
        own.setCopySince(copySince);
    }

    public @Nullable String getKeyGuard() {
        return own.getKeyGuard();
    }

    public void setKeyGuard(@Nullable String keyGuard) {
        own.setKeyGuard(keyGuard);
    }

    public @Nullable String getRetention() {
        return own.getRetention();
    }

    public void setRetention(@Nullable String retention) {
        own.setRetention(retention);
    }

    public @Nullable String getRetentionMode() {
        return own.getRetentionMode();
    }

    public void setRetentionMode(@Nullable String retentionMode) {
        own.setRetentionMode(retentionMode);
    }

    public @Nullable String getRetentionGrace() {
        return own.getRetentionGrace();
    }

    public void setRetentionGrace(@Nullable String retentionGrace) {
        own.setRetentionGrace(retentionGrace);
    }

    public @Nullable String getRetentionSchema() {
        return own.getRetentionSchema();
    }

    public void setRetentionSchema(@Nullable String retentionSchema) {
        own.setRetentionSchema(retentionSchema);
    }

    public @Nullable String getManagedBy() {
        return own.getManagedBy();
    }

    public void setManagedBy(@Nullable String managedBy) {
        own.setManagedBy(managedBy);
    }
}

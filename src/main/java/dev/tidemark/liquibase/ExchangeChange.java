package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import liquibase.database.Database;
import liquibase.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** A change that exchanges a partition of a table for others. What concerns the table's layout is not among its attributes, because the table keeps it. */
public abstract class ExchangeChange extends ConversionChange {
    private static final Set<String> OF_LAYOUTS =
            Set.of("strategy", "foreignKeys", "keys", "includeDetached", "dropExpired", "policies");

    private @Nullable String epoch;
    private @Nullable String interval;
    private @Nullable String timeZone;
    private @Nullable String partitionName;
    private @Nullable String retiredName;

    ExchangeChange(ConversionRequest.Goal goal) {
        super(goal);
    }

    /** The name of the partition, if it is not the table that tells it. */
    abstract Optional<String> part(AttributeReader attributes);

    @Override
    public Set<String> getSerializableFields() {
        Set<String> fields = new TreeSet<>(super.getSerializableFields());
        fields.removeAll(OF_LAYOUTS);
        return fields;
    }

    @Override
    @Nullable
    Work work(AttributeReader attributes, String defaultSchema) {
        Options options = options(attributes);
        TableName table = new TableName(
                attributes.text("schemaName", getSchemaName()).orElse(defaultSchema),
                attributes.required("tableName", getTableName(), "Name the table that the partition belongs to."));
        ConversionTarget target = new ConversionTarget(
                table,
                ConversionTarget.AS_IT_IS,
                attributes.choice("epoch", epoch, Epoch.class),
                attributes.interval("interval", interval),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                attributes.text("retiredName", retiredName),
                Optional.of(new Partitioning(
                        attributes.text("timeZone", timeZone).orElse(Partitioning.AS_MANAGED),
                        0,
                        attributes.text("partitionName", partitionName),
                        false)),
                part(attributes));
        return attributes.problems().isEmpty()
                ? Work.convert(new ConversionRequest(goal(), List.of(target), options))
                : null;
    }

    @Override
    public boolean supportsRollback(Database database) {
        return true;
    }

    @Override
    public SqlStatement[] generateRollbackStatements(Database database) {
        return wayBack(database);
    }

    public @Nullable String getEpoch() {
        return epoch;
    }

    public void setEpoch(@Nullable String epoch) {
        this.epoch = epoch;
    }

    public @Nullable String getInterval() {
        return interval;
    }

    public void setInterval(@Nullable String interval) {
        this.interval = interval;
    }

    public @Nullable String getTimeZone() {
        return timeZone;
    }

    public void setTimeZone(@Nullable String timeZone) {
        this.timeZone = timeZone;
    }

    public @Nullable String getPartitionName() {
        return partitionName;
    }

    public void setPartitionName(@Nullable String partitionName) {
        this.partitionName = partitionName;
    }

    public @Nullable String getRetiredName() {
        return retiredName;
    }

    public void setRetiredName(@Nullable String retiredName) {
        this.retiredName = retiredName;
    }
}

package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.ManagedBy;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.RetentionMode;
import dev.tidemark.plan.Upkeep;
import dev.tidemark.schema.Interval;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One table that becomes native partitions. */
public class PartitionsElement extends TableElement {
    private @Nullable String epoch;
    private @Nullable String interval;
    private @Nullable String timeZone;
    private @Nullable String premake;
    private @Nullable String partitionName;
    private @Nullable String defaultPartition;
    private @Nullable String copySince;
    private @Nullable String keyGuard;
    private @Nullable String retention;
    private @Nullable String retentionMode;
    private @Nullable String retentionGrace;
    private @Nullable String retentionSchema;
    private @Nullable String managedBy;

    @Override
    ConversionTarget target(AttributeReader reader, String defaultSchema) {
        return target(reader, defaultSchema, new PartitionsElement());
    }

    /** The same where {@code outer} says how partitions are made for every table that does not say otherwise. */
    ConversionTarget target(AttributeReader reader, String defaultSchema, PartitionsElement outer) {
        Interval width =
                reader.interval("interval", or(interval, outer.interval)).orElse(Partitioning.DEFAULT_WIDTH);
        return new ConversionTarget(
                name(reader, defaultSchema),
                reader.required(
                        "timeColumn",
                        getTimeColumn(),
                        "Name the column that holds the time by which rows belong to a partition."),
                reader.choice("epoch", epoch, Epoch.class),
                Optional.of(width),
                reader.interval("retention", or(retention, outer.retention)),
                Optional.empty(),
                List.of(),
                List.of(),
                reader.text("retiredName", getRetiredName()),
                Optional.of(partitioning(reader, outer, width)));
    }

    private Partitioning partitioning(AttributeReader reader, PartitionsElement outer, Interval width) {
        Partitioning defaults = Partitioning.DEFAULTS;
        return new Partitioning(
                reader.text("timeZone", or(timeZone, outer.timeZone)).orElse(defaults.timeZone()),
                reader.number("premake", or(premake, outer.premake), 0, Partitioning.MOST_AHEAD)
                        .orElseGet(() -> Partitioning.usualPremake(width)),
                reader.text("partitionName", or(partitionName, outer.partitionName)),
                reader.flag("defaultPartition", or(defaultPartition, outer.defaultPartition)),
                upkeep(reader, outer),
                reader.interval("copySince", or(copySince, outer.copySince)),
                reader.flag("keyGuard", or(keyGuard, outer.keyGuard)));
    }

    private Upkeep upkeep(AttributeReader reader, PartitionsElement outer) {
        Upkeep defaults = Upkeep.DEFAULTS;
        Upkeep upkeep = new Upkeep(
                reader.managedBy(or(managedBy, outer.managedBy)).orElse(defaults.managedBy()),
                reader.choice("retentionMode", or(retentionMode, outer.retentionMode), RetentionMode.class)
                        .orElse(defaults.retentionMode()),
                reader.interval("retentionGrace", or(retentionGrace, outer.retentionGrace)),
                reader.text("retentionSchema", or(retentionSchema, outer.retentionSchema)));
        boolean kept = or(retention, outer.retention) != null;
        if (!kept
                && (or(retentionMode, outer.retentionMode) != null
                        || upkeep.retentionGrace().isPresent())) {
            reader.problem(
                    "retention is missing. retentionMode and retentionGrace say what becomes of partitions older than it.");
        }
        if (kept && upkeep.managedBy() == ManagedBy.NONE) {
            reader.problem(
                    "retention and managedBy=\"none\" exclude each other. Leave retention out, or let somebody carry it out.");
        }
        if (upkeep.retentionMode() == RetentionMode.DROP
                && upkeep.retentionGrace().isPresent()) {
            reader.problem(
                    "retentionGrace is for partitions that are detached or moved. Set retentionMode to one of these, or leave retentionGrace out.");
        }
        if ((upkeep.retentionMode() == RetentionMode.MOVE)
                != upkeep.retentionSchema().isPresent()) {
            reader.problem(
                    upkeep.retentionSchema().isPresent()
                            ? "retentionSchema is for retentionMode=\"move\". Set that, or leave retentionSchema out."
                            : "retentionSchema is missing. Name the schema that old partitions are moved to.");
        }
        return upkeep;
    }

    private static @Nullable String or(@Nullable String own, @Nullable String outer) {
        return own != null ? own : outer;
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

    public @Nullable String getPremake() {
        return premake;
    }

    public void setPremake(@Nullable String premake) {
        this.premake = premake;
    }

    public @Nullable String getPartitionName() {
        return partitionName;
    }

    public void setPartitionName(@Nullable String partitionName) {
        this.partitionName = partitionName;
    }

    public @Nullable String getDefaultPartition() {
        return defaultPartition;
    }

    public void setDefaultPartition(@Nullable String defaultPartition) {
        this.defaultPartition = defaultPartition;
    }

    public @Nullable String getCopySince() {
        return copySince;
    }

    public void setCopySince(@Nullable String copySince) {
        this.copySince = copySince;
    }

    public @Nullable String getKeyGuard() {
        return keyGuard;
    }

    public void setKeyGuard(@Nullable String keyGuard) {
        this.keyGuard = keyGuard;
    }

    public @Nullable String getRetention() {
        return retention;
    }

    public void setRetention(@Nullable String retention) {
        this.retention = retention;
    }

    public @Nullable String getRetentionMode() {
        return retentionMode;
    }

    public void setRetentionMode(@Nullable String retentionMode) {
        this.retentionMode = retentionMode;
    }

    public @Nullable String getRetentionGrace() {
        return retentionGrace;
    }

    public void setRetentionGrace(@Nullable String retentionGrace) {
        this.retentionGrace = retentionGrace;
    }

    public @Nullable String getRetentionSchema() {
        return retentionSchema;
    }

    public void setRetentionSchema(@Nullable String retentionSchema) {
        this.retentionSchema = retentionSchema;
    }

    public @Nullable String getManagedBy() {
        return managedBy;
    }

    public void setManagedBy(@Nullable String managedBy) {
        this.managedBy = managedBy;
    }
}

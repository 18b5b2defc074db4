package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.Partitioning;
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

    @Override
    ConversionTarget target(AttributeReader reader, String defaultSchema) {
        return target(reader, defaultSchema, new PartitionsElement());
    }

    /** The same where {@code outer} says how partitions are made for every table that does not say otherwise. */
    ConversionTarget target(AttributeReader reader, String defaultSchema, PartitionsElement outer) {
        return new ConversionTarget(
                name(reader, defaultSchema),
                reader.required(
                        "timeColumn",
                        getTimeColumn(),
                        "Name the column that holds the time by which rows belong to a partition."),
                reader.choice("epoch", epoch, Epoch.class),
                reader.interval("interval", or(interval, outer.interval))
                        .or(() -> Optional.of(Partitioning.DEFAULT_WIDTH)),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                reader.text("retiredName", getRetiredName()),
                Optional.of(partitioning(reader, outer)));
    }

    private Partitioning partitioning(AttributeReader reader, PartitionsElement outer) {
        Partitioning defaults = Partitioning.DEFAULTS;
        return new Partitioning(
                reader.text("timeZone", or(timeZone, outer.timeZone)).orElse(defaults.timeZone()),
                reader.number("premake", or(premake, outer.premake), 0, Partitioning.MOST_AHEAD)
                        .orElse(defaults.premake()),
                reader.text("partitionName", or(partitionName, outer.partitionName)),
                reader.flag("defaultPartition", or(defaultPartition, outer.defaultPartition)),
                reader.interval("copySince", or(copySince, outer.copySince)),
                reader.flag("keyGuard", or(keyGuard, outer.keyGuard)));
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
}

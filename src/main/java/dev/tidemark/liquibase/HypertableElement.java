package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Epoch;
import org.jspecify.annotations.Nullable;

/** One table that becomes a hypertable. */
public class HypertableElement extends TableElement {
    private @Nullable String epoch;
    private @Nullable String chunkInterval;
    private @Nullable String retention;
    private @Nullable String compressAfter;
    private @Nullable String segmentBy;
    private @Nullable String orderBy;

    @Override
    ConversionTarget target(AttributeReader reader, String defaultSchema) {
        return target(reader, defaultSchema, null);
    }

    /** The same where {@code outerInterval} is the width of chunks for every table that does not say otherwise. */
    ConversionTarget target(AttributeReader reader, String defaultSchema, @Nullable String outerInterval) {
        return new ConversionTarget(
                name(reader, defaultSchema),
                reader.required(
                        "timeColumn",
                        getTimeColumn(),
                        "Name the column that holds the time by which rows belong to a chunk."),
                reader.choice("epoch", epoch, Epoch.class),
                reader.interval("chunkInterval", chunkInterval != null ? chunkInterval : outerInterval),
                reader.interval("retention", retention),
                reader.interval("compressAfter", compressAfter),
                reader.list("segmentBy", segmentBy),
                reader.list("orderBy", orderBy),
                reader.text("retiredName", getRetiredName()));
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
}

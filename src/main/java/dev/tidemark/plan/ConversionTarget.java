package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;

/**
 * One table that is to change its layout.
 *
 * @param table the table
 * @param timeColumn its time column; {@link #AS_IT_IS}, for tables that become plain ones
 * @param epoch the unit of an integer time column; required for those, refused for others
 * @param chunkInterval the width of new chunks or partitions; empty for the width of the present ones
 * @param retention how long chunks are kept; empty for ever
 * @param compressAfter when chunks are compressed; empty for never
 * @param segmentBy columns that compression segments by
 * @param orderBy what compression orders by, as SQL: {@code received_at DESC}
 * @param retiredName the name the old table gets; empty for {@code <table>_old} or the next free one
 * @param partitioning how native partitions are made; empty for other goals
 * @param part the name of the partition that is split; empty for the one that the table itself tells
 */
public record ConversionTarget(
        TableName table,
        String timeColumn,
        Optional<Epoch> epoch,
        Optional<Interval> chunkInterval,
        Optional<Interval> retention,
        Optional<Interval> compressAfter,
        List<String> segmentBy,
        List<String> orderBy,
        Optional<String> retiredName,
        Optional<Partitioning> partitioning,
        Optional<String> part) {

    /** Stands for the column that the table's present partitions or chunks go by. */
    public static final String AS_IT_IS = "";

    /** Without native partitions. */
    public ConversionTarget(
            TableName table,
            String timeColumn,
            Optional<Epoch> epoch,
            Optional<Interval> chunkInterval,
            Optional<Interval> retention,
            Optional<Interval> compressAfter,
            List<String> segmentBy,
            List<String> orderBy,
            Optional<String> retiredName) {
        this(
                table,
                timeColumn,
                epoch,
                chunkInterval,
                retention,
                compressAfter,
                segmentBy,
                orderBy,
                retiredName,
                Optional.empty());
    }

    /** Without a partition of its own to be split. */
    public ConversionTarget(
            TableName table,
            String timeColumn,
            Optional<Epoch> epoch,
            Optional<Interval> chunkInterval,
            Optional<Interval> retention,
            Optional<Interval> compressAfter,
            List<String> segmentBy,
            List<String> orderBy,
            Optional<String> retiredName,
            Optional<Partitioning> partitioning) {
        this(
                table,
                timeColumn,
                epoch,
                chunkInterval,
                retention,
                compressAfter,
                segmentBy,
                orderBy,
                retiredName,
                partitioning,
                Optional.empty());
    }

    /** The same by another time column, with its unit. */
    public ConversionTarget by(String column, Optional<Epoch> unit) {
        return new ConversionTarget(
                table,
                column,
                unit,
                chunkInterval,
                retention,
                compressAfter,
                segmentBy,
                orderBy,
                retiredName,
                partitioning,
                part);
    }

    /** The same with what a table's present partitions tell. */
    ConversionTarget as(Optional<Epoch> unit, Optional<Interval> width, Partitioning partitions) {
        return new ConversionTarget(
                table,
                timeColumn,
                unit,
                width,
                retention,
                compressAfter,
                segmentBy,
                orderBy,
                retiredName,
                Optional.of(partitions),
                part);
    }

    public ConversionTarget {
        segmentBy = List.copyOf(segmentBy);
        orderBy = List.copyOf(orderBy);
    }
}

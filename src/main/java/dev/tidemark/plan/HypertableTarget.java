package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;

/**
 * One table that is to become a hypertable.
 *
 * @param table the table
 * @param timeColumn its time column
 * @param epoch the unit of an integer time column; required for those, refused for others
 * @param chunkInterval the width of new chunks; empty for the width of the present partitions
 * @param retention how long chunks are kept; empty for ever
 * @param compressAfter when chunks are compressed; empty for never
 * @param segmentBy columns that compression segments by
 * @param orderBy what compression orders by, as SQL: {@code received_at DESC}
 * @param retiredName the name the old table gets; empty for {@code <table>_old} or the next free one
 */
public record HypertableTarget(
        TableName table,
        String timeColumn,
        Optional<Epoch> epoch,
        Optional<Interval> chunkInterval,
        Optional<Interval> retention,
        Optional<Interval> compressAfter,
        List<String> segmentBy,
        List<String> orderBy,
        Optional<String> retiredName) {

    public HypertableTarget {
        segmentBy = List.copyOf(segmentBy);
        orderBy = List.copyOf(orderBy);
    }
}

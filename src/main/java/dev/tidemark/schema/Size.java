package dev.tidemark.schema;

/**
 * What a table and its partitions occupy.
 *
 * @param rows the planner's estimate, 0 or more; not a count
 * @param heapBytes bytes of the rows themselves, TOAST excluded
 * @param totalBytes bytes with indexes and TOAST
 */
public record Size(long rows, long heapBytes, long totalBytes) {
    /** Nothing. */
    public static final Size NONE = new Size(0, 0, 0);

    /** So many times as much. */
    public Size times(double factor) {
        return new Size(Math.round(rows * factor), Math.round(heapBytes * factor), Math.round(totalBytes * factor));
    }

    /** Both together. */
    public Size plus(Size other) {
        return new Size(rows + other.rows, heapBytes + other.heapBytes, totalBytes + other.totalBytes);
    }
}

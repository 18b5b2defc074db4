package dev.tidemark.maintenance;

import org.jspecify.annotations.Nullable;

/**
 * What was done about one partition or chunk, or why not.
 *
 * @param relation the table
 * @param upper where the partition or chunk ends; null where it is about the whole table
 * @param part its name, if it has one
 * @param outcome {@code made}, {@code dropped}, {@code detached}, …, or why not
 */
public record Maintained(String relation, @Nullable String upper, @Nullable String part, String outcome) {
    private static final String LEFT = "left for the next run";

    /** Whether something went wrong that will not pass by itself. */
    public boolean failed() {
        return outcome.startsWith("failed") || outcome.startsWith("not made");
    }

    /** Whether the next run has to do it, because this one has held its locks for long enough. */
    boolean left() {
        return outcome.equals(LEFT);
    }

    /** Whether anything changed. */
    boolean progress() {
        return part != null
                && (outcome.equals("made")
                        || outcome.equals("dropped")
                        || outcome.startsWith("detached")
                        || outcome.startsWith("moved"));
    }

    @Override
    public String toString() {
        return relation + (upper == null ? "" : " until " + upper) + ": "
                + (part == null ? outcome : part + " " + outcome);
    }
}

package dev.tidemark.maintenance;

import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the partitions of a table are. Times are as the server writes them, in UTC.
 *
 * @param table the table
 * @param verdict what to think of it
 * @param reason why, in words
 * @param daysAhead for how many days there are partitions from now on without a gap; {@code Infinity} possible
 * @param coveredUntil where they end; null if there is none for now
 * @param gaps ranges between partitions that have none
 * @param defaultFilled whether a DEFAULT partition holds rows
 * @param defaultRows about how many, as far as statistics know
 * @param oldest where the oldest partition begins
 * @param newest where the newest ends
 * @param partitions how many there are
 * @param bytes how large they are with their indexes
 * @param nextDrop the partition that retention lets go next
 * @param nextDropAt when, unless it is paused; null while it is held although it is due
 * @param overdue how many it should have let go a day ago
 * @param orphans former partitions that nobody drops
 */
public record PartitionHealth(
        String table,
        Verdict verdict,
        String reason,
        double daysAhead,
        @Nullable String coveredUntil,
        List<String> gaps,
        boolean defaultFilled,
        long defaultRows,
        @Nullable String oldest,
        @Nullable String newest,
        long partitions,
        long bytes,
        @Nullable String nextDrop,
        @Nullable String nextDropAt,
        long overdue,
        List<String> orphans) {

    /** As a traffic light. */
    public enum Verdict {
        /** Nothing to do. */
        GREEN,
        /** Somebody should have a look. */
        YELLOW,
        /** Rows have no partition, or will have none within three days. */
        RED
    }

    public PartitionHealth {
        gaps = List.copyOf(gaps);
        orphans = List.copyOf(orphans);
    }

    private static final String HEALTH =
            """
            SELECT relation::text, upper(verdict), reason, days_ahead::text, (covered_until AT TIME ZONE 'UTC')::text, gaps, coalesce(default_filled, false), coalesce(default_row_estimate, 0),
                   (oldest AT TIME ZONE 'UTC')::text, (newest AT TIME ZONE 'UTC')::text, coalesce(partitions, 0), coalesce(bytes, 0), next_drop::text, (next_drop_at AT TIME ZONE 'UTC')::text, coalesce(overdue, 0), orphans::text[]
              FROM %I WHERE %s""";

    static List<PartitionHealth> read(Session session, String journal, Optional<TableName> table) {
        return session.query(
                Sql.of(
                                HEALTH,
                                new TableName(journal, "partition_health"),
                                table.map(t -> Sql.of("relation = to_regclass(%L)", t.quoted()))
                                        .orElse(new Sql("true")))
                        .text(),
                r -> new PartitionHealth(
                        r.getString(1),
                        Verdict.valueOf(r.getString(2)),
                        r.getString(3),
                        days(r.getString(4)),
                        r.getString(5),
                        texts(r.getArray(6)),
                        r.getBoolean(7),
                        r.getLong(8),
                        r.getString(9),
                        r.getString(10),
                        r.getLong(11),
                        r.getLong(12),
                        r.getString(13),
                        r.getString(14),
                        r.getLong(15),
                        texts(r.getArray(16))));
    }

    private static double days(@Nullable String text) {
        return text == null ? 0 : Double.parseDouble(text);
    }

    private static List<String> texts(java.sql.@Nullable Array array) throws java.sql.SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }

    /** One line for people. */
    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        words.add(reason);
        words.add(daysAhead + " days ahead");
        words.add(partitions + " partitions of " + megabytes()
                + (oldest == null ? "" : " from " + oldest + " to " + newest));
        words.add(defaultFilled ? "about " + defaultRows + " rows in DEFAULT" : "nothing in DEFAULT");
        words.add(gaps.isEmpty() ? "no gaps" : "gaps: " + String.join(", ", gaps));
        words.add(retention());
        if (!orphans.isEmpty()) {
            words.add("former partitions: " + String.join(", ", orphans));
        }
        return verdict.name().toLowerCase(java.util.Locale.ROOT) + ": " + table + ": " + String.join("; ", words) + ".";
    }

    private String retention() {
        if (nextDrop == null) {
            return "no retention";
        }
        return nextDropAt == null
                ? "retention does not let " + nextDrop + " go for now"
                : "retention lets " + nextDrop + " go at " + nextDropAt;
    }

    private String megabytes() {
        return String.format(java.util.Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}

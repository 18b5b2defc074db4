package dev.tidemark.plan;

import java.time.Duration;
import java.util.Locale;

/** Times and sizes as people read them: the same digits in the runbook, in progress messages and in totals. */
public final class Figures {
    private static final String[] UNITS = {"kB", "MB", "GB", "TB", "PB"};

    private Figures() {}

    /** {@code 0.412 s}, {@code 41 s}, {@code 12 min 5 s}, {@code 3 h 20 min}: milliseconds only where they could matter. */
    public static String time(Duration time) {
        if (time.compareTo(Duration.ofSeconds(10)) < 0) {
            return String.format(Locale.ROOT, "%.3f s", time.toNanos() / 1e9);
        }
        if (time.compareTo(Duration.ofMinutes(2)) < 0) {
            return time.toSeconds() + " s";
        }
        return time.compareTo(Duration.ofHours(2)) < 0
                ? time.toMinutes() + " min " + time.toSecondsPart() + " s"
                : time.toHours() + " h " + time.toMinutesPart() + " min";
    }

    /** {@code 512 bytes}, {@code 0.5 MB}, {@code 885 MB}, {@code 2.6 GB}; thousands, as disks are sold. */
    public static String size(long bytes) {
        if (bytes < 1_000) {
            return bytes + " bytes";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1_000 && unit < UNITS.length - 1) {
            value /= 1_000;
            unit++;
        }
        return String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, UNITS[unit]);
    }
}

package dev.tidemark.journal;

import dev.tidemark.plan.Figures;
import dev.tidemark.plan.LogLimit;
import dev.tidemark.schema.Interval;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a copy may do to the server before it rests, or stops. Each has its default here, with the reason, and its column in the journal. */
public enum Limit {
    /**
     * How far behind any replica may be. 10 seconds: readers of a standby notice more, while checkpoints and a short vacuum there stay below it.
     */
    REPLICA_LAG("maxReplicaLag", "max_replica_lag_ms", Unit.MILLISECONDS, 10_000),

    /**
     * How much write-ahead log a slot that nobody reads may hold back. 4 GB: four times PostgreSQL's default of max_wal_size; a reader that
     * restarts is back long before, one that was forgotten never comes.
     */
    SLOT_WAL("maxSlotWal", "max_slot_bytes", Unit.BYTES, 4_000_000_000L),

    /** Write-ahead log of the whole server in a second. Off: no number fits both a laptop and an array; the other limits show when it is too much. */
    WAL_RATE("maxWalRate", "max_wal_bytes_per_second", Unit.BYTES, Limit.OFF),

    /** Finished log files that wait to be archived. 256: 4 GB at 16 MB each, as much as an idle slot may hold back. */
    ARCHIVE_BACKLOG("maxArchiveBacklog", "max_archive_backlog_files", Unit.NUMBER, 256),

    /**
     * Autovacuum workers on the table that are borne. 0: reading what a vacuum freezes takes the disk from it, and one against wraparound must
     * come to its end.
     */
    AUTOVACUUMS("maxAutovacuums", "max_autovacuums", Unit.NUMBER, 0),

    /** How long a commit may take, by the median of the last ones. 250 ms: people begin to notice a page that commits once or twice. */
    PROBE("maxProbe", "max_probe_ms", Unit.MILLISECONDS, 250),

    /**
     * How large the log of changes of a table may become until the cutover; then the run is taken back. 4 GB: some eighty million changes, which it
     * would take an hour or two to replay, and less than the disk reserve.
     */
    LOG("logLimit", "log_limit_bytes", Unit.BYTES, LogLimit.DEFAULT),

    /**
     * What stays free on each disk; below it the copy stops. 10 GB: the write-ahead log that slots and the archive may hold back by the limits
     * above, and some more until somebody is awake.
     */
    DISK_RESERVE("diskReserve", "disk_reserve_bytes", Unit.BYTES, 10_000_000_000L);

    /** As PostgreSQL's own settings have it. */
    static final long OFF = -1;

    private static final long WHOLE_SECONDS_FROM = 10_000;

    private enum Unit {
        MILLISECONDS,
        BYTES,
        NUMBER
    }

    private static final Pattern SIZE =
            Pattern.compile("(\\d{1,15}(?:\\.\\d{1,3})?)\\s*(|B|bytes|kB|MB|GB|TB|KiB|MiB|GiB|TiB)");
    private static final Map<String, Long> BYTES = Map.of(
            "kB",
            1_000L,
            "MB",
            1_000_000L,
            "GB",
            1_000_000_000L,
            "TB",
            1_000_000_000_000L,
            "KiB",
            1L << 10,
            "MiB",
            1L << 20,
            "GiB",
            1L << 30,
            "TiB",
            1L << 40);

    private final String attribute;
    private final String column;
    private final Unit unit;
    private final long ifUnset;

    Limit(String attribute, String column, Unit unit, long ifUnset) {
        this.attribute = attribute;
        this.column = column;
        this.unit = unit;
        this.ifUnset = ifUnset;
    }

    /** Its name as an attribute: {@code maxReplicaLag}. */
    public String attribute() {
        return attribute;
    }

    /** Its name on the command line: {@code --max-replica-lag}. */
    public String option() {
        return "--" + attribute.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    /** Its column in the journal's table {@code control}. */
    String column() {
        return column;
    }

    /** The default: milliseconds, bytes or a number; empty for off. */
    public OptionalLong ifUnset() {
        return value(ifUnset);
    }

    /** What a stored number means. */
    static OptionalLong value(long stored) {
        return stored == OFF ? OptionalLong.empty() : OptionalLong.of(stored);
    }

    /**
     * Reads a value as people write it: {@code 10 seconds}, {@code 64 MB}, {@code 1 GiB}, {@code 100}; {@code off} is empty.
     *
     * @throws IllegalArgumentException with what may be written
     */
    public OptionalLong parse(String text) {
        String trimmed = text.strip();
        if (trimmed.equals("off")) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(
                switch (unit) {
                    case MILLISECONDS -> Interval.parse(trimmed).roughly().toMillis();
                    case BYTES -> bytes(trimmed);
                    case NUMBER -> number(trimmed);
                });
    }

    /** A value as {@link #parse} reads it; empty is {@code off}. */
    public String words(OptionalLong value) {
        if (value.isEmpty()) {
            return "off";
        }
        return switch (unit) {
            case MILLISECONDS ->
                value.getAsLong() < WHOLE_SECONDS_FROM
                        ? value.getAsLong() + " ms"
                        : Figures.time(Duration.ofMillis(value.getAsLong()));
            case BYTES -> Figures.size(value.getAsLong());
            case NUMBER -> String.valueOf(value.getAsLong());
        };
    }

    private static long bytes(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a size; write it like \"64 MB\", \"1 GiB\" or \"off\"");
        }
        return new BigDecimal(size.group(1))
                .multiply(BigDecimal.valueOf(BYTES.getOrDefault(size.group(2), 1L)))
                .setScale(0, RoundingMode.FLOOR)
                .longValueExact();
    }

    private static long number(String text) {
        if (!text.matches("\\d{1,9}")) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a whole number of 0 or more; write it like \"100\" or \"off\"");
        }
        return Long.parseLong(text);
    }
}

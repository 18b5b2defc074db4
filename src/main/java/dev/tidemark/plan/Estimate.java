package dev.tidemark.plan;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a plan will take.
 *
 * @param windows its windows, in order
 * @param online how long the work beside the application takes, about
 * @param walBytes WAL written, about
 * @param diskBytes disk needed for good, about
 * @param locks lock entries that the greatest window needs
 * @param lockCapacity lock entries the server is sure to have
 * @param readBytesPerSecond what was measured on this disk; 0 if nothing was
 * @param steps of single steps: how long their work beside the application takes, about; by id, where it can be told
 */
public record Estimate(
        List<WindowEstimate> windows,
        Duration online,
        long walBytes,
        long diskBytes,
        long locks,
        long lockCapacity,
        long readBytesPerSecond,
        Map<String, Duration> steps) {

    /** Nothing to do. */
    public static final Estimate NONE = new Estimate(List.of(), Duration.ZERO, 0, 0, 0, 0, 0);

    public Estimate {
        windows = List.copyOf(windows);
        steps = Map.copyOf(steps);
    }

    /** One that cannot be told step by step. */
    public Estimate(
            List<WindowEstimate> windows,
            Duration online,
            long walBytes,
            long diskBytes,
            long locks,
            long lockCapacity,
            long readBytesPerSecond) {
        this(windows, online, walBytes, diskBytes, locks, lockCapacity, readBytesPerSecond, Map.of());
    }

    /**
     * One window.
     *
     * @param step the step it belongs to
     * @param hold how long its locks are held, about
     * @param lockedTables the tables whose readers and writers wait, as people write them
     */
    public record WindowEstimate(String step, Duration hold, List<String> lockedTables) {
        public WindowEstimate {
            lockedTables = List.copyOf(lockedTables);
        }
    }

    /** The longest window. */
    public Duration longestWindow() {
        return windows.stream()
                .map(WindowEstimate::hold)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }
}

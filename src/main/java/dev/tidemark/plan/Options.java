package dev.tidemark.plan;

import java.time.Duration;

/**
 * What holds for a whole conversion.
 *
 * @param strategy how the rows get there
 * @param maxPause the longest an application statement may wait, at least 100 ms; tuning, not part of a run's identity
 * @param foreignKeys what becomes of foreign keys between or into hypertables
 * @param keys what becomes of keys without the time column
 * @param includeDetached whether partitions that retention detached and kept become chunks too
 * @param dropExpired whether a retention policy may drop what the present set-up only detached and kept
 * @param policies when retention and compression begin
 * @param verification how it is proved
 * @param workers connections that work side by side where rows are copied; tuning, too
 * @param until how it behaves until its cutover; tuning, too
 */
public record Options(
        Strategy strategy,
        Duration maxPause,
        ForeignKeyChoice foreignKeys,
        KeyChoice keys,
        boolean includeDetached,
        boolean dropExpired,
        PolicyStart policies,
        Verification verification,
        int workers,
        UntilCutover until) {

    /** Shorter budgets cannot hold even the catalog work of a small table. */
    public static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);

    public static final Options DEFAULTS = new Options(
            Strategy.AUTO,
            Duration.ofSeconds(2),
            ForeignKeyChoice.REFUSE,
            KeyChoice.EXTEND,
            false,
            false,
            PolicyStart.AFTER_FINALIZE,
            Verification.STORAGE);

    /** The same with another strategy. */
    public Options with(Strategy choice) {
        return new Options(
                choice,
                maxPause,
                foreignKeys,
                keys,
                includeDetached,
                dropExpired,
                policies,
                verification,
                workers,
                until);
    }

    /** With the usual number of workers. */
    public Options(
            Strategy strategy,
            Duration maxPause,
            ForeignKeyChoice foreignKeys,
            KeyChoice keys,
            boolean includeDetached,
            boolean dropExpired,
            PolicyStart policies,
            Verification verification) {
        this(
                strategy,
                maxPause,
                foreignKeys,
                keys,
                includeDetached,
                dropExpired,
                policies,
                verification,
                Tuning.DEFAULT_WORKERS);
    }

    /** With a cutover as soon as possible. */
    public Options(
            Strategy strategy,
            Duration maxPause,
            ForeignKeyChoice foreignKeys,
            KeyChoice keys,
            boolean includeDetached,
            boolean dropExpired,
            PolicyStart policies,
            Verification verification,
            int workers) {
        this(
                strategy,
                maxPause,
                foreignKeys,
                keys,
                includeDetached,
                dropExpired,
                policies,
                verification,
                workers,
                UntilCutover.DEFAULTS);
    }

    public Options {
        if (maxPause.compareTo(SHORTEST_PAUSE) < 0) {
            throw new IllegalArgumentException(
                    "maxPause is " + maxPause.toMillis() + " ms; the shortest is " + SHORTEST_PAUSE.toMillis() + " ms");
        }
    }

    /** What of it may differ from one start of the run to the next. */
    public Tuning tuning() {
        return new Tuning(maxPause, workers, until);
    }
}

package dev.tidemark.plan;

import java.time.Duration;

/**
 * How a run is carried out, without a say in what it ends in: may differ from one start of a run to the next.
 *
 * @param maxPause the longest an application statement may wait, at least {@link Options#SHORTEST_PAUSE}
 * @param workers connections that work side by side, at most; as many as can be had, at least one. With one, one process of the server works at a time
 * @param until how it behaves until its cutover
 */
public record Tuning(Duration maxPause, int workers, UntilCutover until) {
    /** One for each core that even a small database server has. */
    public static final int DEFAULT_WORKERS = 2;

    /** More would wait for each other. */
    public static final int MOST_WORKERS = 64;

    public Tuning {
        if (workers < 1 || workers > MOST_WORKERS) {
            throw new IllegalArgumentException(
                    "workers is " + workers + "; from 1 to " + MOST_WORKERS + " are possible");
        }
    }

    /** With a cutover as soon as possible. */
    public Tuning(Duration maxPause, int workers) {
        this(maxPause, workers, UntilCutover.DEFAULTS);
    }

    /** With the usual number of workers. */
    public static Tuning of(Duration maxPause) {
        return new Tuning(maxPause, DEFAULT_WORKERS);
    }
}

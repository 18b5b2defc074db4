package dev.tidemark.bench;

import java.util.Map;

/**
 * One way to do what a contest is about.
 *
 * @param name what somebody would call it
 * @param attempt does it once
 */
record Way(String name, Attempt attempt) {

    /** Begins with the data made anew, and measures. */
    interface Attempt {
        Map<Figure, Double> run(Arena arena) throws Exception;
    }
}

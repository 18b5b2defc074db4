package dev.tidemark.bench;

import java.util.Locale;

/**
 * What the project holds itself to, and what was measured.
 *
 * @param what what is promised, in words
 * @param kind whether it depends on the machine
 * @param bound the bound, as people write it
 * @param measured what was measured, as people write it
 * @param held whether it was kept
 */
record Promise(String what, Kind kind, String bound, String measured, boolean held) {

    /** What a promise is about. */
    enum Kind {
        /** Time, and what follows from it: a small share of the rows on a busy machine says nothing about it. */
        SPEED,
        /** Contents and failures: holds with any number of rows, on any machine. */
        TRUTH
    }

    static Promise atMost(String what, Figure figure, double bound, double measured) {
        return new Promise(what, Kind.SPEED, "≤ " + figure.text(bound), figure.text(measured), measured <= bound);
    }

    static Promise atLeast(String what, Figure figure, double bound, double measured) {
        return new Promise(what, Kind.SPEED, "≥ " + figure.text(bound), figure.text(measured), measured >= bound);
    }

    /** So many times another figure. */
    static Promise atLeastTimes(String what, double bound, double ratio) {
        return new Promise(what, Kind.SPEED, "≥ " + times(bound), times(ratio), ratio >= bound);
    }

    static Promise atMostTimes(String what, double bound, double ratio) {
        return new Promise(what, Kind.SPEED, "≤ " + times(bound), times(ratio), ratio <= bound);
    }

    static Promise none(String what, double measured) {
        return new Promise(what, Kind.TRUTH, "0", String.format(Locale.ROOT, "%,.0f", measured), measured == 0);
    }

    private static String times(double ratio) {
        return String.format(Locale.ROOT, "%.2f×", ratio);
    }
}

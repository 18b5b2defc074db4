package dev.tidemark.bench;

import java.util.Locale;

/** Something that is measured, in one unit everywhere. */
enum Figure {
    TOTAL("total", "s", 1),
    WINDOW("window", "ms", 0),
    /** How long COMMIT took to answer, of the longest window: in it the locks go, and then the files of what was dropped. */
    COMMIT("its COMMIT", "ms", 0),
    WAL("WAL", "MB", 0),
    DISK("disk at peak", "MB", 0),
    LONGEST_WAIT("longest wait", "ms", 0),
    P50("p50", "ms", 1),
    P99("p99", "ms", 1),
    RATE("of its rate", "%", 1),
    PROOF("proof, of the copy", "%", 0),
    HEAP("peak heap", "MB", 0),
    /** Statements of an application. */
    FAILED("failed", "", 0),
    /** What is not as the application has been told, or as it was before. */
    DIFFERENCES("differences", "", 0),
    FORETOLD_TOTAL("foretold total", "s", 1),
    FORETOLD_WINDOW("foretold window", "ms", 0),
    FORETOLD_WAL("foretold WAL", "MB", 0),
    FORETOLD_DISK("foretold disk", "MB", 0);

    private final String words;
    private final String unit;
    private final int decimals;

    Figure(String words, String unit, int decimals) {
        this.words = words;
        this.unit = unit;
        this.decimals = decimals;
    }

    String words() {
        return words;
    }

    /** As people write it, with its unit. */
    String text(double value) {
        String number = String.format(Locale.ROOT, "%,." + decimals + "f", value);
        return unit.isEmpty() ? number : number + " " + unit;
    }

    /** Whether it is told with the promises or beside what came of it, not in the table of a contest. */
    boolean isToldElsewhere() {
        return this == FAILED || this == DIFFERENCES || name().startsWith("FORETOLD");
    }
}

package dev.tidemark.plan;

/** The unit of an integer time column, counted from 1970-01-01 00:00 UTC. */
public enum Epoch {
    S(1),
    MS(1_000),
    US(1_000_000),
    NS(1_000_000_000);

    private final long perSecond;

    Epoch(long perSecond) {
        this.perSecond = perSecond;
    }

    /** Units in a second. */
    public long perSecond() {
        return perSecond;
    }
}

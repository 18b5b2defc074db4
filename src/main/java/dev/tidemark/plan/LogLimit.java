package dev.tidemark.plan;

/** How large a log of changes may become until the cutover: what its trigger goes by where nobody has said anything else. */
public final class LogLimit {
    /** In bytes. */
    public static final long DEFAULT = 4_000_000_000L;

    /** So much it may always have, in bytes: a smaller log is not worth asking the journal for its limit. */
    public static final long LEAST = 1_000_000;

    private LogLimit() {}
}

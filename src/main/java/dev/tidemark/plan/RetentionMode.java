package dev.tidemark.plan;

/** What becomes of a partition that has grown too old. */
public enum RetentionMode {
    /** It is dropped. */
    DROP,
    /** It becomes a table of its own, which is dropped when it has been one for the grace period; without one it stays. */
    DETACH,
    /** The same in another schema. */
    MOVE
}

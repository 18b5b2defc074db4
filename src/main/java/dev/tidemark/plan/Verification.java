package dev.tidemark.plan;

/** How a conversion proves itself. */
public enum Verification {
    /** File nodes, coverage, and a hash read through the table's name for a hot and a cold part. */
    STORAGE,
    /** The hash of every row, before and after. */
    CONTENTS,
    /** Not at all. */
    NONE
}

package dev.tidemark.plan;

/** When retention and compression begin. */
public enum PolicyStart {
    /** They are created paused and start at finalize: until then nothing is dropped, so the way back loses nothing and stays fast. */
    AFTER_FINALIZE,
    /** At once after the cutover. */
    NOW
}

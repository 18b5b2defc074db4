package dev.tidemark.plan;

/** What becomes of unique keys that do not contain the time column. */
public enum KeyChoice {
    /** The primary key is extended by the time column; other keys are refused. */
    EXTEND,
    /** Any such key refuses the conversion. */
    REFUSE
}

package dev.tidemark.schema;

/** Whether a table survives a crash. */
public enum Persistence {
    PERMANENT,
    UNLOGGED,
    TEMPORARY
}

package dev.tidemark.plan;

/** How a conversion gets the rows into the new layout. */
public enum Strategy {
    /** attach if allowed here and its predicted window fits; else it says what it would do. */
    AUTO,
    /** Existing partitions become chunks by TimescaleDB's attach_chunk. */
    ATTACH,
    /** Existing partitions become chunks by the catalog rows that TimescaleDB's own restore loads. */
    ADOPT,
    /** Rows go to a new table. */
    COPY
}

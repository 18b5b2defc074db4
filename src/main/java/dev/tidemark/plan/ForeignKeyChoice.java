package dev.tidemark.plan;

/** What becomes of foreign keys that a hypertable cannot have or that would break its maintenance. */
public enum ForeignKeyChoice {
    /** The conversion is refused and the finding explains. */
    REFUSE,
    /** A generated trigger pair takes over. */
    TRIGGER,
    /** It is dropped, recorded, and put back by undo. */
    DROP
}

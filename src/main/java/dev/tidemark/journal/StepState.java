package dev.tidemark.journal;

/** How far a step has come. */
public enum StepState {
    PENDING,
    STARTED,
    DONE,
    UNDOING,
    UNDONE
}

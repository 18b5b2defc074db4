package dev.tidemark.sql;

import org.jspecify.annotations.Nullable;

/** A commit was sent and its answer never came. Running the same change again finds out from the journal which of the two happened. */
public class OwnershipUnknown extends TidemarkException {
    private static final long serialVersionUID = 1L;

    public OwnershipUnknown(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

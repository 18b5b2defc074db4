package dev.tidemark.session;

import dev.tidemark.sql.OwnershipUnknown;

/** The connection broke between COMMIT and its answer. */
public class CommitUnanswered extends OwnershipUnknown {
    private static final long serialVersionUID = 1L;

    public CommitUnanswered(DatabaseException cause) {
        super(
                "The connection broke while a commit was under way, so it is unknown here whether it took effect. Run the same change again:"
                        + " the journal knows.",
                cause);
    }
}

package dev.tidemark.run;

import dev.tidemark.sql.RetryLater;
import org.jspecify.annotations.Nullable;

/** A table was truncated after it was proved: what is there now has to be copied and proved anew. */
final class ProveAgain extends RetryLater {
    private static final long serialVersionUID = 1L;

    ProveAgain(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

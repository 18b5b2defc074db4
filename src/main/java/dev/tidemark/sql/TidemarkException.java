package dev.tidemark.sql;

import org.jspecify.annotations.Nullable;

/**
 * Root of everything Tidemark throws on purpose. Its message names the object, the reason and the remedy.
 *
 * <p>Callers tell three families apart: {@link RetryLater} (the same call may succeed later), {@link Refused} (it fails again until somebody
 * changes something) and {@link OwnershipUnknown} (a commit was sent and its answer lost). Never carries a password.
 */
public class TidemarkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TidemarkException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

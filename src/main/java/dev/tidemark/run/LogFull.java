package dev.tidemark.run;

import dev.tidemark.sql.RetryLater;
import org.jspecify.annotations.Nullable;

/** The log of changes has reached its limit: not every change was recorded, and the run can only be taken back. */
final class LogFull extends RetryLater {
    private static final long serialVersionUID = 1L;

    LogFull(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

package dev.tidemark.sql;

import org.jspecify.annotations.Nullable;

/** Nothing is wrong but the moment: a lock was not to be had, a connection was lost, another run is at work. Everything is as it was. */
public class RetryLater extends TidemarkException {
    private static final long serialVersionUID = 1L;

    public RetryLater(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

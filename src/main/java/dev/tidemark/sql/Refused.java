package dev.tidemark.sql;

import org.jspecify.annotations.Nullable;

/** The request, the table or the server does not allow it; trying again gives the same answer until somebody changes something. */
public class Refused extends TidemarkException {
    private static final long serialVersionUID = 1L;

    public Refused(String message) {
        this(message, null);
    }

    public Refused(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

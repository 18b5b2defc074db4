package dev.tidemark.run;

import dev.tidemark.sql.Refused;
import org.jspecify.annotations.Nullable;

/** A step failed for a reason that trying again would not cure. What came before it is kept and recorded. */
public class StepFailed extends Refused {
    private static final long serialVersionUID = 1L;

    StepFailed(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

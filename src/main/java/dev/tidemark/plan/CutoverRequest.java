package dev.tidemark.plan;

import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.Optional;

/**
 * The wish that a conversion which waits for its cutover goes on.
 *
 * @param table a table of the conversion
 * @param maxPause the budget of its windows; what the conversion was begun with if empty
 * @param hours in which the cutover may begin; any time if empty
 */
public record CutoverRequest(TableName table, Optional<Duration> maxPause, Optional<CutoverHours> hours) {
    /** The name of the Liquibase change. */
    public static final String KIND = "cutoverConversion";

    /** At once. */
    public CutoverRequest(TableName table) {
        this(table, Optional.empty(), Optional.empty());
    }
}

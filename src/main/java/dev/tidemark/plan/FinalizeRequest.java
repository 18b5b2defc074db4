package dev.tidemark.plan;

import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.Map;

/**
 * The wish to give up the way back of a conversion.
 *
 * @param table a table of the conversion; the whole group is finalized
 * @param confirm must repeat the table's name without its schema, so that nobody finalizes by copy and paste
 * @param minimumAge how long ago the cutover must be
 * @param dropRest whether a retired table may go although it holds rows that exist nowhere else
 * @param maxPause the budget of each window
 */
public record FinalizeRequest(
        TableName table, String confirm, Duration minimumAge, boolean dropRest, Duration maxPause) {
    /** The kind of run in the journal; also the name of the Liquibase change. */
    public static final String KIND = "finalizeConversion";

    /** What a resume must find unchanged: the conversion. */
    public static Map<String, String> identity(String conversion) {
        return Map.of("conversion", conversion);
    }

    /** A week: by then a weekly job has met the new layout once. */
    public static final Duration DEFAULT_MINIMUM_AGE = Duration.ofDays(7);
}

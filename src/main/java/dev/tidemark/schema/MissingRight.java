package dev.tidemark.schema;

import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * What the session's user may not do with something that exists.
 *
 * @param object as GRANT names it: {@code SCHEMA "partman"}, {@code TABLE "partman"."part_config"}
 * @param rights the privileges that are missing
 */
public record MissingRight(String object, List<String> rights) {

    public MissingRight {
        rights = List.copyOf(rights);
    }

    /** Whether not even reading is allowed. */
    public boolean keepsFromReading() {
        return rights.contains("USAGE") || rights.contains("SELECT");
    }

    /** The statement that gives it. */
    public String grant(String user) {
        return "GRANT " + String.join(", ", rights) + " ON " + object + " TO " + Sql.identifier(user) + ";";
    }

    @Override
    public String toString() {
        return String.join(", ", rights) + " on " + object;
    }
}

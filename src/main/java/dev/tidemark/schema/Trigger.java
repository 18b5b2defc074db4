package dev.tidemark.schema;

import dev.tidemark.sql.Definition;
import org.jspecify.annotations.Nullable;

/**
 * One user trigger.
 *
 * @param name its name
 * @param definition the whole CREATE TRIGGER statement, with the table's present name in it
 * @param row whether it fires FOR EACH ROW
 * @param transitionTables whether it has REFERENCING
 * @param enabled O (origin), D (disabled), R (replica) or A (always), as {@code pg_trigger.tgenabled}
 * @param comment its comment
 */
public record Trigger(
        String name,
        Definition definition,
        boolean row,
        boolean transitionTables,
        String enabled,
        @Nullable String comment) {}

package dev.tidemark.schema;

import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import org.jspecify.annotations.Nullable;

/**
 * Extended statistics.
 *
 * @param name the object's schema and name
 * @param definition the whole CREATE STATISTICS statement
 * @param target its statistics target, -1 for the default
 * @param comment its comment
 */
public record StatisticsObject(TableName name, Definition definition, int target, @Nullable String comment) {}

package dev.tidemark.schema;

import dev.tidemark.sql.TableName;

/**
 * A sequence that belongs to a column.
 *
 * @param name the sequence
 * @param column the column
 * @param identity whether it is the inner sequence of an identity column
 */
public record OwnedSequence(TableName name, String column, boolean identity) {}

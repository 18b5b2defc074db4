package dev.tidemark.journal;

import org.jspecify.annotations.Nullable;

/**
 * A part of the work of a step that is done in one transaction.
 *
 * @param number its number, unique in the journal
 * @param part the relation it is a part of, or a statement
 * @param lower where it begins, in the unit of its step; null for the beginning
 * @param upper where it ends, excluded; null for the end
 * @param weight its size in the unit of its step
 */
public record Slice(long number, String part, @Nullable String lower, @Nullable String upper, long weight) {}

/**
 * What is done: runs, steps, locks and proofs, kept in the target database, with everything else of ours that stays there.
 *
 * <p>Entry type: {@link dev.tidemark.journal.Journal}. One versioned installation ({@code journal.sql}). May use {@code sql}, {@code schema},
 * {@code session} and {@code plan}. Internal: may change in any release; the tables themselves are versioned and upgraded.
 */
@NullMarked
package dev.tidemark.journal;

import org.jspecify.annotations.NullMarked;

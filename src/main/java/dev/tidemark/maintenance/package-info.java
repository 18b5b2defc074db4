/**
 * What goes on after a conversion: chunks become too old.
 *
 * <p>Entry type: {@link dev.tidemark.maintenance.Retention}. The rules live in the database ({@code retention.sql}); this only calls them. May use
 * {@code sql}, {@code session} and {@code journal}. Internal: may change in any release.
 */
@NullMarked
package dev.tidemark.maintenance;

import org.jspecify.annotations.NullMarked;

/**
 * What goes on after a conversion: partitions are made ahead, partitions and chunks become too old.
 *
 * <p>Entry type: {@link dev.tidemark.maintenance.Maintenance}. The rules live in the database ({@code retention.sql}, {@code upkeep.sql} and those beside it);
 * this only calls them. May use {@code sql}, {@code session} and {@code journal}. Internal: may change in any release.
 */
@NullMarked
package dev.tidemark.maintenance;

import org.jspecify.annotations.NullMarked;

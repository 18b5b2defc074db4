/**
 * Work that is cut into slices and done side by side: copying rows, building indexes, proving; and what makes it give way to the application.
 *
 * <p>Entry types: {@link dev.tidemark.transfer.Transfer}, which does not know what a slice does, and {@link dev.tidemark.transfer.Throttle}, which says when
 * work has to rest or to stop. May use {@code sql}, {@code schema}, {@code session}, {@code catalog}, {@code plan} and {@code journal}. Internal: may
 * change in any release.
 */
@NullMarked
package dev.tidemark.transfer;

import org.jspecify.annotations.NullMarked;

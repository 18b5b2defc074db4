/**
 * Work that is cut into slices and done side by side: copying rows, building indexes, proving.
 *
 * <p>Entry type: {@link dev.tidemark.transfer.Transfer}. It does not know what a slice does. May use {@code sql}, {@code session}, {@code plan} and
 * {@code journal}. Internal: may change in any release.
 */
@NullMarked
package dev.tidemark.transfer;

import org.jspecify.annotations.NullMarked;

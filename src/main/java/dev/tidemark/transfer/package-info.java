/**
 * Copies rows beside the application, and gives way to it.
 *
 * <p>Entry type: {@link dev.tidemark.transfer.Throttle}, which says when a copy has to rest or to stop. Decides nothing about what is copied. May use
 * {@code sql}, {@code schema}, {@code session}, {@code catalog}, {@code plan} and {@code journal}. Internal: may change in any release.
 */
@NullMarked
package dev.tidemark.transfer;

import org.jspecify.annotations.NullMarked;

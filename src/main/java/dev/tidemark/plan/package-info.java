/**
 * Decides: from what a table and a server are to an ordered list of steps, each with its way back, and to what stands against it.
 *
 * <p>Entry type: {@link dev.tidemark.plan.Planner}. Pure: the same values give the same plan, and no database is asked. May use {@code sql}
 * and {@code schema}, never {@code java.sql}. API.
 */
@NullMarked
package dev.tidemark.plan;

import org.jspecify.annotations.NullMarked;

/**
 * Carries plans out: windows within their budget, journal, resume, undo.
 *
 * <p>Entry type: {@link dev.tidemark.run.Runner}, the only interpreter of actions that changes anything. May use {@code sql}, {@code schema},
 * {@code session}, {@code catalog}, {@code plan} and {@code journal}. Internal: may change in any release, except
 * {@link dev.tidemark.run.Listener}, {@link dev.tidemark.run.Outcome} and {@link dev.tidemark.run.Assistance}, which users meet.
 */
@NullMarked
package dev.tidemark.run;

import org.jspecify.annotations.NullMarked;

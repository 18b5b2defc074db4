/**
 * One JDBC connection and what its errors mean.
 *
 * <p>Entry type: {@link dev.tidemark.session.Session}. Decides nothing. May use {@code sql}. Internal: may change in any release, except
 * {@link dev.tidemark.session.DatabaseException}, which users meet.
 */
@NullMarked
package dev.tidemark.session;

import org.jspecify.annotations.NullMarked;

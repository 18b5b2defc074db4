/**
 * JDBC connections, one or several to the same place, and what their errors mean.
 *
 * <p>Entry types: {@link dev.tidemark.session.Session}, {@link dev.tidemark.session.SiblingOpener}. Decides nothing. May use {@code sql}.
 * Internal: may change in any release, except {@link dev.tidemark.session.DatabaseException}, which users meet, and
 * {@link dev.tidemark.session.Siblings}, which they may give.
 */
@NullMarked
package dev.tidemark.session;

import org.jspecify.annotations.NullMarked;

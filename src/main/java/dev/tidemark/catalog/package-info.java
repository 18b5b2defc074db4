/**
 * Reads tables and the server into the records of {@code schema}.
 *
 * <p>Entry type: {@link dev.tidemark.catalog.Catalog}. One file per query: the query, then what becomes of a row. Judges nothing and changes nothing.
 * May use {@code sql}, {@code session} and {@code schema}. Internal: may change in any release.
 */
@NullMarked
package dev.tidemark.catalog;

import org.jspecify.annotations.NullMarked;

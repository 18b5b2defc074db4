/**
 * What a table and a server are, as values: read by {@code catalog}, judged by {@code plan}.
 *
 * <p>Entry types: {@link dev.tidemark.schema.Table} and {@link dev.tidemark.schema.Server}. Nothing here knows how it was read. Definitions are
 * PostgreSQL's own text with every name qualified. May use {@code sql}. API.
 */
@NullMarked
package dev.tidemark.schema;

import org.jspecify.annotations.NullMarked;

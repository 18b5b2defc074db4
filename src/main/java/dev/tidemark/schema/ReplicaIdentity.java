package dev.tidemark.schema;

import org.jspecify.annotations.Nullable;

/**
 * What logical replication identifies rows by.
 *
 * @param kind d (primary key), n (nothing), f (full row) or i (an index), as {@code pg_class.relreplident}
 * @param index the index, for i
 */
public record ReplicaIdentity(String kind, @Nullable String index) {}

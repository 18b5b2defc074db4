package dev.tidemark.catalog;

import dev.tidemark.catalog.RelationQuery.Relation;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.ReplicaIdentity;
import dev.tidemark.schema.RowSecurity;
import dev.tidemark.schema.Size;
import dev.tidemark.schema.Table;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A relation that is no table: what it is, and nothing else. */
final class OtherKind {
    private OtherKind() {}

    static Table of(Relation relation) {
        Partition nothing = new Partition(
                relation.name(),
                relation.oid(),
                null,
                relation.kind(),
                relation.persistence(),
                false,
                false,
                Range.UNBOUNDED,
                0,
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false,
                relation.owner(),
                null,
                false,
                true,
                Optional.empty(),
                Size.NONE);
        return new Table(
                relation.name(),
                relation.oid(),
                relation.kind(),
                relation.owner(),
                relation.persistence(),
                new Layout.Heap(nothing),
                List.of(),
                0,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                RowSecurity.NONE,
                List.of(),
                null,
                new ReplicaIdentity("n", null),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                null,
                List.of(),
                List.of(),
                List.of(),
                null,
                Size.NONE);
    }
}

package dev.tidemark.catalog;

import dev.tidemark.catalog.StorageQuery.Storage;
import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Partition.PartitionIndex;
import dev.tidemark.schema.Partition.Span;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Many pieces of storage with the same few statements. */
final class PartitionReader {
    private final Session session;
    private final @Nullable String timeColumn;
    private final Function<Storage, Range> range;
    private final Set<TableName> compressed;
    private final @Nullable TableName formerParent;

    /**
     * {@code timeColumn} is the one whose values are looked at, null if unknown. {@code compressed}: chunks whose rows do not show in their heap.
     * {@code formerParent}: the parent of detached tables, otherwise null.
     */
    PartitionReader(
            Session session,
            @Nullable String timeColumn,
            Function<Storage, Range> range,
            Set<TableName> compressed,
            @Nullable TableName formerParent) {
        this.session = session;
        this.timeColumn = timeColumn;
        this.range = range;
        this.compressed = Set.copyOf(compressed);
        this.formerParent = formerParent;
    }

    /** For what is attached: the range of its bound, as far as that is about {@code timeColumn}. */
    static PartitionReader attached(Session session, @Nullable String timeColumn) {
        return new PartitionReader(
                session,
                timeColumn,
                s -> isByTime(s, timeColumn) ? Bounds.range(s.bound()) : Range.UNBOUNDED,
                Set.of(),
                null);
    }

    private static boolean isByTime(Storage piece, @Nullable String timeColumn) {
        return piece.boundColumn() != null && piece.boundColumn().equals(timeColumn);
    }

    /** In the order of their names. */
    List<Partition> read(Collection<Long> relations) {
        List<Storage> pieces = StorageQuery.read(session, relations);
        Map<Long, List<PartitionIndex>> indexes = IndexesQuery.read(session, relations);
        Map<Long, List<Constraint>> constraints = ConstraintsQuery.read(session, relations);
        Map<Long, Span> spans = spans(pieces, indexes);
        Set<Long> empty = empty(pieces, spans);
        return pieces.stream()
                .map(s -> new Partition(
                        s.name(),
                        s.oid(),
                        formerParent == null ? s.parent() : formerParent,
                        s.kind(),
                        s.persistence(),
                        "DEFAULT".equals(s.bound()),
                        isByTime(s, timeColumn),
                        range.apply(s),
                        s.attributeCount(),
                        s.attributeNumbers(),
                        indexes.getOrDefault(s.oid(), List.of()),
                        constraints.getOrDefault(s.oid(), List.of()),
                        s.foreignKeyNames(),
                        s.ownTriggers(),
                        s.rowSecurity(),
                        s.owner(),
                        s.tablespace(),
                        s.hasInheritanceChildren(),
                        empty.contains(s.oid()),
                        Optional.ofNullable(spans.get(s.oid())).filter(span -> span.rows() > 0),
                        s.size()))
                .toList();
    }

    private Map<Long, Span> spans(List<Storage> pieces, Map<Long, List<PartitionIndex>> indexes) {
        if (timeColumn == null) {
            return Map.of();
        }
        List<Storage> open = pieces.stream()
                .filter(s -> s.kind() == RelationKind.TABLE
                        && s.readable()
                        && s.size().heapBytes() > 0)
                .filter(s -> !range.apply(s).lower().isFinite()
                        || !range.apply(s).upper().isFinite())
                .toList();
        return SpanQuery.read(session, open, indexes, timeColumn);
    }

    /** Where a span was read, it has said already whether there are rows. */
    private Set<Long> empty(List<Storage> pieces, Map<Long, Span> spans) {
        List<Storage> unknown = pieces.stream()
                .filter(s -> !spans.containsKey(s.oid()) && !compressed.contains(s.name()))
                .toList();
        Set<Long> empty = new HashSet<>(EmptinessQuery.read(session, unknown));
        spans.forEach((oid, span) -> {
            if (span.rows() == 0) {
                empty.add(oid);
            }
        });
        return EmptinessQuery.withParents(pieces, empty);
    }
}

package dev.tidemark.catalog;

import dev.tidemark.catalog.PartitionTreeQuery.PartitionKey;
import dev.tidemark.catalog.RelationQuery.Relation;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.Server.Extension;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How a table stores its rows. */
final class LayoutReader {
    private static final Comparator<Partition> BY_LOWER_BOUND =
            Comparator.comparing((Partition p) -> p.range().lower()).thenComparing(Partition::name);

    private final Session session;
    private final Extensions extensions;

    LayoutReader(Session session, Extensions extensions) {
        this.session = session;
        this.extensions = extensions;
    }

    /** {@code timeColumn}: of a plain table; the others know theirs. */
    Layout read(Relation table, @Nullable String timeColumn) {
        if (table.kind() == RelationKind.PARTITIONED_TABLE) {
            return partitions(table);
        }
        if (extensions.hypertables().contains(table.oid())) {
            return hypertable(table.name(), table.oid());
        }
        return new Layout.Heap(PartitionReader.attached(session, timeColumn)
                .read(List.of(table.oid()))
                .get(0));
    }

    private Layout partitions(Relation table) {
        PartitionKey key = PartitionTreeQuery.key(session, table.oid());
        List<Partition> partitions = new ArrayList<>(
                PartitionReader.attached(session, key.timeColumn().orElse(null))
                        .read(PartitionTreeQuery.partitions(session, table.oid())));
        partitions.sort(BY_LOWER_BOUND);
        Optional<PartmanConfiguration> partman = extensions
                .partman()
                .filter(e -> extensions.partmanReadable())
                .flatMap(e -> PartmanQuery.read(session, e, table.name()));
        List<Partition> detached = partman.isPresent() && extensions.partman().isPresent()
                ? detached(table, key, partitions, extensions.partman().get(), partman.get())
                : List.of();
        return new Layout.NativePartitions(
                key.method(), key.columns(), key.hasExpressions(), partitions, partman, detached);
    }

    private List<Partition> detached(
            Relation table,
            PartitionKey key,
            List<Partition> attached,
            Extension partman,
            PartmanConfiguration configuration) {
        List<DetachedQuery.Candidate> candidates = DetachedQuery.read(session, table.oid());
        Optional<PartmanGrid> grid = PartmanGridQuery.read(session, partman, table.oid(), configuration.parentTable());
        if (candidates.isEmpty() || grid.isEmpty()) {
            return List.of();
        }
        List<Partition> siblings =
                attached.stream().filter(p -> table.name().equals(p.parent())).toList();
        List<Partition> detached = new ArrayList<>(
                new DetachedReader(session, table.name(), key.timeColumn().orElse(null))
                        .read(candidates, grid.get(), siblings));
        detached.sort(BY_LOWER_BOUND);
        return detached;
    }

    private Layout hypertable(TableName name, long oid) {
        HypertableQuery.Dimension dimension = HypertableQuery.dimension(session, name);
        Map<TableName, HypertableQuery.Chunk> chunks = HypertableQuery.chunks(session, name);
        Set<TableName> compressed = chunks.values().stream()
                .filter(HypertableQuery.Chunk::compressed)
                .map(HypertableQuery.Chunk::name)
                .collect(Collectors.toSet());
        List<Partition> partitions =
                new ArrayList<>(new PartitionReader(session, null, s -> rangeOf(chunks.get(s.name())), compressed, null)
                        .read(PartitionTreeQuery.children(session, oid)));
        partitions.sort(BY_LOWER_BOUND);
        return new Layout.Hypertable(
                dimension.timeColumn(),
                dimension.dimensions(),
                dimension.chunkInterval(),
                partitions,
                partitions.stream()
                        .map(Partition::name)
                        .filter(compressed::contains)
                        .toList(),
                HypertableQuery.jobs(session, name),
                HypertableQuery.aggregates(session, name),
                HypertableQuery.settings(session, name),
                compressed.isEmpty() ? Layout.Hypertable.Compression.NONE : HypertableQuery.compression(session, name));
    }

    private static Range rangeOf(HypertableQuery.@Nullable Chunk chunk) {
        return chunk == null ? Range.UNBOUNDED : chunk.range();
    }
}

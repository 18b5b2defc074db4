package dev.tidemark.catalog;

import dev.tidemark.catalog.RelationQuery.Relation;
import dev.tidemark.schema.Column;
import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Grant;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Partition.PartitionIndex;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.RowSecurity;
import dev.tidemark.schema.Size;
import dev.tidemark.schema.Table;
import dev.tidemark.session.Session;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts one table together. */
final class TableReader {
    private TableReader() {}

    static Table read(Session session, Relation table, @Nullable String timeColumn, Extensions extensions) {
        long oid = table.oid();
        Layout layout = new LayoutReader(session, extensions).read(table, timeColumn);
        Map<String, List<Grant>> grants = GrantsQuery.read(session, oid);
        List<Column> columns = ColumnsQuery.read(session, oid, grants);
        List<Index> indexes = IndexesQuery.read(session, List.of(oid)).getOrDefault(oid, List.of()).stream()
                .map(PartitionIndex::index)
                .toList();
        List<Constraint> constraints =
                ConstraintsQuery.read(session, List.of(oid)).getOrDefault(oid, List.of());
        return new Table(
                table.name(),
                oid,
                table.kind(),
                table.owner(),
                table.persistence(),
                layout,
                columns,
                table.attributeCount(),
                indexes,
                constraints,
                ForeignKeysQuery.from(session, oid, extensions.hypertables()),
                ForeignKeysQuery.to(session, oid, extensions.hypertables()),
                TriggersQuery.read(session, oid),
                table.rules(),
                new RowSecurity(
                        table.rowSecurity(),
                        table.forcedRowSecurity(),
                        PoliciesQuery.read(session, oid),
                        table.rowSecurityApplies()),
                grants.getOrDefault(GrantsQuery.WHOLE_TABLE, List.of()),
                table.comment(),
                table.replicaIdentity(),
                PublicationsQuery.read(session, oid, extensions.serverVersion()),
                SequencesQuery.read(session, oid),
                StatisticsQuery.read(session, oid),
                table.options(),
                table.tablespace(),
                DependentsQuery.read(session, oid),
                InheritanceQuery.parents(session, oid, extensions.hypertables()),
                InheritanceQuery.children(session, oid, extensions.hypertables()),
                table.ofType(),
                size(layout));
    }

    private static Size size(Layout layout) {
        List<Partition> pieces = layout.match(h -> List.of(h.storage()), p -> p.partitions(), h -> h.chunks());
        return pieces.stream()
                .filter(p -> p.kind() != RelationKind.PARTITIONED_TABLE)
                .map(Partition::size)
                .reduce(Size.NONE, Size::plus);
    }
}

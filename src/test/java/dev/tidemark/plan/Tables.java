package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Column;
import dev.tidemark.schema.Constraint;
import dev.tidemark.schema.Dependent;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Persistence;
import dev.tidemark.schema.Publication;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.schema.ReplicaIdentity;
import dev.tidemark.schema.RowSecurity;
import dev.tidemark.schema.Size;
import dev.tidemark.schema.Table;
import dev.tidemark.schema.Trigger;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tables made by hand: {@code "public"."m" (id bigint, ts timestamptz not null)}, owned by {@code app}, plain until it gets partitions. */
final class Tables {
    static final TableName M = new TableName("public", "m");
    /** Midnight of 2026-11-01 UTC. */
    static final long NOVEMBER = 1_793_491_200_000_000L;

    static final long DAY = 86_400_000_000L;

    RelationKind kind = RelationKind.TABLE;
    String owner = "app";
    Persistence persistence = Persistence.PERMANENT;
    final List<Column> columns =
            new ArrayList<>(List.of(column("id", "bigint"), column("ts", "timestamp with time zone")));
    final List<Index> indexes = new ArrayList<>();
    final List<Constraint> constraints = new ArrayList<>();
    final List<ForeignKey> referencedBy = new ArrayList<>();
    final List<Trigger> triggers = new ArrayList<>();
    final List<String> rules = new ArrayList<>();
    RowSecurity security = RowSecurity.NONE;
    final List<Publication> publications = new ArrayList<>();
    final List<Dependent> dependents = new ArrayList<>();
    final List<TableName> parents = new ArrayList<>();
    final List<TableName> children = new ArrayList<>();
    Definition ofType;
    String method = "RANGE";
    List<String> keyColumns = List.of("ts");
    boolean keyHasExpressions;
    final List<Partition> partitions = new ArrayList<>();
    final List<Partition> detached = new ArrayList<>();
    PartmanConfiguration partman;
    Piece heap = piece("m");
    Layout.Hypertable hypertable;

    Table build() {
        Layout layout = hypertable != null
                ? hypertable
                : partitions.isEmpty()
                        ? new Layout.Heap(heap.build())
                        : new Layout.NativePartitions(
                                method,
                                keyColumns,
                                keyHasExpressions,
                                partitions,
                                Optional.ofNullable(partman),
                                detached);
        Size size = Size.NONE;
        for (Partition piece : partitions.isEmpty() ? List.of(heap.build()) : partitions) {
            size = size.plus(piece.size());
        }
        return new Table(
                M,
                1,
                partitions.isEmpty() ? kind : RelationKind.PARTITIONED_TABLE,
                owner,
                persistence,
                layout,
                columns,
                columns.size(),
                indexes,
                constraints,
                List.of(),
                referencedBy,
                triggers,
                rules,
                security,
                List.of(),
                null,
                new ReplicaIdentity("d", null),
                publications,
                List.of(),
                List.of(),
                List.of(),
                null,
                dependents,
                parents,
                children,
                ofType,
                size);
    }

    /** Partitions of one day each from November 1st on. */
    Tables daily(int days) {
        for (int day = 0; day < days; day++) {
            partitions.add(day(day).build());
        }
        return this;
    }

    static Piece day(int day) {
        Piece piece = piece("m_p" + (20261101 + day));
        piece.range = new Range(bound(NOVEMBER + day * DAY), bound(NOVEMBER + (day + 1) * DAY));
        return piece;
    }

    static Piece piece(String name) {
        return new Piece(name);
    }

    static Bound bound(long micros) {
        return Subjects.bound(TimeType.TIMESTAMPTZ, micros);
    }

    static Column column(String name, String type) {
        return new Column(
                name,
                1,
                type,
                null,
                true,
                Optional.empty(),
                Optional.empty(),
                "",
                "p",
                "",
                -1,
                List.of(),
                null,
                List.of(),
                !type.equals("aclitem"));
    }

    static Column generated(Column column) {
        return new Column(
                column.name(),
                1,
                column.type(),
                null,
                true,
                Optional.empty(),
                Optional.of(new Definition("now()")),
                "",
                "p",
                "",
                -1,
                List.of(),
                null,
                List.of(),
                true);
    }

    static Index index(String name, boolean unique, String... columns) {
        return new Index(
                name,
                new Definition("USING btree (" + String.join(", ", columns) + ")"),
                unique,
                false,
                true,
                List.of(columns),
                false,
                null,
                false,
                false,
                null,
                null);
    }

    static Index primaryKey(String name, String... columns) {
        Index index = index(name, true, columns);
        return new Index(
                name, index.definition(), true, true, true, index.keyColumns(), false, name, false, false, null, null);
    }

    static Index expression(String name, String... columns) {
        return new Index(
                name,
                new Definition("USING btree (lower(id))"),
                true,
                false,
                true,
                List.of(columns),
                true,
                null,
                false,
                false,
                null,
                null);
    }

    static Index invalid(Index index) {
        return new Index(
                index.name(),
                index.definition(),
                index.unique(),
                index.primary(),
                false,
                index.keyColumns(),
                index.hasExpressions(),
                index.constraint(),
                false,
                false,
                null,
                null);
    }

    static Trigger trigger(String name, boolean transitionTables, String enabled) {
        return new Trigger(
                name,
                new Definition("CREATE TRIGGER " + name
                        + " BEFORE INSERT ON public.m FOR EACH ROW EXECUTE FUNCTION public.f()"),
                true,
                transitionTables,
                enabled,
                null);
    }

    static Dependent dependent(Dependent.Kind kind, String name, boolean direct) {
        return new Dependent(
                kind,
                new TableName("public", name),
                "public." + name,
                new Definition("CREATE …"),
                List.of(),
                direct,
                direct ? 1 : 2);
    }

    /** One piece of storage, with 1,000 rows in 1 MB. */
    static final class Piece {
        final String name;
        TableName parent;
        RelationKind kind = RelationKind.TABLE;
        Persistence persistence = Persistence.PERMANENT;
        boolean isDefault;
        boolean byTime = true;
        Range range = Range.UNBOUNDED;
        List<Partition.PartitionIndex> indexes = List.of();
        List<String> triggers = List.of();
        String owner = "app";
        boolean heirs;
        Partition.Span span;
        long bytes = 1_000_000;

        Piece(String name) {
            this.name = name;
            this.parent = name.equals("m") ? null : M;
        }

        Partition build() {
            return new Partition(
                    new TableName("public", name),
                    2,
                    parent,
                    kind,
                    persistence,
                    isDefault,
                    byTime,
                    range,
                    2,
                    Map.of("id", 1, "ts", 2),
                    indexes,
                    List.of(),
                    List.of(),
                    triggers,
                    false,
                    owner,
                    null,
                    heirs,
                    false,
                    Optional.ofNullable(span),
                    new Size(1_000, bytes, bytes * 2));
        }
    }
}

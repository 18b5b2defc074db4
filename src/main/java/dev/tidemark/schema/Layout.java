package dev.tidemark.schema;

import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** How a table stores its rows. */
public sealed interface Layout {

    /** Exactly one of the functions is called, the one for this layout. */
    <R> R match(Function<Heap, R> heap, Function<NativePartitions, R> partitions, Function<Hypertable, R> hypertable);

    /** The layout in one word, for messages. */
    default String inWords() {
        return match(h -> "a plain table", p -> "a partitioned table", h -> "a hypertable");
    }

    /**
     * One heap.
     *
     * @param storage the table seen as the one partition it consists of, unbounded on both sides
     */
    record Heap(Partition storage) implements Layout {
        @Override
        public <R> R match(
                Function<Heap, R> heap, Function<NativePartitions, R> partitions, Function<Hypertable, R> hypertable) {
            return heap.apply(this);
        }
    }

    /**
     * Declarative partitioning.
     *
     * @param method RANGE, LIST or HASH at the top
     * @param keyColumns the partition key's columns in order; an expression is left out
     * @param keyHasExpressions whether the key contains one
     * @param partitions every partition below the table at any depth, those that are partitioned themselves too, by lower bound
     * @param partman how pg_partman manages it, if it does
     * @param detached tables that look like former partitions which pg_partman's retention detached and kept
     */
    record NativePartitions(
            String method,
            List<String> keyColumns,
            boolean keyHasExpressions,
            List<Partition> partitions,
            Optional<PartmanConfiguration> partman,
            List<Partition> detached)
            implements Layout {
        public NativePartitions {
            keyColumns = List.copyOf(keyColumns);
            partitions = List.copyOf(partitions);
            detached = List.copyOf(detached);
        }

        /** The partitions that hold rows themselves, DEFAULT ones excluded. */
        public List<Partition> leaves() {
            return partitions.stream()
                    .filter(p -> p.kind() != RelationKind.PARTITIONED_TABLE && !p.isDefault())
                    .toList();
        }

        /** The DEFAULT partitions, at any depth. */
        public List<Partition> defaults() {
            return partitions.stream().filter(Partition::isDefault).toList();
        }

        @Override
        public <R> R match(
                Function<Heap, R> heap, Function<NativePartitions, R> partitions, Function<Hypertable, R> hypertable) {
            return partitions.apply(this);
        }
    }

    /**
     * A TimescaleDB hypertable.
     *
     * @param timeColumn its first dimension
     * @param dimensions how many dimensions it has
     * @param chunkInterval the interval of new chunks: an interval for time, a whole number for integers, as PostgreSQL prints it
     * @param chunks its chunks by lower bound
     * @param compressed those chunks whose rows are compressed: they do not lie in the chunk's own heap, and its size does not count them
     * @param jobs its policies and jobs, as "name: configuration"
     * @param aggregates continuous aggregates that select from it
     * @param settings what else TimescaleDB knows of it, in words: further dimensions, tablespaces, compression
     * @param compression what the compressed chunks occupy
     */
    record Hypertable(
            String timeColumn,
            int dimensions,
            String chunkInterval,
            List<Partition> chunks,
            List<TableName> compressed,
            List<String> jobs,
            List<TableName> aggregates,
            List<String> settings,
            Compression compression)
            implements Layout {

        /**
         * What compressed chunks occupy, indexes included.
         *
         * @param bytes now
         * @param uncompressedBytes as they were before they were compressed
         */
        public record Compression(long bytes, long uncompressedBytes) {
            /** Nothing is compressed. */
            public static final Compression NONE = new Compression(0, 0);
        }

        public Hypertable {
            chunks = List.copyOf(chunks);
            compressed = List.copyOf(compressed);
            jobs = List.copyOf(jobs);
            aggregates = List.copyOf(aggregates);
            settings = List.copyOf(settings);
        }

        /** Without continuous aggregates and further settings. */
        public Hypertable(
                String timeColumn,
                int dimensions,
                String chunkInterval,
                List<Partition> chunks,
                List<TableName> compressed,
                List<String> jobs) {
            this(
                    timeColumn,
                    dimensions,
                    chunkInterval,
                    chunks,
                    compressed,
                    jobs,
                    List.of(),
                    List.of(),
                    Compression.NONE);
        }

        @Override
        public <R> R match(
                Function<Heap, R> heap, Function<NativePartitions, R> partitions, Function<Hypertable, R> hypertable) {
            return hypertable.apply(this);
        }
    }
}

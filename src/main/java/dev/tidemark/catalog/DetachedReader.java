package dev.tidemark.catalog;

import dev.tidemark.catalog.DetachedQuery.Candidate;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Partition.Span;
import dev.tidemark.schema.Range;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Partitions that pg_partman's retention detached and kept, with the ranges that their names tell. */
final class DetachedReader {
    private final Session session;
    private final TableName parent;
    private final @Nullable String timeColumn;

    DetachedReader(Session session, TableName parent, @Nullable String timeColumn) {
        this.session = session;
        this.parent = parent;
        this.timeColumn = timeColumn;
    }

    /**
     * Several ranges are possible where the partitions still attached do not give the zone away, in winter for example, when half of Africa and of
     * Europe have the same time. Then the rows decide; where they do not, the range is unbounded.
     */
    List<Partition> read(List<Candidate> candidates, PartmanGrid grid, List<Partition> attached) {
        List<ZoneId> zones = grid.zones(attached);
        Map<Long, Set<Range>> possible =
                candidates.stream().collect(Collectors.toMap(Candidate::oid, c -> grid.ranges(c.suffix(), zones)));
        List<Partition> detached = read(possible);
        Map<Long, Set<Range>> narrowed = detached.stream()
                .collect(Collectors.toMap(
                        Partition::oid, p -> withRoomFor(p, possible.getOrDefault(p.oid(), Set.of()))));
        return narrowed.equals(possible) ? detached : read(narrowed);
    }

    private List<Partition> read(Map<Long, Set<Range>> ranges) {
        return new PartitionReader(
                        session, timeColumn, s -> only(ranges.getOrDefault(s.oid(), Set.of())), Set.of(), parent)
                .read(ranges.keySet());
    }

    private static Range only(Set<Range> ranges) {
        return ranges.size() == 1 ? ranges.iterator().next() : Range.UNBOUNDED;
    }

    private static Set<Range> withRoomFor(Partition partition, Set<Range> ranges) {
        return partition
                .span()
                .map(span -> ranges.stream().filter(r -> contains(r, span)).collect(Collectors.toSet()))
                .orElse(ranges);
    }

    private static boolean contains(Range range, Span span) {
        return range.lower().compareTo(span.lowest()) <= 0 && span.highest().compareTo(range.upper()) < 0;
    }
}

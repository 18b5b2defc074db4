package dev.tidemark;

import dev.tidemark.catalog.Catalog;
import dev.tidemark.journal.Journal;
import dev.tidemark.plan.HypertableRequest;
import dev.tidemark.plan.HypertableTarget;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Situation;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.time.Clock;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reads what planning needs to know, and plans. */
final class Planning {
    /** What is read to measure the disk: enough to outlast a read-ahead, little enough not to disturb. */
    private static final long SAMPLE_BYTES = 64L * 1024 * 1024;

    private final Catalog catalog;
    private final Journal journal;
    private final Planner planner = new Planner(Clock.systemUTC());

    Planning(Catalog catalog, Journal journal) {
        this.catalog = catalog;
        this.journal = journal;
    }

    Plan plan(HypertableRequest request) {
        return planner.plan(situation(request));
    }

    private Situation situation(HypertableRequest request) {
        Map<TableName, Table> tables = new LinkedHashMap<>();
        for (HypertableTarget target : request.tables()) {
            catalog.table(target.table(), target.timeColumn()).ifPresent(table -> tables.put(target.table(), table));
        }
        List<String> schemas = Stream.concat(
                        request.names().stream().map(TableName::schema), Stream.of(journal.schema()))
                .distinct()
                .toList();
        return new Situation(
                request,
                tables,
                catalog.server(request.names()),
                catalog.takenNames(schemas),
                readRate(tables),
                journal.schema());
    }

    /** Of the oldest partition that has a sample's worth, because that is the one least likely to be in memory. */
    private long readRate(Map<TableName, Table> tables) {
        return tables.values().stream()
                .flatMap(table -> table.layout()
                        .match(
                                heap -> Stream.of(heap.storage()),
                                (Layout.NativePartitions partitions) -> partitions.leaves().stream(),
                                hypertable -> Stream.<Partition>empty()))
                .max(Comparator.comparingLong(p -> Math.min(p.size().heapBytes(), SAMPLE_BYTES)))
                .filter(p -> p.size().heapBytes() > 0)
                .map(p -> catalog.measureReadRate(p.name(), SAMPLE_BYTES))
                .orElse(0L);
    }
}

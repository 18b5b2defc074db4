package dev.tidemark;

import dev.tidemark.catalog.Catalog;
import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.FinalizeSituation;
import dev.tidemark.plan.FinalizeSituation.Retired;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.ProofQueries;
import dev.tidemark.plan.Situation;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.ToFinal;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    Plan plan(ConversionRequest request) {
        return planner.plan(situation(request));
    }

    /** What finalizing the newest conversion of a table would do. */
    Plan plan(FinalizeRequest request) {
        Optional<Run> run =
                journal.newest(ConversionRequest.KINDS, request.table()).filter(r -> r.state() == State.DONE);
        List<TableName> tables = run.map(Run::tables).orElse(List.of(request.table()));
        List<Retired> retired = run.stream()
                .flatMap(r -> journal.objects(r.id(), "retired table").stream())
                .map(this::retired)
                .filter(r -> !r.leaves().isEmpty() || catalog.table(r.name()).isPresent())
                .toList();
        return ToFinal.plan(new FinalizeSituation(
                request,
                run.map(Run::id),
                tables,
                run.map(r -> Strategy.valueOf(r.strategy())).orElse(Strategy.AUTO),
                run.flatMap(Run::cutover).map(at -> Duration.between(at, Instant.now())),
                retired,
                run.filter(r -> r.strategy().equals(Strategy.COPY.name())).stream()
                        .flatMap(this::copyProofs)
                        .toList(),
                catalog.server(tables),
                journal.schema(),
                journal.missingRights()));
    }

    /** Queries that compare the tables of a run that copied with their retired ones; none for a table that has none any more. */
    Stream<Sql> copyProofs(Run run) {
        return run.tables().stream().flatMap(table -> journal.retired(run.id(), table).flatMap(catalog::table).stream()
                .map(retired -> ProofQueries.ofCopy(read(table), retired, journal.schema())));
    }

    /** A table as it is now. @throws Refused if there is none */
    Table read(TableName name) {
        return catalog.table(name).orElseThrow(() -> new Refused("There is no table " + name + "."));
    }

    private Retired retired(TableName name) {
        List<TableName> leaves = catalog.leaves(name);
        return new Retired(
                name, leaves, leaves.stream().filter(catalog::isFilled).toList(), catalog.referenced(name));
    }

    private Situation situation(ConversionRequest request) {
        Map<TableName, Table> tables = new LinkedHashMap<>();
        for (ConversionTarget target : request.tables()) {
            catalog.table(target.table(), target.timeColumn()).ifPresent(table -> tables.put(target.table(), table));
        }
        List<String> schemas = Stream.concat(
                        request.names().stream().map(TableName::schema), Stream.of(journal.schema()))
                .distinct()
                .toList();
        return new Situation(
                request.completed(tables),
                tables,
                catalog.server(request.names()),
                catalog.takenNames(schemas),
                readRate(tables),
                journal.schema(),
                journal.missingRights());
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

package dev.tidemark;

import dev.tidemark.catalog.Catalog;
import dev.tidemark.journal.Journal;
import dev.tidemark.journal.Limit;
import dev.tidemark.journal.Run;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.journal.StepState;
import dev.tidemark.plan.Boundary;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.CopiedTable;
import dev.tidemark.plan.ExchangeFacts;
import dev.tidemark.plan.ExchangedPart;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.FinalizeSituation;
import dev.tidemark.plan.FinalizeSituation.Remainder;
import dev.tidemark.plan.FinalizeSituation.Retired;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.ProofQueries;
import dev.tidemark.plan.Share;
import dev.tidemark.plan.Situation;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.ToFinal;
import dev.tidemark.plan.ToProof;
import dev.tidemark.plan.VerifyRequest;
import dev.tidemark.schema.Counted;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.ManagedPartitions;
import dev.tidemark.schema.Table;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import dev.tidemark.transfer.DiskSpace;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads what planning needs to know, and plans. */
final class Planning {
    /** What is read to measure the disk: enough to outlast a read-ahead, little enough not to disturb. */
    private static final long SAMPLE_BYTES = 64L * 1024 * 1024;

    /** The step of a copy after which both tables are equal. */
    private static final String CAUGHT_UP = "catch-up";

    private static final List<String> EXCHANGES =
            List.of(ConversionRequest.DRAIN_DEFAULT, ConversionRequest.SPLIT_HISTORY);

    private final Session session;
    private final Catalog catalog;
    private final Journal journal;
    private final Planner planner = new Planner(Clock.systemUTC());

    Planning(Session session, Journal journal) {
        this.session = session;
        this.catalog = new Catalog(session);
        this.journal = journal;
    }

    Plan plan(ConversionRequest request) {
        Situation situation = situation(request);
        situation = situation
                .leaving(shares(request, situation.tables()))
                .hearing(situation.toHear().stream().collect(Collectors.toMap(t -> t, catalog::texts)));
        Optional<Sql> pieces = planner.pieces(situation);
        if (pieces.isPresent()) {
            situation = situation.counting(catalog.number(pieces.get()));
        }
        Plan plan = planner.plan(situation);
        // The server is asked for its disks only where they matter and nothing else stands in the way.
        return (plan.strategy() == Strategy.COPY && plan.isGo()
                        ? planner.plan(situation.with(new DiskSpace(session, copied(situation), millionths(situation))
                                .forecast(Limit.DISK_RESERVE.ifUnset().orElse(0))))
                        : plan)
                .askedBy(request);
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
                run.filter(r -> r.strategy().equals(Strategy.COPY.name()))
                        .map(this::copies)
                        .orElse(List.of()),
                catalog.server(tables),
                journal.schema(),
                journal.missingRights(),
                run.map(this::remainders).orElse(List.of())));
    }

    /** What a run left behind in its retired tables, counted. */
    private List<Remainder> remainders(Run run) {
        return run.tables().stream()
                .flatMap(table -> journal.rest(run.id(), table).stream()
                        .flatMap(rest -> journal.retired(run.id(), table).flatMap(catalog::table).stream()
                                .map(retired -> new Remainder(
                                        table,
                                        retired.name(),
                                        rest,
                                        catalog.table(rest.view()).isPresent(),
                                        count(retired, rest.boundary())))))
                .toList();
    }

    private Counted count(Table table, Boundary boundary) {
        return catalog.count(
                table.name(),
                table.column(boundary.column())
                        .orElseThrow(() -> new Refused("There is no column " + boundary.column() + " in " + table.name()
                                + " any more, by which its rows were copied.")),
                boundary.left("b"));
    }

    /** What a copy would leave behind of tables that are not to be copied as a whole. */
    private Map<TableName, Share> shares(ConversionRequest request, Map<TableName, Table> tables) {
        Map<TableName, Share> shares = new LinkedHashMap<>();
        Instant now = Instant.now();
        for (ConversionTarget target : request.tables()) {
            Optional.ofNullable(tables.get(target.table()))
                    .filter(table -> !table.security().applies())
                    .ifPresent(table -> Boundary.of(target, table, now)
                            .ifPresent(
                                    boundary -> shares.put(table.name(), new Share(boundary, count(table, boundary)))));
        }
        return shares;
    }

    private static Map<TableName, Long> millionths(Situation situation) {
        return situation.shares().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().millionths()));
    }

    /** What proving the newest conversion of a table again would do. */
    Plan plan(VerifyRequest request) {
        return ToProof.plan(toProve(request));
    }

    /** What there is to prove of the newest conversion of a table. @throws Refused if there is nothing */
    ToProof.Subject toProve(VerifyRequest request) {
        Run run = provable(request.table());
        boolean copied = run.strategy().equals(Strategy.COPY.name());
        return new ToProof.Subject(
                request,
                run.id(),
                run.tables(),
                Strategy.valueOf(run.strategy()),
                copied ? copies(run) : List.of(),
                copied
                        ? List.of()
                        : run.tables().stream()
                                .flatMap(table ->
                                        new ProofQueries(read(table), run.id(), journal.schema()).all().stream())
                                .toList(),
                catalog.server(run.tables()).user(),
                journal.schema(),
                journal.missingRights());
    }

    private Run provable(TableName table) {
        Run run = journal.newest(ConversionRequest.KINDS, table)
                .filter(r -> r.state() != State.UNDONE)
                .orElseThrow(() -> new Refused("There is no finished conversion of " + table + " to verify."));
        boolean copied = run.strategy().equals(Strategy.COPY.name());
        if (run.state() == State.UNDOING) {
            throw new Refused("The conversion of " + run.tables() + " is being taken back (run " + run.id()
                    + "), which has a proof of its own. Finish that first: repeat the rollback.");
        }
        if (run.state() == State.FINALIZED && copied) {
            throw new Refused("The conversion of " + run.tables()
                    + " was finalized: its retired table, which it was held against, is gone. What was proved before is in the journal (run "
                    + run.id() + ").");
        }
        if (run.state().isUnfinished() && !(copied && isWhole(run))) {
            throw new Refused("The conversion of " + run.tables() + " is not finished (run " + run.id()
                    + "), so there is nothing to verify yet. Run the same change again to go on.");
        }
        return run;
    }

    /** Whether everything has been copied and replayed once, so that both tables should be equal. */
    private static boolean isWhole(Run run) {
        return run.steps().stream()
                .filter(recorded -> recorded.step().id().equals(CAUGHT_UP))
                .anyMatch(recorded -> recorded.state() == StepState.DONE);
    }

    /** The tables of a run that copied, each with the one that it is held against. */
    private List<CopiedTable> copies(Run run) {
        boolean cutOver = run.cutover().isPresent();
        boolean exchanges = EXCHANGES.contains(run.kind());
        return run.tables().stream()
                .map(table -> {
                    TableName other = (cutOver ? journal.retired(run.id(), table) : journal.copy(run.id(), table))
                            .orElseThrow(() -> new Refused("The journal does not know what " + table
                                    + " is to be held against; run " + run.id() + " is none that copied it."));
                    if (!exchanges) {
                        return new CopiedTable(
                                read(table), read(other), cutOver, journal.schema(), journal.rest(run.id(), table));
                    }
                    return cutOver
                            ? CopiedTable.ofPieces(read(table), read(other), journal.schema(), run.id())
                            : new CopiedTable(
                                    read(journal.exchanged(run.id()).orElseThrow()),
                                    read(other),
                                    false,
                                    journal.schema(),
                                    Optional.empty(),
                                    Optional.of(new CopiedTable.Exchanged(read(table), run.id())));
                })
                .toList();
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
        List<String> schemas = Stream.of(
                        request.names().stream().map(TableName::schema),
                        Stream.of(journal.schema()),
                        tables.values().stream()
                                .flatMap(table -> ExchangedPart.children(table).stream())
                                .map(partition -> partition.name().schema()))
                .flatMap(names -> names)
                .distinct()
                .toList();
        boolean exchanges = request.goal().exchanges();
        Optional<ManagedPartitions> managed =
                exchanges ? journal.managed(request.names().get(0)) : Optional.empty();
        ConversionRequest told = request.completed(tables);
        ConversionRequest completed = exchanges ? told.asManaged(managed) : told;
        return new Situation(
                        completed,
                        tables,
                        catalog.server(request.names()),
                        catalog.takenNames(schemas),
                        readRate(tables),
                        journal.schema(),
                        journal.missingRights())
                .exchanging(new ExchangeFacts(parts(completed, tables), managed));
    }

    /** The partitions that are exchanged, as tables of their own. */
    private Map<TableName, Table> parts(ConversionRequest request, Map<TableName, Table> tables) {
        Map<TableName, Table> parts = new LinkedHashMap<>();
        if (request.goal().exchanges()) {
            request.tables().stream()
                    .filter(target -> tables.containsKey(target.table()))
                    .forEach(target -> ExchangedPart.chosen(
                                    request.goal(), target, Objects.requireNonNull(tables.get(target.table())))
                            .flatMap(part -> catalog.table(part, target.timeColumn()))
                            .ifPresent(part -> parts.put(target.table(), part)));
        }
        return parts;
    }

    /** What is written a second time. */
    private static List<TableName> copied(Situation situation) {
        return situation.parts().isEmpty()
                ? situation.request().names()
                : situation.parts().values().stream().map(Table::name).toList();
    }

    /** Of the oldest partition that has a sample's worth, because that is the one least likely to be in memory. */
    private long readRate(Map<TableName, Table> tables) {
        return tables.values().stream()
                .flatMap(table -> table.layout()
                        .match(
                                heap -> Stream.of(heap.storage()),
                                (Layout.NativePartitions partitions) -> partitions.leaves().stream(),
                                hypertable -> hypertable.chunks().stream()))
                .max(Comparator.comparingLong(p -> Math.min(p.size().heapBytes(), SAMPLE_BYTES)))
                .filter(p -> p.size().heapBytes() > 0)
                .map(p -> catalog.measureReadRate(p.name(), SAMPLE_BYTES))
                .orElse(0L);
    }
}

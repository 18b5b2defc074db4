package dev.tidemark.plan;

import dev.tidemark.schema.DiskForecast;
import dev.tidemark.schema.MissingRight;
import dev.tidemark.schema.Server;
import dev.tidemark.schema.SqlTexts;
import dev.tidemark.schema.Table;
import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.TableName;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Everything that planning knows.
 *
 * @param request what is wanted
 * @param tables the tables that exist, by name
 * @param server the server
 * @param takenNames names of relations and statistics objects in the schemas concerned, that of the journal too
 * @param readBytesPerSecond how fast this server reads a heap, measured; 0 if unknown
 * @param journal the schema of the journal
 * @param journalMissing what this user may not do with the journal that is there although a conversion has to
 * @param disks whether a copy fits, once it has been decided that there will be one
 * @param exchange what is known for the exchange of a partition
 * @param shares what a copy leaves behind of tables that are not copied as a whole
 * @param texts what is known of the SQL that is sent to the tables
 */
public record Situation(
        ConversionRequest request,
        Map<TableName, Table> tables,
        Server server,
        Set<TableName> takenNames,
        long readBytesPerSecond,
        String journal,
        List<MissingRight> journalMissing,
        Optional<DiskForecast> disks,
        Map<TableName, Share> shares,
        Map<TableName, SqlTexts> texts,
        ExchangeFacts exchange) {

    public Situation {
        tables = Map.copyOf(tables);
        takenNames = Set.copyOf(takenNames);
        journalMissing = List.copyOf(journalMissing);
        shares = Map.copyOf(shares);
        texts = Map.copyOf(texts);
    }

    /** Without a look at the disks. */
    public Situation(
            ConversionRequest request,
            Map<TableName, Table> tables,
            Server server,
            Set<TableName> takenNames,
            long readBytesPerSecond,
            String journal,
            List<MissingRight> journalMissing) {
        this(
                request,
                tables,
                server,
                takenNames,
                readBytesPerSecond,
                journal,
                journalMissing,
                Optional.empty(),
                Map.of(),
                Map.of(),
                ExchangeFacts.NONE);
    }

    /** The same with what is known for an exchange. */
    public Situation exchanging(ExchangeFacts facts) {
        return knowing(disks, shares, texts, facts);
    }

    /** The same with the number of partitions that an exchange makes. */
    public Situation counting(long pieces) {
        return knowing(disks, shares, texts, exchange.counting(pieces));
    }

    /** The partitions that are exchanged, read as tables, by the table they belong to. */
    public Map<TableName, Table> parts() {
        return exchange.parts();
    }

    /** The same after a look at the disks. */
    public Situation with(DiskForecast forecast) {
        return knowing(Optional.of(forecast), shares, texts, exchange);
    }

    /** The same with what a copy would leave behind. */
    public Situation leaving(Map<TableName, Share> left) {
        return knowing(disks, left, texts, exchange);
    }

    /** The same with what is known of the SQL that is sent to the tables. */
    public Situation hearing(Map<TableName, SqlTexts> heard) {
        return knowing(disks, shares, heard, exchange);
    }

    private Situation knowing(
            Optional<DiskForecast> forecast,
            Map<TableName, Share> left,
            Map<TableName, SqlTexts> heard,
            ExchangeFacts exchanged) {
        return new Situation(
                request,
                tables,
                server,
                takenNames,
                readBytesPerSecond,
                journal,
                journalMissing,
                forecast,
                left,
                heard,
                exchanged);
    }

    /** Tables whose primary key the time column has to be added to, if that was not refused. */
    private Set<TableName> withExtendedKeys() {
        return GoalWords.isPlain(this) || options().keys() != KeyChoice.EXTEND || !UniqueKeyWithoutTime.mayExtend(this)
                ? Set.of()
                : each((target, table) -> table.indexes().stream().anyMatch(i -> ExtendedKeys.isExtensible(target, i))
                                ? Stream.of(table.name())
                                : Stream.<TableName>empty())
                        .collect(Collectors.toSet());
    }

    /** Tables that take some of what is sent to them otherwise afterwards. */
    public Set<TableName> toHear() {
        Set<TableName> tables = new HashSet<>(withExtendedKeys());
        if (request.goal() == ConversionRequest.Goal.PARTITIONS) {
            tables.addAll(request.names());
        }
        tables.retainAll(this.tables.keySet());
        return tables;
    }

    /** What is known of the SQL that is sent to a table; nothing where nobody looked. */
    Optional<SqlTexts> texts(ConversionTarget target) {
        return Optional.ofNullable(texts.get(target.table()));
    }

    /** What a copy leaves behind of a table; nothing where all of it is copied. */
    Optional<Share> share(ConversionTarget target) {
        return Optional.ofNullable(shares.get(target.table()));
    }

    /** What a copy of a table takes of so many bytes of it. */
    long copied(ConversionTarget target, long bytes) {
        return share(target).map(share -> share.of(bytes)).orElse(bytes);
    }

    /** What is exchanged; empty where there is nothing to exchange. */
    Optional<ExchangedPart> exchanged() {
        ConversionTarget target = request.tables().get(0);
        return table(target).flatMap(whole -> Optional.ofNullable(parts().get(whole.name()))
                .flatMap(part -> ExchangedPart.of(request.goal(), target, whole, part)));
    }

    Optional<Table> table(ConversionTarget target) {
        return Optional.ofNullable(tables.get(target.table()));
    }

    Optional<TimescaleDb> timescaledb() {
        return server.timescaledb();
    }

    Options options() {
        return request.options();
    }

    /** Applies {@code rule} to every target whose table exists, is a table, and has something to be done. */
    <R> Stream<R> each(BiFunction<ConversionTarget, Table, Stream<R>> rule) {
        return request.tables().stream().flatMap(target -> table(target)
                .filter(t -> t.kind() == dev.tidemark.schema.RelationKind.TABLE
                        || t.kind() == dev.tidemark.schema.RelationKind.PARTITIONED_TABLE)
                .filter(t -> !AlreadyHypertable.is(this, target, t))
                .map(t -> rule.apply(target, t))
                .orElse(Stream.empty()));
    }
}

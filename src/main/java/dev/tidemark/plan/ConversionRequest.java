package dev.tidemark.plan;

import dev.tidemark.schema.ManagedPartitions;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The wish to change the layout of tables, together: one cutover, one undo.
 *
 * @param goal what they become
 * @param tables at least one, each once
 * @param options what holds for all of them
 */
public record ConversionRequest(Goal goal, List<ConversionTarget> tables, Options options) {
    /** The kind of run in the journal; also the name of the Liquibase change. */
    public static final String TO_HYPERTABLE = "convertToHypertable";

    public static final String TO_PARTITIONS = "convertToPartitions";
    public static final String TO_PLAIN_TABLE = "convertToPlainTable";
    public static final String DRAIN_DEFAULT = "drainDefault";
    public static final String SPLIT_HISTORY = "splitHistory";

    /** The kinds of all conversions, and of what exchanges a partition. */
    public static final List<String> KINDS =
            List.of(TO_HYPERTABLE, TO_PARTITIONS, TO_PLAIN_TABLE, DRAIN_DEFAULT, SPLIT_HISTORY);

    /** What a table becomes. */
    public enum Goal {
        HYPERTABLE(TO_HYPERTABLE),
        PARTITIONS(TO_PARTITIONS),
        PLAIN_TABLE(TO_PLAIN_TABLE),
        /** The same table, the rows of its DEFAULT partition in partitions of their own. */
        DRAINED(DRAIN_DEFAULT),
        /** The same table, one wide partition of it in several. */
        SPLIT(SPLIT_HISTORY);

        private final String kind;

        Goal(String kind) {
            this.kind = kind;
        }

        /** The kind of run. */
        public String kind() {
            return kind;
        }

        /** Whether the table stays, and one of its partitions is exchanged. */
        public boolean exchanges() {
            return this == DRAINED || this == SPLIT;
        }
    }

    /** Tables that become hypertables. */
    public ConversionRequest(List<ConversionTarget> tables, Options options) {
        this(Goal.HYPERTABLE, tables, options);
    }

    public ConversionRequest {
        tables = List.copyOf(tables);
        if (tables.isEmpty()) {
            throw new IllegalArgumentException("no table named");
        }
        if (tables.stream().map(ConversionTarget::table).distinct().count() != tables.size()) {
            throw new IllegalArgumentException("a table is named twice");
        }
    }

    /** The names of the tables, in the order given. */
    public List<TableName> names() {
        return tables.stream().map(ConversionTarget::table).toList();
    }

    /** Whether of some table only later rows are wanted. */
    boolean leavesRowsBehind() {
        return tables.stream()
                .anyMatch(target ->
                        target.partitioning().flatMap(Partitioning::copySince).isPresent());
    }

    /** The time column of each table. */
    public Map<TableName, String> timeColumns() {
        return tables.stream().collect(Collectors.toMap(ConversionTarget::table, ConversionTarget::timeColumn));
    }

    /** The same with the time columns that the tables' present storage tells, where none are given. */
    public ConversionRequest completed(Map<TableName, Table> present) {
        return timeIsTold()
                ? new ConversionRequest(
                        goal,
                        tables.stream()
                                .map(target -> Optional.ofNullable(present.get(target.table()))
                                        .map(table -> goal.exchanges()
                                                ? ExchangedPart.byItsKey(target, table)
                                                : PresentTime.of(target, table))
                                        .orElse(target))
                                .toList(),
                        options)
                : this;
    }

    /** The same with what is told by how the partitions of its table are made; of an exchange. */
    public ConversionRequest asManaged(Optional<ManagedPartitions> managed) {
        return new ConversionRequest(
                goal,
                tables.stream()
                        .map(target -> AsManaged.complete(target, managed))
                        .toList(),
                options);
    }

    /** Whether the present storage says which column decides. */
    private boolean timeIsTold() {
        return goal == Goal.PLAIN_TABLE || goal.exchanges();
    }

    /**
     * The attributes that a resume must find unchanged, in a fixed order. Tuning is not among them; nor is the time column of what becomes a plain
     * table, which has no say in the result and is told by storage that is gone after the cutover.
     */
    public Map<String, String> identity() {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("strategy", options.strategy().name());
        identity.put("foreignKeys", options.foreignKeys().name());
        identity.put("keys", options.keys().name());
        identity.put("includeDetached", String.valueOf(options.includeDetached()));
        identity.put("dropExpired", String.valueOf(options.dropExpired()));
        identity.put("policies", options.policies().name());
        identity.put("verify", options.verification().name());
        for (ConversionTarget target : tables) {
            identity.put(
                    target.table().quoted(),
                    String.join(
                                    " | ",
                                    timeIsTold() ? "" : target.timeColumn(),
                                    goal == Goal.PLAIN_TABLE
                                            ? ""
                                            : target.epoch().map(Epoch::name).orElse(""),
                                    target.chunkInterval().map(Object::toString).orElse(""),
                                    target.retention().map(Object::toString).orElse(""),
                                    target.compressAfter().map(Object::toString).orElse(""),
                                    String.join(", ", target.segmentBy()),
                                    String.join(", ", target.orderBy()),
                                    target.retiredName().orElse(""))
                            + target.partitioning()
                                    .map(p -> " | " + p.identity())
                                    .orElse("")
                            + target.part().map(p -> " | " + p).orElse(""));
        }
        return identity;
    }
}

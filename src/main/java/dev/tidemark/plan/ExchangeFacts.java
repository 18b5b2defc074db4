package dev.tidemark.plan;

import dev.tidemark.schema.ManagedPartitions;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known for the exchange of a partition.
 *
 * @param parts the partitions that are exchanged, read as tables, by the table they belong to
 * @param managed how Tidemark makes further partitions of that table; empty where it does not
 * @param pieces how many partitions the rows need, counted; empty where nobody counted
 */
public record ExchangeFacts(Map<TableName, Table> parts, Optional<ManagedPartitions> managed, OptionalLong pieces) {
    /** Of what is no exchange. */
    public static final ExchangeFacts NONE = new ExchangeFacts(Map.of(), Optional.empty());

    public ExchangeFacts {
        parts = Map.copyOf(parts);
    }

    /** Before anybody counted. */
    public ExchangeFacts(Map<TableName, Table> parts, Optional<ManagedPartitions> managed) {
        this(parts, managed, OptionalLong.empty());
    }

    /** The same, counted. */
    ExchangeFacts counting(long number) {
        return new ExchangeFacts(parts, managed, OptionalLong.of(number));
    }
}

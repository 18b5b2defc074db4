package dev.tidemark.plan;

import dev.tidemark.schema.RelationKind;
import java.util.stream.Stream;

/** The name stands for something that stores no rows of its own, or not here. */
final class NotATable implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.request().names().stream()
                .flatMap(name -> Stream.ofNullable(situation.tables().get(name)))
                .filter(table -> table.kind() != RelationKind.TABLE && table.kind() != RelationKind.PARTITIONED_TABLE)
                .map(table -> Finding.blocking(
                        "TM101",
                        table.name() + " is " + table.kind().inWords() + ", not a table: "
                                + reason(situation, table.kind()),
                        remedy(table.kind())));
    }

    private static String reason(Situation situation, RelationKind kind) {
        return switch (kind) {
            case VIEW -> "it has no rows of its own.";
            case MATERIALIZED_VIEW -> "its rows are the result of a query, which REFRESH replaces.";
            case FOREIGN_TABLE -> "its rows lie on another server.";
            case SEQUENCE -> "it is a counter.";
            case INDEX -> "it is part of a table.";
            default ->
                "only rows that PostgreSQL stores in a table can become "
                        + (GoalWords.isHypertable(situation)
                                ? "chunks."
                                : "those of " + GoalWords.whole(situation) + ".");
        };
    }

    private static String remedy(RelationKind kind) {
        return switch (kind) {
            case VIEW -> "Name the table that the view selects from; the view will follow it.";
            case MATERIALIZED_VIEW -> "Name the table that it selects from.";
            case FOREIGN_TABLE -> "Convert the table on the server where it is.";
            case INDEX -> "Name the table that the index is on.";
            default -> "Name a table.";
        };
    }
}

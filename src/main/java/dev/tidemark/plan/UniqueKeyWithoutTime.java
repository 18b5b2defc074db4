package dev.tidemark.plan;

import dev.tidemark.schema.Index;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Stream;

/** Uniqueness is enforced chunk by chunk, or partition by partition, so each unique key must contain the time column (TS103). */
final class UniqueKeyWithoutTime implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        if (situation.request().goal() == ConversionRequest.Goal.PLAIN_TABLE) {
            return Stream.empty();
        }
        boolean extended = mayExtend(situation) && situation.options().keys() == KeyChoice.EXTEND;
        return situation.each((target, table) -> table.indexes().stream()
                .filter(index -> index.unique()
                        && !index.hasExpressions()
                        && !index.keyColumns().contains(target.timeColumn()))
                .map(index -> extended && ExtendedKeys.isExtensible(target, index)
                        ? noted(target, table, index, !GoalWords.isHypertable(situation))
                        : Finding.blocking(
                                "TM120",
                                (index.primary() ? "Primary key " : "Unique index ") + Sql.identifier(index.name())
                                        + " of "
                                        + table.name() + " does not contain " + Sql.identifier(target.timeColumn())
                                        + "; " + GoalWords.product(situation) + " cannot enforce uniqueness across "
                                        + GoalWords.part(situation) + "s.",
                                remedy(situation, target, table, index))));
    }

    /** Storage that becomes chunks keeps the keys it has. */
    static boolean mayExtend(Situation situation) {
        return !GoalWords.isHypertable(situation) || Decision.of(situation).strategy() == Strategy.COPY;
    }

    private static Finding noted(ConversionTarget target, Table table, Index index, boolean guards) {
        return Finding.note(
                "TM128",
                "Primary key " + Sql.identifier(index.name()) + " of " + table.name() + " will contain "
                        + Sql.identifier(target.timeColumn())
                        + " besides, because each partition or chunk enforces its own uniqueness. That of "
                        + Phrases.list(
                                index.keyColumns().stream().map(Sql::identifier).toList())
                        + " alone ends with the cutover.",
                "Let statements with ON CONFLICT (" + Sql.of("%I", index.keyColumns())
                        + ") name the longer key; "
                        + (guards ? "where values must stay unique all the same, set keyGuard=\"true\"; " : "")
                        + "or leave the table as it is: keys=\"refuse\" makes this a NO-GO.");
    }

    private static String remedy(Situation situation, ConversionTarget target, Table table, Index index) {
        List<String> columns = Stream.concat(index.keyColumns().stream(), Stream.of(target.timeColumn()))
                .toList();
        String extended = RetiredNames.fitted(index.name(), "_time");
        Sql create = Sql.of("CREATE UNIQUE INDEX CONCURRENTLY %I ON %I (%I);", extended, table.name(), columns);
        Sql exchange = index.constraint() == null
                ? Sql.of("DROP INDEX CONCURRENTLY %I;", table.name().sibling(index.name()))
                : Sql.of(
                        "ALTER TABLE %I DROP CONSTRAINT %I, ADD CONSTRAINT %I %s USING INDEX %I;",
                        table.name(),
                        index.name(),
                        index.name(),
                        new Sql(index.primary() ? "PRIMARY KEY" : "UNIQUE"),
                        extended);
        boolean refused = situation.options().keys() == KeyChoice.REFUSE
                && ExtendedKeys.isExtensible(target, index)
                && mayExtend(situation);
        return (refused
                        ? "keys=\"extend\" would do this for you. Or extend the key"
                        : "keys=\"extend\" cannot do this for you yet. Extend the key")
                + " beside the application: " + create + " "
                + exchange + " From then on "
                + Sql.identifier(index.keyColumns().get(0))
                + (index.keyColumns().size() > 1 ? " and its companions are" : " alone is")
                + " no longer unique, and ON CONFLICT needs the longer key." + referencing(table);
    }

    private static String referencing(Table table) {
        List<String> keys = table.referencedBy().stream()
                .map(key -> Sql.identifier(key.name()) + " of " + key.child())
                .toList();
        return keys.isEmpty()
                ? ""
                : " Foreign keys that may reference it have to go first: " + Phrases.list(keys) + ".";
    }
}

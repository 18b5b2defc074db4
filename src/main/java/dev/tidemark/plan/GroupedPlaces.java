package dev.tidemark.plan;

import dev.tidemark.schema.Dependent;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.SqlTexts;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a primary key is extended, whoever groups by the shorter one and selects more: statements are named as far as they can be found; views and functions that
 * PostgreSQL ties to the key would keep it from being exchanged.
 */
final class GroupedPlaces implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.indexes().stream()
                .filter(index -> ExtendedKeys.isExtensible(target, index))
                .filter(index -> situation.options().keys() == KeyChoice.EXTEND)
                .flatMap(index -> Stream.concat(
                        tied(target, table, index),
                        situation.texts(target).stream().flatMap(texts -> places(target, table, index, texts)))));
    }

    private static Stream<Finding> tied(ConversionTarget target, Table table, Index index) {
        List<String> tied = table.dependents().stream()
                .filter(dependent -> dependent.constraints().contains(index.name()))
                .map(Dependent::identity)
                .toList();
        return tied.isEmpty()
                ? Stream.empty()
                : Stream.of(
                        Finding.blocking(
                                "TM173",
                                Phrases.list(tied) + (tied.size() == 1 ? " groups" : " group") + " by " + columns(index)
                                        + " of "
                                        + table.name()
                                        + " alone and selects other columns too, which only that primary key allows; with "
                                        + Sql.identifier(target.timeColumn()) + " besides it does not (42803).",
                                "Let GROUP BY name those other columns too, which changes nothing of the result: CREATE OR REPLACE, then run the same change again."));
    }

    private static Stream<Finding> places(ConversionTarget target, Table table, Index index, SqlTexts texts) {
        Places places = new Places(texts, new GroupedByKey(table.name(), index.keyColumns())::in);
        return places.none()
                ? Stream.empty()
                : Stream.of(Finding.note(
                        "TM179",
                        places.say() + " GROUP BY " + columns(index) + " of " + table.name()
                                + " and selects other columns, which fails from the cutover on (42803), because the primary key will contain "
                                + Sql.identifier(target.timeColumn()) + ": " + places.list() + ". " + places.lookedAt(),
                        "Let GROUP BY name those other columns too, which changes nothing of the result."));
    }

    private static String columns(Index index) {
        return Sql.of("(%I)", index.keyColumns()).text();
    }
}

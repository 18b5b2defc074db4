package dev.tidemark.plan;

import dev.tidemark.schema.Index;
import dev.tidemark.schema.SqlTexts;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Stream;

/** Where a primary key is extended by the time column, everything that counts on the shorter one is named, as far as it can be found. */
final class ConflictPlaces implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each(
                (target, table) -> situation.texts(target).stream().flatMap(texts -> table.indexes().stream()
                        .filter(index -> ExtendedKeys.isExtensible(target, index))
                        .flatMap(index -> Stream.concat(
                                conflicts(target, table, index, texts), subscriptions(target, table, index, texts)))));
    }

    private static Stream<Finding> conflicts(ConversionTarget target, Table table, Index index, SqlTexts texts) {
        ConflictTarget conflict = new ConflictTarget(table.name(), index.keyColumns());
        Places places = new Places(texts, conflict::in);
        String key = Sql.of("(%I)", index.keyColumns()).text();
        if (places.none() && places.allSeen()) {
            return Stream.empty();
        }
        return Stream.of(Finding.note(
                "TM129",
                (places.none()
                                ? "Nothing was found that says ON CONFLICT " + key + " to " + table.name()
                                : places.say() + " ON CONFLICT " + key + " to " + table.name()
                                        + ", which fails from the cutover on (42P10): " + places.list())
                        + ". " + places.lookedAt(),
                (places.none() ? "Where the application says it, let it" : "Let them")
                        + " name the longer key, ON CONFLICT "
                        + Sql.of(
                                "(%I)",
                                Stream.concat(index.keyColumns().stream(), Stream.of(target.timeColumn()))
                                        .toList())
                        + ", or no key: ON CONFLICT DO NOTHING and ON CONFLICT ON CONSTRAINT "
                        + Sql.identifier(index.name()) + " go on working, by the longer key."));
    }

    /** What a publisher sends of a row that changes is its own key, which is not the whole of the longer one. */
    private static Stream<Finding> subscriptions(ConversionTarget target, Table table, Index index, SqlTexts texts) {
        if (texts.subscriptions().isEmpty() || !table.replicaIdentity().kind().equals("d")) {
            return Stream.empty();
        }
        List<String> names = texts.subscriptions().stream().map(Sql::identifier).toList();
        return Stream.of(
                Finding.note(
                        "TM159",
                        "Subscription " + Phrases.list(names) + " writes into " + table.name()
                                + ". Its UPDATE and DELETE find rows by the primary key, which will contain "
                                + Sql.identifier(target.timeColumn()) + "; a publisher whose key is "
                                + Sql.of("(%I)", index.keyColumns()) + " does not send that, and replication stops.",
                        "On the publisher: ALTER TABLE … REPLICA IDENTITY FULL, or USING INDEX of a unique index on the longer key, before the cutover."));
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.Index;
import dev.tidemark.schema.SqlTexts;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where a primary key is extended by the time column, everything that counts on the shorter one is named, as far as it can be found. */
final class ConflictPlaces implements Rule {
    /** Places that are named; of the others their number. */
    private static final int NAMED = 10;

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
        Map<String, Long> places = new LinkedHashMap<>();
        for (SqlTexts.Text text : texts.texts()) {
            conflict.in(text.text())
                    .forEach(excerpt -> places.merge(
                            (text.function().isEmpty() ? "" : "function " + text.function() + ": ") + excerpt,
                            text.calls(),
                            Long::sum));
        }
        String key = Sql.of("(%I)", index.keyColumns()).text();
        if (places.isEmpty() && texts.statementsSeen() && texts.hidden() == 0) {
            return Stream.empty();
        }
        return Stream.of(Finding.note(
                "TM129",
                (places.isEmpty()
                                ? "Nothing was found that says ON CONFLICT " + key + " to " + table.name()
                                : places(places.size()) + " ON CONFLICT " + key + " to " + table.name()
                                        + ", which fails from the cutover on (42P10): " + list(places))
                        + ". " + lookedAt(texts),
                "Let them name the longer key, ON CONFLICT "
                        + Sql.of(
                                "(%I)",
                                Stream.concat(index.keyColumns().stream(), Stream.of(target.timeColumn()))
                                        .toList())
                        + ", or no key: ON CONFLICT DO NOTHING and ON CONFLICT ON CONSTRAINT "
                        + Sql.identifier(index.name()) + " go on working, by the longer key."));
    }

    private static String places(int number) {
        return number == 1 ? "1 place says" : number + " places say";
    }

    private static String list(Map<String, Long> places) {
        String named = places.entrySet().stream()
                .limit(NAMED)
                .map(place -> place.getKey() + calls(place.getValue()))
                .collect(Collectors.joining("; "));
        return places.size() <= NAMED ? named : named + "; and " + (places.size() - NAMED) + " more";
    }

    private static String calls(long number) {
        return number == 0
                ? ""
                : String.format(Locale.ROOT, " (called %,d %s)", number, number == 1 ? "time" : "times");
    }

    private static String lookedAt(SqlTexts texts) {
        if (!texts.statementsSeen()) {
            return "Only functions of this database were looked at: pg_stat_statements is not there, or may not be read.";
        }
        return texts.hidden() == 0
                ? "Functions of this database and pg_stat_statements were looked at."
                : "Functions of this database and pg_stat_statements were looked at, but for "
                        + String.format(Locale.ROOT, "%,d", texts.hidden())
                        + " statements of other roles: GRANT pg_read_all_stats shows them.";
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

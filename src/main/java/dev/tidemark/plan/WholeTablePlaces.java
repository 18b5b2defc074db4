package dev.tidemark.plan;

import dev.tidemark.schema.SqlTexts;
import dev.tidemark.schema.Table;
import java.util.stream.Stream;

/** Statements that mean the rows which a plain table stores itself: as a partitioned table it stores none. */
final class WholeTablePlaces implements PartitionsRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) ->
                situation.texts(target).stream().filter(texts -> isHeap(table)).flatMap(texts -> places(table, texts)));
    }

    private static boolean isHeap(Table table) {
        return table.layout().match(heap -> true, partitions -> false, hypertable -> false);
    }

    private static Stream<Finding> places(Table table, SqlTexts texts) {
        Places places = new Places(texts, new WholeTable(table.name())::in);
        return places.none()
                ? Stream.empty()
                : Stream.of(Finding.note(
                        "TM178",
                        places.say() + " COPY … TO or ONLY of " + table.name()
                                + ", which is a partitioned table from the cutover on: COPY … TO is refused (42809), ONLY finds no row: "
                                + places.list() + ". " + places.lookedAt(),
                        "Let them say COPY (SELECT * FROM " + table.name()
                                + ") TO, and leave ONLY out. What pg_dump sent adapts itself."));
    }
}

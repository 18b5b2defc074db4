package dev.tidemark.plan;

import dev.tidemark.schema.Index;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What somebody who goes back to the plain table later will meet, said while there is a choice. */
final class WayBackOfHistory implements HistoryRule {
    /** Statements that are named. */
    private static final int NAMED = 3;

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.layout()
                .match(
                        heap -> Stream.of(note(situation, target, table)),
                        partitions -> Stream.<Finding>empty(),
                        hypertable -> Stream.<Finding>empty()));
    }

    private static Finding note(Situation situation, ConversionTarget target, Table table) {
        int ahead = target.partitioning().orElse(Partitioning.DEFAULTS).premake();
        Duration most = AttachEstimator.wayBack(ahead);
        Duration budget = situation.options().maxPause();
        boolean unique = table.indexes().stream().anyMatch(Index::unique);
        return Finding.note(
                "TM186",
                "Going back to the plain table takes a window of about " + Figures.time(AttachEstimator.wayBack(0))
                        + ", " + Figures.time(most) + " when " + ahead
                        + " partitions have got rows by then, and " + Figures.time(AttachEstimator.wayBack(2L * ahead))
                        + " for twice as many"
                        + (most.compareTo(budget) > 0 ? "; maxPause is " + Figures.time(budget) : "") + "."
                        + (unique ? conflicts(situation, target, table) : ""),
                (most.compareTo(budget) > 0
                                ? "Go back early, or with a longer maxPause."
                                : "Nothing to do before somebody goes back.")
                        + (unique
                                ? " Where that must not fail meanwhile, finalize and take convertToPlainTable instead, which copies every row."
                                : ""));
    }

    private static String conflicts(Situation situation, ConversionTarget target, Table table) {
        List<String> said = said(situation, target, table);
        String extended = table.indexes().stream()
                .filter(index ->
                        situation.options().keys() == KeyChoice.EXTEND && ExtendedKeys.isExtensible(target, index))
                .map(index -> " From that window on ON CONFLICT "
                        + Sql.of("(%I)", withTime(index, target)) + " to " + table.name()
                        + " fails (42P10), and ON CONFLICT " + Sql.of("(%I)", index.keyColumns()) + " works again.")
                .findFirst()
                .orElse("");
        return extended + (firesOnInsert(table) ? refused(said) : awaited(said));
    }

    /** Such a trigger is disabled for each batch, which waits for every INSERT. */
    private static boolean firesOnInsert(Table table) {
        return table.triggers().stream()
                .filter(t -> !t.enabled().equals("D"))
                .map(t -> t.definition().text())
                .anyMatch(d -> d.contains(" BEFORE INSERT") || d.contains(" AFTER INSERT"));
    }

    private static String refused(List<String> said) {
        return " While rows of these partitions return afterwards, ON CONFLICT does not find one that has not yet, because the table has triggers that fire on INSERT: the insert fails with 23505, whatever it says to do"
                + (said.isEmpty() ? "." : "; so it would be with " + listed(said) + ".");
    }

    private static String awaited(List<String> said) {
        return " While rows of these partitions return afterwards, an INSERT that meets one which has not yet, with ON CONFLICT or without, waits some tens of milliseconds until it has"
                + (said.isEmpty() ? "" : ", such as " + listed(said))
                + ". One in a transaction that has changed, deleted or locked rows of the table before, or that others keep waiting for longer than maxPause, gets 40001 and works when it is repeated.";
    }

    private static String listed(List<String> said) {
        return String.join("; ", said.subList(0, Math.min(NAMED, said.size())))
                + (said.size() > NAMED ? "; and " + (said.size() - NAMED) + " more" : "");
    }

    private static List<String> said(Situation situation, ConversionTarget target, Table table) {
        List<String> said = new ArrayList<>();
        for (Index index : table.indexes()) {
            if (index.unique()) {
                ConflictTarget conflict = new ConflictTarget(table.name(), index.keyColumns());
                situation.texts(target).stream()
                        .flatMap(texts -> texts.texts().stream())
                        .flatMap(text -> conflict.in(text.text()).stream())
                        .forEach(said::add);
            }
        }
        return said.stream().distinct().toList();
    }

    private static List<String> withTime(Index index, ConversionTarget target) {
        return Stream.concat(index.keyColumns().stream(), Stream.of(target.timeColumn()))
                .toList();
    }
}

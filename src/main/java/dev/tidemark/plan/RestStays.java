package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.stream.Stream;

/** With {@code copySince} only later rows are copied: what becomes of the others, and what cannot be so. */
final class RestStays implements PartitionsRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        RetiredNames names = new RetiredNames(situation.takenNames());
        return situation.each((target, table) -> target.partitioning()
                .flatMap(Partitioning::copySince)
                .map(since -> judge(situation, target, table, names))
                .orElse(Stream.empty()));
    }

    private static Stream<Finding> judge(
            Situation situation, ConversionTarget target, Table table, RetiredNames names) {
        Strategy wish = situation.options().strategy();
        if (wish != Strategy.AUTO && wish != Strategy.COPY) {
            return Stream.of(Finding.blocking(
                    "TM310",
                    "copySince leaves older rows of " + table.name()
                            + " where they are, so it needs a copy; strategy=\"attach\" takes over all of them.",
                    "Leave copySince out, or set strategy=\"copy\"."));
        }
        return Stream.of(
                        withoutKey(table),
                        references(situation, table),
                        stays(situation, target, table, names),
                        parents(table))
                .flatMap(finding -> finding);
    }

    private static Stream<Finding> withoutKey(Table table) {
        return CopySubject.keyOf(table).isPresent()
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM312",
                        table.name()
                                + " has no key to follow changes by, so all of it would be copied anew on the way back, and copySince leaves rows out.",
                        "Give it a unique index on columns that are NOT NULL, or leave copySince out."));
    }

    /** Rows that refer to what was left behind would refer to nothing. */
    private static Stream<Finding> references(Situation situation, Table table) {
        List<String> keys = Stream.concat(
                        table.referencedBy().stream()
                                .filter(key -> situation.options().foreignKeys() != ForeignKeyChoice.DROP),
                        table.foreignKeys().stream().filter(ForeignKey::isSelfReference))
                .map(key -> Sql.identifier(key.name()) + " of " + key.child())
                .distinct()
                .toList();
        return keys.isEmpty()
                ? Stream.empty()
                : Stream.of(
                        Finding.blocking(
                                "TM313",
                                "Foreign keys point to " + table.name() + ": " + Phrases.list(keys)
                                        + ". Rows that reference what copySince leaves behind would reference nothing.",
                                "Set foreignKeys=\"drop\" (they go, and undo puts them back; one of the table to itself has to be dropped by hand), or leave copySince out."));
    }

    private static Stream<Finding> stays(
            Situation situation, ConversionTarget target, Table table, RetiredNames names) {
        return situation.share(target).stream().map(share -> {
            Rest rest = Rest.of(share, table.name(), names);
            TableName wanted = table.name()
                    .sibling(target.retiredName()
                            .orElseGet(() -> RetiredNames.fitted(table.name().name(), "_old")));
            TableName retired = names.claim(wanted) ? wanted : names.retire(table.name());
            return Finding.note(
                    "TM311",
                    Phrases.rows(share.left()) + " of " + table.name() + ", before "
                            + share.boundary().words() + ", are not copied (" + how(share)
                            + "). They stay in the retired table, " + retired
                            + ", and " + rest.view()
                            + " shows them together with the table's. After the cutover UPDATE and DELETE through "
                            + table.name()
                            + " do not find them, nor does a unique key; rows of that time that are inserted then go into "
                            + rest.before() + ".",
                    "Let statements that need older rows use the view or the retired table. finalizeConversion keeps them unless dropRest=\"true\".");
        });
    }

    private static Stream<Finding> parents(Table table) {
        List<String> keys = table.foreignKeys().stream()
                .filter(key -> !key.isSelfReference())
                .map(key -> Sql.identifier(key.name()) + " to " + key.parent())
                .toList();
        return keys.isEmpty()
                ? Stream.empty()
                : Stream.of(
                        Finding.note(
                                "TM316",
                                "Foreign keys of " + table.name() + " do not reach what copySince leaves: "
                                        + Phrases.list(keys)
                                        + ". Triggers on the tables that they reference do for those rows what the keys did, CASCADE and RESTRICT included, but for TRUNCATE.",
                                "Nothing to do, with the right TRIGGER on those tables; without it the way back asks for rows that dangle, before it begins."));
    }

    private static String how(Share share) {
        return share.left().exact()
                ? "counted in " + Figures.time(share.left().took())
                : "estimated from statistics, because counting took longer than "
                        + Figures.time(share.left().took()) + "; finalizeConversion counts them again";
    }
}

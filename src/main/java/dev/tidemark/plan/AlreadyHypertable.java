package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A hypertable that Tidemark did not make: nothing to do, and no way back in the journal that a rollback could take. Only one of another width, or by
 * another column, is copied into another hypertable.
 */
final class AlreadyHypertable implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.request().tables().stream().flatMap(target -> situation.table(target).stream()
                .filter(table -> is(situation, target, table))
                .flatMap(table -> table.layout()
                        .match(
                                h -> Stream.<Finding>empty(),
                                p -> Stream.<Finding>empty(),
                                hypertable -> Stream.of(found(situation, target, table, hypertable)))));
    }

    /** Whether the table is a hypertable and a wish for one leaves nothing to do that can be done in the way asked for. */
    static boolean is(Situation situation, ConversionTarget target, Table table) {
        return GoalWords.isHypertable(situation)
                && table.layout()
                        .match(
                                h -> false,
                                p -> false,
                                hypertable -> asWished(target, table, hypertable) || !mayCopy(situation));
    }

    private static boolean mayCopy(Situation situation) {
        Strategy wish = situation.options().strategy();
        return wish == Strategy.AUTO || wish == Strategy.COPY;
    }

    private static boolean asWished(ConversionTarget target, Table table, Layout.Hypertable hypertable) {
        return hypertable.timeColumn().equals(target.timeColumn())
                && (target.chunkInterval().isEmpty()
                        || width(target, table, target.chunkInterval())
                                .equals(width(target, table, Subjects.presentInterval(target, hypertable))));
    }

    private static Optional<Long> width(ConversionTarget target, Table table, Optional<Interval> interval) {
        return Timed.of(target, table).flatMap(timed -> new Timed(timed.type(), timed.epoch(), interval).width());
    }

    private static Finding found(
            Situation situation, ConversionTarget target, Table table, Layout.Hypertable hypertable) {
        boolean asWished = asWished(target, table, hypertable);
        return Finding.blocking(
                "TM102",
                table.name() + " is a hypertable already, by " + Sql.identifier(hypertable.timeColumn())
                        + " in chunks of " + hypertable.chunkInterval()
                        + (asWished
                                ? ", and the journal knows of no conversion that made it one."
                                : "; its rows get into other chunks by a copy only, and another strategy was asked for."),
                asWished
                        ? "Leave this change out, or mark it as run: liquibase changelog-sync."
                        : "Set strategy=\"copy\" instead of "
                                + Sql.literal(
                                        situation.options().strategy().name().toLowerCase(java.util.Locale.ROOT))
                                + ".");
    }
}

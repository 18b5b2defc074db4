package dev.tidemark.plan;

import dev.tidemark.schema.MissingRight;
import dev.tidemark.schema.Table;
import java.util.List;
import java.util.stream.Stream;

/** Whether pg_partman manages a table stands in its configuration; the cutover takes the table out there, the way back puts it in again. */
final class PartmanRights implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        List<MissingRight> missing = situation.server().partmanMissing();
        boolean unreadable = missing.stream().anyMatch(MissingRight::keepsFromReading);
        return situation.each(
                (target, table) -> missing.isEmpty() || !(isManaged(table) || (unreadable && isPartitioned(table)))
                        ? Stream.<Finding>empty()
                        : Stream.of(MissingRights.finding(
                                missing,
                                situation.server().user(),
                                unreadable
                                        ? "so it cannot be told whether pg_partman manages " + table.name()
                                        : "so " + table.name() + " cannot be taken out of pg_partman's maintenance")));
    }

    private static boolean isPartitioned(Table table) {
        return table.layout().match(heap -> false, partitions -> true, hypertable -> false);
    }

    private static boolean isManaged(Table table) {
        return table.layout()
                .match(heap -> false, partitions -> partitions.partman().isPresent(), hypertable -> false);
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.ManagedPartitions;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Where Tidemark makes a table's partitions, those of an exchange are like them; where the wish says something else, both are named. */
final class AsManaged implements Rule {
    private static final String UTC = Partitioning.DEFAULTS.timeZone();

    /** The wish with what it leaves open. */
    static ConversionTarget complete(ConversionTarget target, Optional<ManagedPartitions> managed) {
        Partitioning wish = target.partitioning()
                .orElseGet(() -> new Partitioning(Partitioning.AS_MANAGED, 0, Optional.empty(), false));
        Optional<Interval> width = target.chunkInterval().or(() -> managed.map(ManagedPartitions::width));
        // Names of days do not tell hours apart.
        Optional<String> pattern = wish.partitionName()
                .or(() -> managed.filter(m -> width.equals(Optional.of(m.width())))
                        .map(ManagedPartitions::namePattern));
        String zone = wish.timeZone().equals(Partitioning.AS_MANAGED)
                ? managed.map(ManagedPartitions::timeZone).orElse(UTC)
                : wish.timeZone();
        return target.as(
                target.epoch().or(() -> managed.flatMap(AsManaged::epoch)),
                width,
                new Partitioning(zone, wish.premake(), pattern, wish.defaultPartition()));
    }

    private static Optional<Epoch> epoch(ManagedPartitions managed) {
        return managed.epoch().map(unit -> Epoch.valueOf(unit.toUpperCase(Locale.ROOT)));
    }

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.exchange().managed().stream()
                .flatMap(managed -> situation.each((target, table) -> Stream.of(
                                unit(situation, target, managed),
                                zone(situation, target, managed),
                                different(
                                        situation,
                                        target.table(),
                                        "interval",
                                        target.chunkInterval().map(Interval::toString),
                                        managed.width().toString()),
                                different(
                                        situation,
                                        target.table(),
                                        "partitionName",
                                        target.partitioning().flatMap(Partitioning::partitionName),
                                        managed.namePattern()),
                                alike(situation, target, managed))
                        .flatMap(s -> s)));
    }

    private static Stream<Finding> unit(Situation situation, ConversionTarget target, ManagedPartitions managed) {
        return target.epoch().equals(epoch(managed))
                ? Stream.empty()
                : Stream.of(contradiction(
                        situation,
                        target.table(),
                        "epoch",
                        target.epoch()
                                .map(e -> e.name().toLowerCase(Locale.ROOT))
                                .orElse(""),
                        "epoch",
                        managed.epoch().orElse("none")));
    }

    private static Stream<Finding> zone(Situation situation, ConversionTarget target, ManagedPartitions managed) {
        return target
                .partitioning()
                .map(Partitioning::timeZone)
                .filter(zone -> !zone.equals(managed.timeZone()))
                .map(zone ->
                        contradiction(situation, target.table(), "timeZone", zone, "time_zone", managed.timeZone()))
                .stream();
    }

    /** Both would be wrong for the other's partitions: they would begin in the middle of these. */
    private static Finding contradiction(
            Situation situation, TableName table, String attribute, String asked, String column, String present) {
        return Finding.blocking(
                "TM350",
                attribute + "=\"" + asked + "\" contradicts what the partitions of " + table + " are made by: " + column
                        + " is " + present + " in " + set(situation) + ".",
                "Leave " + attribute + " out; or, if the other one is wrong: UPDATE " + set(situation) + " SET "
                        + column
                        + " = " + Sql.of("%L", asked).text() + " WHERE relation = "
                        + Sql.of("%L", table.quoted()).text() + "::regclass;");
    }

    private static Stream<Finding> different(
            Situation situation, TableName table, String attribute, Optional<String> asked, String present) {
        return asked
                .filter(value -> !value.equals(present))
                .map(value -> Finding.note(
                        "TM351",
                        attribute + "=\"" + value + "\" is not what the partitions of " + table
                                + " are made by: that is \"" + present + "\" in " + set(situation)
                                + ". Those of this exchange will be the only ones of their kind.",
                        "Nothing to do if that is meant, as for times long ago; else leave " + attribute + " out."))
                .stream();
    }

    private static Stream<Finding> alike(Situation situation, ConversionTarget target, ManagedPartitions managed) {
        return target.chunkInterval().equals(Optional.of(managed.width()))
                ? Stream.of(Finding.note(
                        "TM346",
                        "The new partitions are like those that Tidemark makes of " + target.table() + ": "
                                + managed.width() + ", in time zone " + managed.timeZone() + ", called "
                                + managed.namePattern() + " (" + set(situation) + ").",
                        "Nothing to do."))
                : Stream.empty();
    }

    private static String set(Situation situation) {
        return Sql.identifier(situation.journal()) + ".partition_set";
    }
}

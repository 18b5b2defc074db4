package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Where the rows begin that a copy takes along; those before it stay in the retired table. It lies where a partition begins, and is a fixed moment: a run
 * that is resumed days later has the same one.
 *
 * @param column the time column
 * @param value the first time that is taken along, as an expression of SQL that is a constant for the planner
 * @param words the same for a person
 * @param position the same as a position of the time
 */
public record Boundary(String column, String value, String words, long position) {
    private static final int MONTHS_A_YEAR = 12;
    private static final long MICROS_PER_SECOND = 1_000_000L;
    private static final long MICROS_PER_DAY = 86_400L * MICROS_PER_SECOND;
    /** Where months are counted from; and weeks, which begin on Mondays: as {@link PartitionGrid} does. */
    private static final int FIRST_YEAR = 2000;

    private static final LocalDateTime FIRST_MONDAY = LocalDateTime.of(FIRST_YEAR, 1, 3, 0, 0);
    private static final DateTimeFormatter TEXT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    /** Of a table that is not to be copied as a whole; nothing where all of it is, or where something is wrong that a rule has to name. */
    public static Optional<Boundary> of(ConversionTarget target, Table table, Instant now) {
        Partitioning partitioning = target.partitioning().orElse(Partitioning.DEFAULTS);
        Optional<TimeType> type = table.column(target.timeColumn()).flatMap(TimeType::of);
        if (partitioning.copySince().isEmpty()
                || type.isEmpty()
                || type.get().isInteger() != target.epoch().isPresent()
                || !ZoneId.getAvailableZoneIds().contains(partitioning.timeZone())) {
            return Optional.empty();
        }
        ZoneId zone = ZoneId.of(partitioning.timeZone());
        Interval width = target.chunkInterval().orElse(Partitioning.DEFAULT_WIDTH);
        LocalDateTime at = floor(
                before(
                        now.atZone(zone).toLocalDateTime(),
                        partitioning.copySince().get()),
                width);
        return Optional.of(new Boundary(
                target.timeColumn(),
                value(type.get(), target.epoch(), at, zone).text(),
                TEXT.format(at) + " (" + zone.getId() + ")",
                position(type.get(), target.epoch(), at, zone)));
    }

    private static LocalDateTime before(LocalDateTime now, Interval length) {
        return now.minusMonths(length.months())
                .minusDays(length.days())
                .minus(length.microseconds(), ChronoUnit.MICROS);
    }

    /** The beginning of the partition that a local time lies in. */
    private static LocalDateTime floor(LocalDateTime time, Interval width) {
        if (width.months() > 0) {
            int months = (time.getYear() - FIRST_YEAR) * MONTHS_A_YEAR + time.getMonthValue() - 1;
            return LocalDateTime.of(FIRST_YEAR, 1, 1, 0, 0)
                    .plusMonths(Math.floorDiv(months, width.months()) * (long) width.months());
        }
        long micros = width.days() * MICROS_PER_DAY + width.microseconds();
        return FIRST_MONDAY.plus(
                Math.floorDiv(FIRST_MONDAY.until(time, ChronoUnit.MICROS), micros) * micros, ChronoUnit.MICROS);
    }

    private static Sql value(TimeType type, Optional<Epoch> epoch, LocalDateTime at, ZoneId zone) {
        return switch (type) {
            case TIMESTAMPTZ -> Sql.of("(timestamp %L AT TIME ZONE %L)", TEXT.format(at), zone.getId());
            case TIMESTAMP -> Sql.of("timestamp %L", TEXT.format(at));
            case DATE -> Sql.of("date %L", at.toLocalDate().toString());
            case BIGINT, INTEGER, SMALLINT -> Sql.of("%s::bigint", position(type, epoch, at, zone));
        };
    }

    /** Of an hour that a clock shows twice PostgreSQL means the second one. */
    private static long position(TimeType type, Optional<Epoch> epoch, LocalDateTime at, ZoneId zone) {
        ZonedDateTime there = at.atZone(type == TimeType.TIMESTAMP || type == TimeType.DATE ? ZoneId.of("UTC") : zone)
                .withLaterOffsetAtOverlap();
        return there.toEpochSecond() * (type.isInteger() ? epoch.orElseThrow().perSecond() : MICROS_PER_SECOND);
    }

    /** A condition: the row {@code alias} stays where it is. */
    public Sql left(String alias) {
        return Sql.of("%s.%I < %s", new Sql(alias), column, new Sql(value));
    }

    /** A condition that an index serves: the row {@code alias} is taken along. */
    Sql kept(String alias) {
        return Sql.of("%s.%I >= %s", new Sql(alias), column, new Sql(value));
    }

    /** The same for rows whose time may be NULL, which is refused where such a row is written, not passed over. */
    Sql notLeft(String alias) {
        return Sql.of("(%s) IS NOT FALSE", kept(alias));
    }
}

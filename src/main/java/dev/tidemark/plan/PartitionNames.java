package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A pattern by which two partitions get one name, or which is none. The names of some years are tried, which finds whatever a width needs. */
final class PartitionNames implements PartitionsRule {
    private static final String TABLE = "{table}";
    private static final Pattern FIELD = Pattern.compile("\\{[^}]*}?");
    /** As {@code to_char} prints them. */
    private static final Map<String, DateTimeFormatter> FIELDS = Map.of(
            "{yyyy}", DateTimeFormatter.ofPattern("yyyy", Locale.ROOT),
            "{MM}", DateTimeFormatter.ofPattern("MM", Locale.ROOT),
            "{dd}", DateTimeFormatter.ofPattern("dd", Locale.ROOT),
            "{HH}", DateTimeFormatter.ofPattern("HH", Locale.ROOT),
            "{mm}", DateTimeFormatter.ofPattern("mm", Locale.ROOT),
            "{Q}", DateTimeFormatter.ofPattern("Q", Locale.ROOT),
            "{ww}",
                    new DateTimeFormatterBuilder()
                            .appendValue(IsoFields.WEEK_OF_WEEK_BASED_YEAR, 2)
                            .toFormatter(Locale.ROOT));

    /** A Monday, where partitions of weeks begin too. */
    private static final LocalDateTime FIRST = LocalDateTime.of(2001, 1, 1, 0, 0);
    /** In five years every width of up to a year has its turn of the year; longer ones differ in it alone. */
    private static final int YEARS = 5;

    private static final long MICROS_PER_MINUTE = 60_000_000L;
    private static final long MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE;
    /** Room for {@code _2}, which a name gets that something else has already. */
    private static final int LONGEST = TableName.MAX_IDENTIFIER_BYTES - 3;

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each(
                (target, table) -> target.partitioning().flatMap(Partitioning::partitionName).stream()
                        .flatMap(
                                pattern -> problem(pattern, target, table).stream()
                                        .map(
                                                problem -> Finding.blocking(
                                                        "TM171",
                                                        "partitionName=\"" + pattern + "\" of " + table.name()
                                                                + " cannot be used: " + problem + ".",
                                                        "Use {table} at the beginning, and {yyyy}, {MM}, {dd}, {HH}, {mm} (minute), {Q} (quarter), {ww} (ISO week) of"
                                                                + " the partition's beginning; or leave it out, for names like {table}_y{yyyy}m{MM}d{dd}."))));
    }

    private static Optional<String> problem(String pattern, ConversionTarget target, Table table) {
        if (pattern.lastIndexOf(TABLE) > 0) {
            return Optional.of("{table} stands elsewhere than at its beginning");
        }
        String suffix = pattern.replace(TABLE, "");
        Optional<String> unknown = FIELD.matcher(suffix)
                .results()
                .map(MatchResult::group)
                .filter(field -> !FIELDS.containsKey(field))
                .findFirst();
        if (unknown.isPresent()) {
            return Optional.of(unknown.get() + " is no field");
        }
        if (name(suffix, FIRST).getBytes(StandardCharsets.UTF_8).length > LONGEST) {
            return Optional.of("names of it would be longer than " + LONGEST + " bytes");
        }
        return Subjects.chunkInterval(target, table)
                .flatMap(interval -> repeated(suffix, interval, FIRST.plusYears(YEARS))
                        .or(() -> repeated(suffix, interval, FIRST.plusHours(1))));
    }

    /** Of widths below an hour those of one hour, and of the years those at which an hour begins: fields of both are apart. */
    private static Optional<String> repeated(String suffix, Interval interval, LocalDateTime end) {
        Map<String, LocalDateTime> names = new HashMap<>();
        for (LocalDateTime beginning = FIRST; beginning.isBefore(end) || names.size() < 2; ) {
            String name = name(suffix, beginning);
            LocalDateTime other = names.put(name, beginning);
            if (other != null) {
                return Optional.of("the partitions of " + other + " and of " + beginning + " would both be called \"…"
                        + name + "\"");
            }
            beginning = beginning
                    .plusMonths(interval.months())
                    .plusDays(interval.days())
                    .plus(Math.max(interval.microseconds(), shortest(interval, end)), ChronoUnit.MICROS);
        }
        return Optional.empty();
    }

    /** A width that is refused elsewhere must not keep this one busy. */
    private static long shortest(Interval interval, LocalDateTime end) {
        if (interval.months() > 0 || interval.days() > 0) {
            return 0;
        }
        return end.isAfter(FIRST.plusHours(1)) ? MICROS_PER_HOUR : MICROS_PER_MINUTE;
    }

    private static String name(String suffix, LocalDateTime beginning) {
        String name = suffix;
        for (Map.Entry<String, DateTimeFormatter> field : FIELDS.entrySet()) {
            if (name.contains(field.getKey())) {
                name = name.replace(field.getKey(), beginning.format(field.getValue()));
            }
        }
        return name;
    }
}

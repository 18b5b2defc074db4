package dev.tidemark.catalog;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.temporal.IsoFields;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the suffixes that pg_partman gives its partitions: {@code YYYYMMDD}, {@code YYYY_MM_DD_HH24MI}, {@code IYYY"w"IW} and so on. */
final class SuffixFormat {
    /** The longest first. */
    private static final List<String> FIELDS = List.of("IYYY", "YYYY", "HH24", "IW", "MM", "DD", "MI", "SS");

    private SuffixFormat() {}

    /** The time; empty if the suffix does not follow the format, or the format has other fields. @throws java.time.DateTimeException for a 13th month. */
    static Optional<LocalDateTime> parse(String format, String suffix) {
        Map<String, Integer> values = new HashMap<>();
        int at = 0;
        for (int i = 0; i < format.length(); ) {
            String rest = format.substring(i);
            Optional<String> field = FIELDS.stream().filter(rest::startsWith).findFirst();
            char literal = format.charAt(i);
            i += field.map(String::length).orElse(1);
            if (field.isPresent()) {
                int digits = field.get().endsWith("YYY") ? 4 : 2;
                if (at + digits > suffix.length()) {
                    return Optional.empty();
                }
                values.put(field.get(), Integer.valueOf(suffix.substring(at, at + digits)));
                at += digits;
            } else if (literal != '"') {
                if (at >= suffix.length() || suffix.charAt(at) != literal) {
                    return Optional.empty();
                }
                at++;
            }
        }
        return at == suffix.length() ? time(values) : Optional.empty();
    }

    private static Optional<LocalDateTime> time(Map<String, Integer> values) {
        Integer week = values.get("IW");
        Integer weekYear = values.get("IYYY");
        if (week != null && weekYear != null) {
            LocalDate day = LocalDate.of(weekYear, 1, 4).with(IsoFields.WEEK_OF_WEEK_BASED_YEAR, week);
            return Optional.of(day.with(DayOfWeek.MONDAY).atStartOfDay());
        }
        Integer year = values.get("YYYY");
        if (year == null) {
            return Optional.empty();
        }
        return Optional.of(LocalDateTime.of(
                year,
                values.getOrDefault("MM", 1),
                values.getOrDefault("DD", 1),
                values.getOrDefault("HH24", 0),
                values.getOrDefault("MI", 0),
                values.getOrDefault("SS", 0)));
    }
}

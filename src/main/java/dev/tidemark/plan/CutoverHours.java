package dev.tidemark.plan;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The hours of a day in which a cutover may begin, as a clock on the wall of a zone shows them.
 *
 * @param from their beginning
 * @param to their end, excluded; before {@code from} where they go across midnight
 * @param zone the zone of the clock
 */
public record CutoverHours(LocalTime from, LocalTime to, ZoneId zone) {
    private static final Pattern FORM =
            Pattern.compile("([01]\\d|2[0-3]):([0-5]\\d)-([01]\\d|2[0-4]):([0-5]\\d) ([A-Za-z0-9_+/-]+)");
    private static final String EXAMPLE = "write it like \"22:00-05:00 Europe/Berlin\" or \"09:30-11:00 UTC\"";

    /** A clock that is set forward can pass over them for a day, never for two. */
    private static final int DAYS = 3;

    public CutoverHours {
        if (from.equals(to)) {
            throw new IllegalArgumentException("they begin when they end; leave them out for all day long");
        }
    }

    /** Reads {@code 22:00-05:00 Europe/Berlin}. @throws IllegalArgumentException with what may be written */
    public static CutoverHours parse(String text) {
        Matcher hours = FORM.matcher(text.strip());
        if (!hours.matches() || (hours.group(3).equals("24") && !hours.group(4).equals("00"))) {
            throw new IllegalArgumentException("\"" + text + "\" names no hours of a day; " + EXAMPLE);
        }
        String zone = hours.group(5);
        if (!zone.equals("UTC")
                && (!zone.contains("/") || !ZoneId.getAvailableZoneIds().contains(zone))) {
            throw new IllegalArgumentException("\"" + zone + "\" is no name of a time zone; " + EXAMPLE);
        }
        return new CutoverHours(
                time(hours.group(1), hours.group(2)), time(hours.group(3), hours.group(4)), ZoneId.of(zone));
    }

    private static LocalTime time(String hour, String minute) {
        return LocalTime.of(Integer.parseInt(hour) % 24, Integer.parseInt(minute));
    }

    /** Whether a cutover may begin at that moment. */
    public boolean include(Instant moment) {
        LocalTime time = moment.atZone(zone).toLocalTime();
        return from.isBefore(to)
                ? !time.isBefore(from) && time.isBefore(to)
                : !time.isBefore(from) || time.isBefore(to);
    }

    /** The first moment from then on at which it may begin; then itself, if it may. */
    public Instant next(Instant then) {
        if (include(then)) {
            return then;
        }
        return beginnings(then)
                .filter(moment -> moment.isAfter(then) && include(moment))
                .min(Instant::compareTo)
                .orElseThrow(() -> new IllegalStateException(this + " never come after " + then));
    }

    /** When the clock shows {@link #from}, which it can do twice a day; and when it is set, which can leave that out. */
    private Stream<Instant> beginnings(Instant then) {
        ZoneRules rules = zone.getRules();
        Stream<Instant> shown = LongStream.rangeClosed(0, DAYS)
                .mapToObj(day -> then.atZone(zone).toLocalDate().plusDays(day).atTime(from))
                .flatMap(local -> rules.getValidOffsets(local).stream()
                        .map(offset ->
                                ZonedDateTime.ofLocal(local, zone, offset).toInstant()));
        Stream<Instant> set =
                Optional.ofNullable(rules.nextTransition(then)).map(ZoneOffsetTransition::getInstant).stream();
        return Stream.concat(shown, set);
    }

    /** How long after that moment it may begin; zero if at once. */
    public Duration untilNext(Instant then) {
        return Duration.between(then, next(then));
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return from + "-" + to + " " + zone;
    }
}

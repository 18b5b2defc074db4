package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.StatisticsObject;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Decides the details of each table beforehand: names that make room, the chunk interval, ends that were open. */
final class Subjects {
    private static final long MICROS = 1_000_000L;
    /** Of partitions that nobody gave a width; a hypertable without one is refused (TM103). */
    private static final Interval DAY = new Interval(0, 1, 0);
    /** Until the cutover the CHECK of an open end refuses rows beyond it; a run that was given up must not refuse tomorrow's. */
    private static final Interval SHORTEST_HEADROOM = new Interval(0, 7, 0);
    /** Share of the partitions that must have one width for it to count as theirs: days of a zone with summer time have it, months do not. */
    private static final double COMMON = 0.8;

    private static final Pattern WHOLE_NUMBER = Pattern.compile("\\d+");

    private static final DateTimeFormatter TEXT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");

    private final Situation situation;
    private final RetiredNames names;
    private final Instant now;

    Subjects(Situation situation, Instant now) {
        this.situation = situation;
        this.names = new RetiredNames(situation.takenNames());
        this.now = now;
    }

    /** All of them, in the order asked for; every table exists and has a usable time column. */
    List<Subject> all() {
        return situation.request().tables().stream()
                .map(target -> subject(target, situation.table(target).orElseThrow()))
                .toList();
    }

    /** Those of a copy, with a key to tell rows apart by and names for what is made beside them. */
    List<CopySubject> copied() {
        return all().stream()
                .map(subject -> {
                    Table table = subject.table();
                    Map<String, String> copyNames = new HashMap<>();
                    table.indexes()
                            .forEach(i -> copyNames.put(
                                    i.name(),
                                    names.prepare(table.name().sibling(i.name()))
                                            .name()));
                    ExtendedKeys keys = new ExtendedKeys(situation.request(), subject.target(), table);
                    return new CopySubject(
                            subject.of(keys.table()),
                            names.prepare(table.name()),
                            copyNames,
                            CopySubject.keyOf(table).orElse(List.of()),
                            keys.names(),
                            situation.share(subject.target()).map(share -> Rest.of(share, table.name(), names)));
                })
                .toList();
    }

    /** The width of new chunks: asked for, or the present partitions'. */
    static Optional<Interval> chunkInterval(ConversionTarget target, Table table) {
        return target.chunkInterval().or(() -> table.layout()
                .match(h -> Optional.empty(), p -> presentWidth(target, p), h -> presentInterval(target, h)));
    }

    /** That which present partitions have: pg_partman's, or most of them. */
    static Optional<Interval> presentWidth(ConversionTarget target, Layout.NativePartitions partitions) {
        return partitions.partman().flatMap(Subjects::partmanWidth).or(() -> commonWidth(target, partitions.leaves()));
    }

    /** That of a hypertable's new chunks. */
    static Optional<Interval> presentInterval(ConversionTarget target, Layout.Hypertable hypertable) {
        String interval = hypertable.chunkInterval();
        if (interval.isEmpty() || !WHOLE_NUMBER.matcher(interval).matches()) {
            return Optional.of(interval).filter(i -> !i.isEmpty()).map(Interval::parse);
        }
        return Optional.of(new Interval(0, 0, micros(Long.parseLong(interval), target.epoch())));
    }

    private static Optional<Interval> commonWidth(ConversionTarget target, List<Partition> leaves) {
        Map<Long, Long> widths = leaves.stream()
                .filter(l -> l.range().lower().isFinite() && l.range().upper().isFinite())
                .map(l -> l.range().upper().position() - l.range().lower().position())
                .collect(Collectors.groupingBy(width -> width, Collectors.counting()));
        long finite = widths.values().stream().mapToLong(n -> n).sum();
        return widths.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .filter(most -> most.getValue() >= finite * COMMON)
                .map(most -> new Interval(0, 0, micros(most.getKey(), target.epoch())));
    }

    static long micros(long width, Optional<Epoch> epoch) {
        return epoch.map(e ->
                        e.perSecond() > MICROS ? width / (e.perSecond() / MICROS) : width * (MICROS / e.perSecond()))
                .orElse(width);
    }

    /** Empty where it counts numbers, not time. */
    static Optional<Interval> partmanWidth(PartmanConfiguration partman) {
        try {
            return Optional.of(Interval.parse(partman.interval()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Subject subject(ConversionTarget target, Table table) {
        TimeType type = table.column(target.timeColumn()).flatMap(TimeType::of).orElseThrow();
        Interval interval = chunkInterval(target, table).orElse(DAY);
        TableName retired = retired(target, table);
        Map<String, String> retiredNames = retiredNames(table);
        long width = type.length(interval, target.epoch());
        Optional<Range> heapRange = table.layout()
                .match(
                        h -> Optional.of(heapRange(h.storage(), type, target, width)),
                        p -> Optional.<Range>empty(),
                        h -> Optional.<Range>empty());
        Optional<Bound> lastUpper = table.layout()
                .match(
                        h -> Optional.<Bound>empty(),
                        p -> unbounded(p).map(leaf -> openEnd(leaf, type, target, width)),
                        h -> Optional.<Bound>empty());
        return new Subject(
                table,
                target,
                type,
                interval,
                retired,
                retiredNames,
                lastUpper,
                heapRange,
                situation.options().includeDetached(),
                situation.journal());
    }

    private Map<String, String> retiredNames(Table table) {
        Map<String, String> retiredNames = new HashMap<>();
        Stream.of(
                        table.indexes().stream().map(i -> i.name()),
                        table.statistics().stream().map(StatisticsObject::name).map(TableName::name),
                        table.sequences().stream().filter(s -> s.identity()).map(s -> s.name()
                                .name()))
                .flatMap(s -> s)
                .forEach(name -> retiredNames.put(
                        name, names.retire(table.name().sibling(name)).name()));
        return retiredNames;
    }

    private TableName retired(ConversionTarget target, Table table) {
        return target.retiredName()
                .map(n -> table.name().sibling(n))
                .filter(names::claim)
                .orElseGet(() -> names.retire(table.name()));
    }

    /** The exchange of a partition, and what a DEFAULT partition's successor is called until the window. */
    ExchangeNames exchange(ExchangedPart exchanged) {
        ConversionTarget wish = situation.request().tables().get(0);
        Table whole = exchanged.whole();
        Table part = exchanged.part();
        boolean numbers = PresentWidth.isNumbers(wish, whole);
        Interval width = PresentWidth.of(wish, whole).orElse(DAY);
        ConversionTarget target = numbers ? wish.by(wish.timeColumn(), Optional.of(Epoch.US)) : wish;
        TimeType type = whole.column(wish.timeColumn()).flatMap(TimeType::of).orElseThrow();
        Subject own = new Subject(
                part,
                target,
                type,
                width,
                retired(target, part),
                retiredNames(part),
                Optional.empty(),
                Optional.empty(),
                false,
                situation.journal());
        Map<String, String> copyNames = new HashMap<>();
        whole.indexes()
                .forEach(i -> copyNames.put(
                        i.name(), names.prepare(whole.name().sibling(i.name())).name()));
        Table shape = exchanged.shape();
        CopySubject copied = new CopySubject(
                own.of(shape),
                names.prepare(part.name()),
                copyNames,
                CopySubject.keyOf(shape).orElse(List.of()),
                Set.of(),
                Optional.empty(),
                whole.name());
        Partitioning partitioning = copied.partitioning();
        PieceGrid grid = new PieceGrid(
                part.name(),
                copied.copy(),
                whole.name(),
                shape,
                wish.timeColumn(),
                type,
                width,
                new PieceCalendar(type, width, partitioning.timeZone(), wish.epoch()),
                PresentWidth.beginning(wish, whole, width),
                new PieceNames(
                        whole.name(),
                        partitioning.namePattern(width),
                        PresentWidth.partitions(whole)
                                .filter(p -> partitioning.partitionName().isEmpty())
                                .flatMap(p -> p.partman())
                                .flatMap(PartmanConfiguration::suffixFormat),
                        numbers),
                exchanged.isDefault()
                        ? Optional.empty()
                        : Optional.of(exchanged.place().range()),
                copied.offline()
                        ? Optional.empty()
                        : Optional.of(new PieceGrid.Changes(
                                copied.captureOfSource().log(),
                                Capture.column(copied.captured().indexOf(wish.timeColumn())))));
        return new ExchangeNames(
                new Exchange(copied, own, own.of(whole), exchanged.place(), grid),
                exchanged.isDefault() ? Optional.of(names.prepare(part.name())) : Optional.empty());
    }

    /**
     * @param exchange the exchange
     * @param rest what a DEFAULT partition's successor is called until it has its name
     */
    record ExchangeNames(Exchange exchange, Optional<TableName> rest) {}

    private static Optional<Partition> unbounded(Layout.NativePartitions partitions) {
        return partitions.leaves().stream()
                .filter(l -> !l.range().upper().isFinite())
                .findFirst();
    }

    private Range heapRange(Partition heap, TimeType type, ConversionTarget target, long width) {
        // No lower end: until the cutover its CHECK would refuse rows that come late.
        return new Range(Bound.MINVALUE, openEnd(heap, type, target, width));
    }

    /**
     * Where an open end is closed: a whole interval, and a week at least, beyond the latest row and beyond now, on TimescaleDB's grid, so that
     * rows which come while the conversion prepares itself still fit.
     */
    private Bound openEnd(Partition partition, TimeType type, ConversionTarget target, long width) {
        long latest = Math.max(
                nowPosition(target),
                partition.span().map(s -> s.highest().position()).orElse(Long.MIN_VALUE));
        long headroom = Math.max(width, type.length(SHORTEST_HEADROOM, target.epoch()));
        return bound(type, (Math.floorDiv(Math.addExact(latest, headroom), width) + 1) * width);
    }

    private long nowPosition(ConversionTarget target) {
        long micros = now.getEpochSecond() * MICROS + now.getNano() / 1000;
        return target.epoch()
                .map(e ->
                        e.perSecond() >= MICROS ? micros * (e.perSecond() / MICROS) : micros / (MICROS / e.perSecond()))
                .orElse(micros);
    }

    /** The bound at a position, as PostgreSQL writes it. */
    static Bound bound(TimeType type, long position) {
        if (type.isInteger()) {
            return new Bound(String.valueOf(position), position);
        }
        LocalDateTime time = LocalDateTime.ofEpochSecond(
                Math.floorDiv(position, MICROS), (int) (Math.floorMod(position, MICROS) * 1000), ZoneOffset.UTC);
        return new Bound(TEXT.format(time) + (type == TimeType.TIMESTAMPTZ ? "+00" : ""), position);
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Table;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** What retention will drop: nobody shall lose what pg_partman only detached and kept, unless he says so. */
final class RetentionDrops implements Rule {
    private static final long MICROS = 1_000_000L;

    private final Clock clock;

    RetentionDrops(Clock clock) {
        this.clock = clock;
    }

    private record Expired(long pieces, long rows) {}

    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> target.retention().stream()
                .filter(keep -> drops(target))
                .flatMap(keep -> {
                    Optional<Expired> expired = expired(situation, target, table, keep);
                    return partman(table)
                                            .filter(PartmanConfiguration::keepsTable)
                                            .isPresent()
                                    && !situation.options().dropExpired()
                            ? Stream.of(keptUntilNow(table, keep, expired))
                            : expired.filter(e -> e.pieces() > 0).stream().map(e -> willGo(situation, table, keep, e));
                }));
    }

    /** Chunks are always dropped, partitions unless they are to be kept. */
    private static boolean drops(ConversionTarget target) {
        return target.partitioning()
                .filter(p -> p.upkeep().retentionMode() != RetentionMode.DROP)
                .isEmpty();
    }

    private static Finding keptUntilNow(Table table, Interval keep, Optional<Expired> expired) {
        return Finding.blocking(
                "TM138",
                "pg_partman detaches and keeps old partitions of " + table.name() + "; a retention of " + keep
                        + " drops them"
                        + expired.map(e -> ", at first " + inWords(e)).orElse("") + ".",
                "Say dropExpired=\"true\" if that is meant, or leave retention out.");
    }

    private static Finding willGo(Situation situation, Table table, Interval keep, Expired expired) {
        return Finding.note(
                "TM139",
                "A retention of " + keep + " will drop " + inWords(expired) + " of " + table.name()
                        + (situation.options().policies() == PolicyStart.AFTER_FINALIZE
                                ? " after finalizeConversion."
                                : " within minutes of the cutover, for which there is no undo."),
                "Leave retention out if that is not meant.");
    }

    private static String inWords(Expired expired) {
        return expired.pieces() + (expired.pieces() == 1 ? " partition" : " partitions") + " with about "
                + expired.rows() + " rows";
    }

    private Optional<Expired> expired(Situation situation, ConversionTarget target, Table table, Interval keep) {
        return table.column(target.timeColumn())
                .flatMap(TimeType::of)
                .filter(type -> !type.isInteger() || target.epoch().isPresent())
                .map(type -> {
                    long oldest = now(target) - type.length(keep, target.epoch());
                    return pieces(situation, table)
                            .filter(p -> p.range().upper().isFinite()
                                    && p.range().upper().position() <= oldest)
                            .map(p -> new Expired(1, p.size().rows()))
                            .reduce(
                                    new Expired(0, 0),
                                    (a, b) -> new Expired(a.pieces() + b.pieces(), a.rows() + b.rows()));
                });
    }

    private static Stream<Partition> pieces(Situation situation, Table table) {
        return table.layout()
                .match(
                        h -> Stream.empty(),
                        p -> situation.options().includeDetached()
                                ? Stream.concat(p.leaves().stream(), p.detached().stream())
                                : p.leaves().stream(),
                        h -> h.chunks().stream());
    }

    private static Optional<PartmanConfiguration> partman(Table table) {
        return table.layout().match(h -> Optional.empty(), Layout.NativePartitions::partman, h -> Optional.empty());
    }

    /** As a position, like {@link dev.tidemark.schema.Bound#position()}. */
    private long now(ConversionTarget target) {
        Instant now = clock.instant();
        long micros = now.getEpochSecond() * MICROS + now.getNano() / 1000;
        return target.epoch().map(e -> inUnits(micros, e.perSecond())).orElse(micros);
    }

    private static long inUnits(long micros, long perSecond) {
        return perSecond >= MICROS ? micros * (perSecond / MICROS) : micros / (MICROS / perSecond);
    }
}

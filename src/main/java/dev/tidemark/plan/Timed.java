package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Table;
import java.util.Optional;

/**
 * The time column of a table where it can be counted with: of a usable type, with a unit if it needs one.
 *
 * @param type its type
 * @param epoch its unit, for integers
 * @param interval the width of new chunks, if anything tells it
 */
record Timed(TimeType type, Optional<Epoch> epoch, Optional<Interval> interval) {

    /** Empty where rules about the column itself have to speak first. */
    static Optional<Timed> of(ConversionTarget target, Table table) {
        return table.column(target.timeColumn())
                .flatMap(TimeType::of)
                .filter(type -> type.isInteger() == target.epoch().isPresent())
                .map(type -> new Timed(type, target.epoch(), Subjects.chunkInterval(target, table)));
    }

    /** The width in units of {@link Bound#position()}; empty where it cannot be counted in them. */
    Optional<Long> width() {
        return interval.flatMap(i -> {
            try {
                return Optional.of(type.length(i, epoch)).filter(width -> width > 0);
            } catch (ArithmeticException e) {
                return Optional.empty();
            }
        });
    }
}

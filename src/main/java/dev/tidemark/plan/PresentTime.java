package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Table;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The time column of a table that becomes a plain one: the one given, else what its present storage goes by. It only helps to find rows piece by
 * piece, so where that is no time (LIST, HASH), any column will do that has one in every row.
 */
final class PresentTime {
    private PresentTime() {}

    static ConversionTarget of(ConversionTarget target, Table table) {
        return Optional.of(target.timeColumn())
                .filter(name -> !name.equals(ConversionTarget.AS_IT_IS))
                .flatMap(table::column)
                .or(() -> target.timeColumn().equals(ConversionTarget.AS_IT_IS) ? told(table) : Optional.empty())
                .map(column -> target.by(column.name(), unit(column)))
                .orElse(target);
    }

    private static Optional<Column> told(Table table) {
        Stream<String> key = table.layout()
                .match(heap -> Stream.empty(), p -> p.keyColumns().stream(), h -> Stream.of(h.timeColumn()));
        return Stream.concat(
                        key.flatMap(name -> table.column(name).stream()),
                        table.columns().stream().sorted(Comparator.comparing(c -> unit(c).isPresent())))
                .filter(column -> column.notNull() && TimeType.of(column).isPresent())
                .findFirst();
    }

    /** Of an integer: any unit will do where nothing is cut by it. */
    private static Optional<Epoch> unit(Column column) {
        return TimeType.of(column).filter(TimeType::isInteger).map(type -> Epoch.S);
    }
}

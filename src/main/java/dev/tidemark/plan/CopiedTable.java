package dev.tidemark.plan;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Column;
import dev.tidemark.schema.Index;
import dev.tidemark.schema.Interval;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A table whose rows were copied, and the other one that has them: both as they are now, which may be long after the copy was planned.
 *
 * @param table the table that the application uses
 * @param other its copy before the cutover, its retired table afterwards
 * @param cutOver whether the cutover has been
 * @param journal the schema of the journal
 * @param rest what was not copied; empty where everything was
 * @param exchanged of what exchanges a partition
 */
public record CopiedTable(
        Table table, Table other, boolean cutOver, String journal, Optional<Rest> rest, Optional<Exchanged> exchanged) {
    private static final long DAY = 86_400_000_000L;
    private static final long SOME_NUMBERS = 3_600;

    /**
     * A partition that is, or was, exchanged.
     *
     * @param whole the table that it belongs to
     * @param runId the run that does it
     */
    public record Exchanged(Table whole, String runId) {}

    /** Of a table that is copied as a whole. */
    public CopiedTable(Table table, Table other, boolean cutOver, String journal, Optional<Rest> rest) {
        this(table, other, cutOver, journal, rest, Optional.empty());
    }

    /** Of a partition that has been exchanged: its rows are those of the new partitions, which {@link #gather} shows. */
    public static CopiedTable ofPieces(Table whole, Table retired, String journal, String runId) {
        return new CopiedTable(
                whole.named(gathered(journal, whole.name())),
                retired,
                true,
                journal,
                Optional.empty(),
                Optional.of(new Exchanged(whole, runId)));
    }

    /** What shows the rows of the new partitions of a table while a proof reads them. */
    public static TableName gathered(String journal, TableName whole) {
        return Exchange.view(journal, whole);
    }

    /** The same for a session by itself, which must leave nothing behind. */
    CopiedTable temporarily() {
        return exchanged.isPresent() && cutOver
                ? new CopiedTable(
                        table.named(new TableName("pg_temp", "tidemark_pieces")), other, true, journal, rest, exchanged)
                : this;
    }

    /** Makes that, where it is needed. */
    List<Sql> gather() {
        return exchanged.filter(e -> cutOver).stream()
                .map(e -> PieceStatements.view(
                        table.name(),
                        e.whole().name(),
                        Exchange.pieces(journal, e.whole().name(), Sql.of("%L", e.runId()))))
                .toList();
    }

    /** Takes it away: partitions that it shows could not be dropped. */
    List<Sql> scatter() {
        return exchanged.filter(e -> cutOver).stream()
                .map(e -> Sql.of("DROP VIEW IF EXISTS %I", table.name()))
                .toList();
    }

    /** The proof that both have the same rows, but for those whose change waits to be replayed. */
    CopyProof proof() {
        CopySubject subject = subject();
        return new CopyProof(
                subject,
                table.name(),
                other.name(),
                cutOver ? subject.captureOfCopy() : subject.captureOfSource(),
                cutOver
                        ? "The application uses " + whole() + "; " + other.name()
                                + " is what a way back would bring. Somebody wrote into one of them behind its triggers, or chunks or partitions were dropped"
                                + " since the cutover. repair=\"true\" makes the retired table follow."
                        : CopyProof.UNHARMED);
    }

    /** Columns that only one of them has, or each with another type: no proof compares them. */
    List<String> uncompared() {
        Set<String> compared = Set.copyOf(common().stream().map(Column::name).toList());
        return Stream.concat(table.columns().stream(), other.columns().stream())
                .map(Column::name)
                .distinct()
                .filter(name -> !compared.contains(name))
                .toList();
    }

    /** Columns by which rows are told apart; none where nobody can. */
    List<String> key() {
        return CopySubject.keyOf(origin()).orElse(List.of());
    }

    /** The one that the rows were in first, by whose key they are told apart in the log. */
    private Table origin() {
        return exchanged.map(Exchanged::whole).orElse(cutOver ? other : table);
    }

    /** The table that the run is about. */
    private TableName whole() {
        return exchanged.map(e -> e.whole().name()).orElse(table.name());
    }

    private CopySubject subject() {
        List<Column> columns = common();
        List<String> key = key();
        if (!columns.stream().map(Column::name).toList().containsAll(key)) {
            throw new Refused("The columns of the key of " + origin().name() + " by which its rows were followed, "
                    + key + ", are not the same in " + table.name() + ". Give them back before the two are compared.");
        }
        rest.map(Rest::boundary)
                .filter(b -> columns.stream().noneMatch(c -> c.name().equals(b.column())))
                .ifPresent(b -> {
                    throw new Refused(
                            "Rows of " + table.name() + " were copied since " + b.words() + " by its column \""
                                    + b.column() + "\", which is not the same in " + other.name()
                                    + ". Give it back its name and type before the two are compared.");
                });
        Optional<Column> time = time(columns);
        TimeType type = time.flatMap(TimeType::of).orElse(TimeType.TIMESTAMPTZ);
        Interval width = new Interval(0, 0, width(type));
        ConversionTarget target = new ConversionTarget(
                table.name(),
                time.map(Column::name).orElse(ConversionTarget.AS_IT_IS),
                // One unit a number, whatever it stands for.
                type.isInteger() ? Optional.of(Epoch.US) : Optional.empty(),
                Optional.of(width),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty());
        Subject subject = new Subject(
                table.limitedTo(columns, indexes()),
                target,
                type,
                width,
                other.name(),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                false,
                journal);
        return new CopySubject(subject, other.name(), Map.of(), key, Set.of(), rest, whole());
    }

    private List<Column> common() {
        return table.columns().stream()
                .filter(c -> other.column(c.name())
                        .filter(same -> same.type().equals(c.type()) && Objects.equals(same.collation(), c.collation()))
                        .isPresent())
                .toList();
    }

    /** Those that help on both sides. */
    private List<Index> indexes() {
        List<Optional<String>> there = other.indexes().stream()
                .filter(index -> index.valid() && !index.definition().text().contains(" WHERE "))
                .map(index -> index.keyColumns().stream().findFirst())
                .toList();
        return table.indexes().stream()
                .filter(index -> there.contains(index.keyColumns().stream().findFirst()))
                .toList();
    }

    /** What the storage of one of them goes by. */
    private Optional<Column> time(List<Column> columns) {
        return Stream.of(table, other)
                .flatMap(t -> t.layout()
                        .match(
                                h -> Stream.<String>empty(),
                                p -> p.keyColumns().stream(),
                                h -> Stream.of(h.timeColumn())))
                .flatMap(name -> columns.stream().filter(c -> c.name().equals(name)))
                .filter(column -> TimeType.of(column).isPresent())
                .findFirst();
    }

    private long width(TimeType type) {
        return Stream.of(table, other)
                .flatMap(t -> t.layout()
                        .match(h -> Stream.<Partition>empty(), p -> p.leaves().stream(), h -> h.chunks().stream()))
                .map(Partition::range)
                .filter(range -> range.lower().isFinite() && range.upper().isFinite())
                .map(CopiedTable::length)
                .findFirst()
                .orElse(type.isInteger() ? SOME_NUMBERS : DAY);
    }

    private static long length(Range range) {
        Bound lower = range.lower();
        return Math.max(1, range.upper().position() - lower.position());
    }
}

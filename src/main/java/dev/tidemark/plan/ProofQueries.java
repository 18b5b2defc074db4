package dev.tidemark.plan;

import dev.tidemark.schema.Partition;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Plain SQL with which anybody can prove a conversion again while the application works: each query is one statement, so that one snapshot
 * serves both sides, and returns {@code proof, expected, found}.
 */
public final class ProofQueries {
    private final Table table;
    private final TableName piece;
    private final String runId;

    /**
     * For a converted table.
     *
     * @param table the hypertable as it is now
     * @param runId the run that made it
     * @param journal the schema of the journal
     */
    public ProofQueries(Table table, String runId, String journal) {
        this.table = table;
        this.piece = new TableName(journal, "piece");
        this.runId = runId;
    }

    /** The queries, each complete without a semicolon. */
    public List<Sql> all() {
        List<Sql> queries = new ArrayList<>(List.of(piecesAreParts()));
        table.layout()
                .match(
                        heap -> Stream.<Sql>empty(),
                        partitions -> readByName(
                                partitions.leaves(), partitions.keyColumns().get(0)),
                        hypertable -> readByName(hypertable.chunks(), hypertable.timeColumn()))
                .forEach(queries::add);
        return queries;
    }

    /** Of the first and the last that hold rows. */
    private Stream<Sql> readByName(List<Partition> parts, String timeColumn) {
        List<Partition> filled = parts.stream().filter(c -> !c.empty()).toList();
        return filled.isEmpty()
                ? Stream.empty()
                : Stream.of(filled.get(0), filled.get(filled.size() - 1))
                        .distinct()
                        .map(part -> readByName(part, timeColumn));
    }

    /** Whatever was there before is a part of this table, or has been dropped since as a whole. */
    private Sql piecesAreParts() {
        return Sql.of(
                """
                SELECT 'former storage that is part of %s' AS proof, count(*)::text AS expected,
                       count(*) FILTER (WHERE EXISTS (
                           SELECT FROM pg_inherits AS i
                            WHERE i.inhparent = to_regclass(%L) AND i.inhrelid = to_regclass(p.relation)))::text AS found
                  FROM %I AS p
                 WHERE p.run = %L AND p.target = %L AND to_regclass(p.relation) IS NOT NULL""",
                new Sql(table.name().quoted().replace("'", "''")),
                table.name().quoted(),
                piece,
                runId,
                table.name().quoted());
    }

    /** The rows of a chunk, read through the table's name with the chunk's range, are those that its storage holds. */
    private Sql readByName(Partition chunk, String timeColumn) {
        TimeType type = table.column(timeColumn).flatMap(TimeType::of).orElseThrow();
        List<Sql> conditions = new ArrayList<>();
        if (chunk.range().lower().isFinite()) {
            conditions.add(
                    Sql.of("r.%I >= %s", timeColumn, type.literal(chunk.range().lower())));
        }
        if (chunk.range().upper().isFinite()) {
            conditions.add(
                    Sql.of("r.%I < %s", timeColumn, type.literal(chunk.range().upper())));
        }
        Sql where = conditions.isEmpty() ? new Sql("true") : Sql.join(" AND ", conditions);
        List<String> columns = table.columns().stream().map(c -> c.name()).toList();
        Sql row = Sql.join(", ", columns.stream().map(c -> Sql.of("r.%I", c)).toList());
        Sql hash = new Sql(RowHash.of("ROW(" + row + ")"));
        return Sql.of(
                """
                SELECT 'rows of %s read through %s' AS proof,
                       (%s) AS expected,
                       (%s) AS found""",
                new Sql(chunk.name().quoted().replace("'", "''")),
                new Sql(table.name().quoted().replace("'", "''")),
                RowHash.summary(hash, Sql.of("ONLY %I AS r", chunk.name())),
                RowHash.summary(hash, Sql.of("%I AS r WHERE %s", table.name(), where)));
    }
}

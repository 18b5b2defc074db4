package dev.tidemark.catalog;

import dev.tidemark.catalog.RelationQuery.Relation;
import dev.tidemark.schema.Column;
import dev.tidemark.schema.Counted;
import dev.tidemark.schema.Server;
import dev.tidemark.schema.SqlTexts;
import dev.tidemark.schema.Table;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads tables and the server.
 *
 * <p>Each call is one consistent look: a REPEATABLE READ transaction of its own, or, inside the caller's transaction, a savepoint; the session's settings are
 * afterwards as before. The number of statements does not grow with the number of partitions, but for one per hundred that hold rows. Used by one thread, that of the session.
 */
public final class Catalog {
    private final Session session;

    public Catalog(Session session) {
        this.session = session;
    }

    /**
     * The table of that name, empty if there is none. A view, sequence and so on comes back with its kind and nothing else. The span of a plain table's time column is not read.
     */
    public Optional<Table> table(TableName name) {
        return Snapshot.read(session, () -> find(name, null, Extensions.read(session)));
    }

    /** As {@link #table(TableName)}, with the span of {@code timeColumn} where it is a plain table. */
    public Optional<Table> table(TableName name, String timeColumn) {
        return Snapshot.read(session, () -> find(name, timeColumn, Extensions.read(session)));
    }

    /** Those of the tables that exist, in the given order, read in one look. */
    public List<Table> tables(Collection<TableName> names) {
        return Snapshot.read(session, () -> {
            Extensions extensions = Extensions.read(session);
            return names.stream()
                    .flatMap(name -> find(name, null, extensions).stream())
                    .toList();
        });
    }

    /** The server, with the sessions that hold up or could hold up work on the tables and on everything below them. */
    public Server server(Collection<TableName> tablesOfInterest) {
        return Snapshot.read(session, () -> {
            List<Long> tables = tablesOfInterest.stream()
                    .flatMap(name -> RelationQuery.find(session, name).stream())
                    .map(Relation::oid)
                    .toList();
            return ServerQuery.read(session, Extensions.read(session), SessionsQuery.read(session, tables));
        });
    }

    /** The leaves of a retired table, or itself; none if it is gone. */
    public List<TableName> leaves(TableName retired) {
        return Snapshot.read(session, () -> RetiredQuery.leaves(session, retired));
    }

    /** The tables that a retired table's foreign keys reference. */
    public List<TableName> referenced(TableName retired) {
        return Snapshot.read(session, () -> RetiredQuery.referenced(session, retired));
    }

    /** Whether a table holds a row; its children do not count. */
    public boolean isFilled(TableName table) {
        return Snapshot.read(session, () -> RetiredQuery.isFilled(session, table));
    }

    /** What is known of the SQL that is sent to a table, as far as it says what a table in parts takes otherwise. */
    public SqlTexts texts(TableName table) {
        return Snapshot.read(session, () -> {
            Optional<TableName> view = StatementsQuery.view(session);
            List<SqlTexts.Text> texts = new ArrayList<>(FunctionTextsQuery.read(session, table));
            view.ifPresent(v -> texts.addAll(StatementsQuery.read(session, v, table)));
            return new SqlTexts(
                    view.isPresent(),
                    view.map(v -> StatementsQuery.hidden(session, v)).orElse(0L),
                    texts,
                    SubscriptionsQuery.read(session, table));
        });
    }

    /** How many rows of a table meet a condition on {@code b} by that column: counted, or estimated where that would take minutes. */
    public Counted count(TableName table, Column column, Sql before) {
        return CountQuery.read(session, table, column.name(), column.type(), before);
    }

    /** The one number that a query asks for. */
    public long number(Sql query) {
        return Snapshot.read(session, () -> session.first(query.text(), row -> row.getLong(1))
                .orElseThrow());
    }

    /** Names that relations and statistics objects of these schemas bear. */
    public Set<TableName> takenNames(Collection<String> schemas) {
        return Snapshot.read(session, () -> NamesQuery.read(session, schemas));
    }

    /**
     * How fast up to {@code maxBytes} of a relation's heap are read in sequence, in bytes per second; 0 where it has no rows. The first reading after a cold start shows
     * the disk, the next one of the same bytes the memory.
     */
    public long measureReadRate(TableName partition, long maxBytes) {
        return Snapshot.read(session, () -> ReadRate.measure(session, partition, maxBytes));
    }

    private Optional<Table> find(TableName name, @Nullable String timeColumn, Extensions extensions) {
        return RelationQuery.find(session, name).map(relation -> switch (relation.kind()) {
            case TABLE, PARTITIONED_TABLE -> TableReader.read(session, relation, timeColumn, extensions);
            default -> OtherKind.of(relation);
        });
    }
}

package dev.tidemark.demo;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Counts the rows that the window of a cutover reads, exactly: triggers on the journal look at the counters of the window's own transaction,
 * when the first proof is written and when it commits. Works the same whoever runs the conversion.
 */
final class WindowReads {

    private static final String INSTALL =
            """
            CREATE SCHEMA demo;
            CREATE TABLE demo.watched AS
                SELECT leaf.relid::oid AS relid
                FROM unnest(ARRAY[%s]) AS root(name) CROSS JOIN pg_partition_tree(root.name::regclass) AS leaf WHERE leaf.isleaf;
            CREATE TABLE demo.reading (xact xid8, moment text, rows bigint);
            CREATE FUNCTION demo.read() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO demo.reading
                SELECT pg_current_xact_id(), TG_ARGV[0],
                       sum(pg_stat_get_xact_tuples_returned(relid) + pg_stat_get_xact_tuples_fetched(relid))
                FROM demo.watched;
                RETURN NULL;
            END $$;
            CREATE TRIGGER demo_begin AFTER INSERT ON tidemark.proof FOR EACH STATEMENT EXECUTE FUNCTION demo.read('begin');
            CREATE CONSTRAINT TRIGGER demo_end AFTER UPDATE OF cutover_at ON tidemark.run DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION demo.read('end')
            """;

    private static final String REMOVE =
            """
            DROP TRIGGER demo_begin ON tidemark.proof; DROP TRIGGER demo_end ON tidemark.run; DROP SCHEMA demo CASCADE
            """;

    private static final String READ =
            """
            SELECT max(rows) - min(rows) FROM demo.reading
            WHERE xact = (SELECT max(xact::text::bigint)::text::xid8 FROM demo.reading WHERE moment = 'end')
            """;

    /** What the proof reads: its samples, before and after, and one row of each piece to see whether it is empty. */
    private static final String BY_PROOF =
            """
            SELECT 2 * coalesce(sum(split_part(before, ' ', 1)::bigint), 0) + (SELECT count(*) FROM demo.watched)
            FROM tidemark.proof WHERE kind LIKE 'rows read%'
            """;

    private final Database database;

    private WindowReads(Database database) {
        this.database = database;
    }

    static WindowReads watch(Database database, List<String> tables) {
        try (Connection connection = database.connect()) {
            new Journal(new Session(connection), "tidemark").install();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        database.execute(
                INSTALL.formatted(tables.stream().map(t -> "'" + t + "'").collect(Collectors.joining(", "))));
        return new WindowReads(database);
    }

    /** Rows read between the first proof and the commit, the proof's own samples included. */
    long rows() {
        return database.number(READ);
    }

    /** How many of them the proof itself can have read. */
    long byProof() {
        return database.number(BY_PROOF);
    }

    void remove() {
        database.execute(REMOVE);
    }
}

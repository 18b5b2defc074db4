package dev.tidemark.demo;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.Scenario;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A plain table becomes the history partition of a partitioned one, on PostgreSQL alone. */
final class PartitionScenes extends Scenes {
    /** What the window of the cutover may take, whatever the number of rows: nothing inside it reads one. */
    static final Duration LONGEST_CUTOVER = Duration.ofMillis(100);
    /** What the window of the way back may take, whatever the number of rows: each of 60 partitions is taken out of the table in it. */
    static final Duration LONGEST_ROLLBACK = Duration.ofMillis(250);
    /** Of write-ahead log, beside the index of the longer key, whose pages are logged: partitions, catalog, journal. */
    private static final long LOG_AT_MOST = 20_000_000;

    private static final String NODES =
            """
            SELECT string_agg(f.oid || ' ' || pg_relation_filenode(f.oid), ', ' ORDER BY f.oid)
            FROM pg_class AS c
            CROSS JOIN LATERAL (SELECT c.oid
                                UNION ALL SELECT c.reltoastrelid WHERE c.reltoastrelid <> 0
                                UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid = c.oid AND NOT indisunique) AS f
            WHERE c.oid = %d
            """;

    private final String table = tables.get(0);

    PartitionScenes(Scenario scenario, String server, long rows, Page page) {
        super(scenario, "attach", server, rows, page);
    }

    @Override
    String reason() {
        return "because no row has to move";
    }

    @Override
    Stream<String> relations(Database database) {
        return Stream.concat(
                tables.stream(),
                database
                        .column(
                                "SELECT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid = '"
                                        + table + "'::regclass")
                        .stream());
    }

    @Override
    boolean play(Database ours, Database byHand) {
        long oid = ours.number("SELECT '" + table + "'::regclass::oid");
        startState(ours);
        require(conversion(ours).prepare());
        Cost conversion = conversion(ours, oid);
        applicationGoesOn(ours);
        long returning = ours.number("SELECT count(*) FROM " + table + " WHERE tableoid <> " + oid);
        Cost wayBack = wayBack(ours, oid);
        long highest = byHand.number("SELECT max(id) FROM " + table);
        Cost hand = byHand(byHand);
        long lost = lostByHand(byHand, highest);
        comparison(conversion, wayBack, hand, "0", String.valueOf(returning));
        page.proof(
                conversion.window().compareTo(hand.window()) < 0,
                "the window is shorter than by hand; by hand's own way back lost %d of the rows written since, ours none",
                lost);
        end(conversion, wayBack, hand);
        return page.allHeld();
    }

    private void startState(Database database) {
        page.heading("1  Start state");
        page.table(
                List.of("table", "rows", "heap", "indexes", "from", "to"),
                database.rows(
                        """
                        SELECT '%1$s', to_char(count(*), 'FM999,999,999,999'), pg_size_pretty(pg_table_size('%1$s')), pg_size_pretty(pg_indexes_size('%1$s')),
                               min("%2$s")::timestamp(0)::text, max("%2$s")::timestamp(0)::text FROM %1$s
                        """
                                .formatted(table, timeColumns.get(table))));
        page.proof(
                database.column("SELECT extname FROM pg_extension").equals(List.of("plpgsql")),
                "PostgreSQL alone: the database has no extension");
    }

    private Cost conversion(Database database, long oid) {
        Conversion conversion = conversion(database);
        planned(conversion);
        Map<String, Rows> before = contents(database);
        String nodes = database.value(NODES.formatted(oid));

        page.heading("3  Conversion: liquibase update, while two sessions read");
        Cost.Mark mark = Cost.Mark.of(database);
        Watched<Output> run = watched(database, conversion::convert);
        require(run.result());
        Cost cost = mark.cost(database, window(database, false), run.took());
        page.line("   readers meanwhile: %s", run.readers());

        page.heading("4  Proof");
        readersHeld(run);
        windowHeld("cutover", cost.window(), LONGEST_CUTOVER);
        page.proof(
                database.value(NODES.formatted(oid)).equals(nodes),
                "the file nodes of the heap, its TOAST table and its two other indexes are the same: no row was copied");
        long key = database.number(
                "SELECT sum(pg_relation_size(indexrelid)) FROM pg_index WHERE indrelid = " + oid + " AND indisunique");
        page.proof(
                cost.walBytes() < key * 3 / 2 + LOG_AT_MOST,
                "%s of write-ahead log, for the index of the key (id, timestamp), %s, and the partitions",
                Cost.bytes(cost.walBytes()),
                Cost.bytes(key));
        equal(before, contents(database));
        proofsHeld(database, conversion);
        return cost;
    }

    private void applicationGoesOn(Database database) {
        page.heading("5  The application goes on");
        statementsOfTheApplication(database);
        page.proof(
                database.rows("SELECT * FROM create_future_" + table + "_partitions(30)")
                        .isEmpty(),
                "create_future_%s_partitions(30) has nothing to make",
                table);
        page.proof(
                database.number("SELECT count(*) FROM create_future_" + table
                                + "_partitions(60) WHERE outcome = 'made'")
                        > 0,
                "create_future_%s_partitions(60) makes more",
                table);
        page.proof(
                database.column("SELECT outcome FROM drop_old_" + table + "_partitions(15)").stream()
                        .allMatch("paused"::equals),
                "drop_old_%s_partitions(15) lets nothing go while there is a way back",
                table);
        List<String> health = database.rows("SELECT verdict, days_ahead FROM tidemark.partition_health")
                .get(0);
        page.proof(!health.get(0).equals("red"), "partitions reach %s days ahead: %s", health.get(1), health.get(0));
        queriesToWatch(database);
    }

    private Cost wayBack(Database database, long oid) {
        Map<String, Rows> written = contents(database);
        String heap = database.value("SELECT pg_relation_filenode(" + oid + "::regclass)");
        page.heading("6  Rollback: liquibase rollback --tag=" + scenario.before() + ", while two sessions read");
        Cost.Mark mark = Cost.Mark.of(database);
        Watched<Output> run = watched(database, conversion(database)::rollBack);
        require(run.result());
        Cost cost = mark.cost(database, window(database, true), run.took());
        page.line("   readers meanwhile: %s", run.readers());

        page.heading("7  Proof again");
        readersHeld(run);
        windowHeld("way back", cost.window(), LONGEST_ROLLBACK);
        page.proof(
                database.number("SELECT '" + table + "'::regclass::oid") == oid
                        && database.value("SELECT relkind FROM pg_class WHERE oid = " + oid)
                                .equals("r")
                        && database.value("SELECT pg_relation_filenode(" + oid + "::regclass)")
                                .equals(heap),
                "%s is a plain table again, with its oid and its file node",
                table);
        equal(written, contents(database));
        return cost;
    }

    /** What the application writes after the conversion by hand, and how many of its new rows that one's way back leaves out. */
    private long lostByHand(Database database, long highest) {
        scenario.statements("application.sql").forEach(s -> database.execute(s.sql()));
        String since = "SELECT count(*) FROM " + table + " WHERE id > " + highest;
        long written = database.number(since);
        database.execute(scenario.file("by-hand-back.sql"));
        return written - database.number(since);
    }
}

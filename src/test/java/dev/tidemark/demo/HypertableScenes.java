package dev.tidemark.demo;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.Scenario;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Partitions under pg_partman become hypertables. */
final class HypertableScenes extends Scenes {
    /** What the window of the cutover may take by adopt, at the scenario's own size. */
    static final Duration LONGEST_CUTOVER = Duration.ofMillis(200);
    /** What the window of the way back may take, at the scenario's own size. */
    static final Duration LONGEST_ROLLBACK = Duration.ofMillis(400);
    /** How many times shorter than by hand the window of attach must be: it reads every row once, so milliseconds say nothing. */
    static final int ATTACH_RATIO = 15;

    private static final String MAINTENANCE = "CALL partman.run_maintenance_proc()";

    private final String reason;
    private List<String> children = List.of();

    HypertableScenes(Scenario scenario, String strategy, String reason, String server, long rows, Page page) {
        super(scenario, strategy, server, rows, page);
        this.reason = reason;
    }

    @Override
    String reason() {
        return reason;
    }

    @Override
    Stream<String> relations(Database database) {
        return Stream.concat(tables.stream(), children.stream());
    }

    private boolean attaches() {
        return strategy.equals("attach");
    }

    /** The thresholds hold at the scenario's own size and grow with the rows from there, never shrink. */
    private Duration scaled(Duration limit) {
        return Duration.ofMillis(limit.toMillis() * Math.max(rows, scenario.usualRows()) / scenario.usualRows());
    }

    @Override
    boolean play(Database ours, Database byHand) {
        startState(ours);
        children = children(ours);
        require(conversion(ours).prepare());
        Map<String, Rows> before = contents(ours);
        Storage storage = Storage.of(ours, tables);
        long moved = inDefault(ours);
        Cost conversion = conversion(ours, before, storage);
        applicationGoesOn(ours);
        Map<String, Rows> written = contents(ours);
        Cost wayBack = wayBack(ours, written, storage);
        Cost hand = byHand(byHand);
        comparison(conversion, wayBack, hand, "%,d from DEFAULT".formatted(moved), "0");
        if (attaches()) {
            page.proof(
                    hand.window().compareTo(conversion.window().multipliedBy(ATTACH_RATIO)) >= 0,
                    "the window is at least %d times shorter than by hand",
                    ATTACH_RATIO);
        }
        end(conversion, wayBack, hand);
        return page.allHeld();
    }

    /** Rows that no partition has a place for. */
    private long inDefault(Database database) {
        return tables.stream()
                .flatMap(table -> database
                        .column(
                                "SELECT p.relid::regclass::text FROM pg_partition_tree('" + table
                                        + "') AS p JOIN pg_class AS c ON c.oid = p.relid WHERE pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'")
                        .stream())
                .mapToLong(part -> database.number("SELECT count(*) FROM " + part))
                .sum();
    }

    private void startState(Database database) {
        page.heading("1  Start state");
        var lines = new ArrayList<List<String>>();
        for (String table : tables) {
            lines.add(database.rows(
                            """
                            SELECT '%1$s', count(*), to_char((SELECT count(*) FROM %1$s), 'FM999,999,999,999'), pg_size_pretty(sum(pg_table_size(relid))),
                                   pg_size_pretty(sum(pg_indexes_size(relid))),
                                   (SELECT partition_interval || ', premake ' || premake FROM partman.part_config WHERE parent_table = 'public.%1$s')
                            FROM pg_partition_tree('%1$s') WHERE isleaf
                            """
                                    .formatted(table))
                    .get(0));
        }
        page.table(List.of("table", "partitions", "rows", "heap", "indexes", "pg_partman"), lines);
        maintenance(database, "before the conversion");
    }

    private Cost conversion(Database database, Map<String, Rows> before, Storage storage) {
        Conversion conversion = conversion(database);
        planned(conversion);

        page.heading("3  Conversion: liquibase update, while two sessions read");
        WindowReads reads = WindowReads.watch(database, tables);
        Cost.Mark mark = Cost.Mark.of(database);
        Watched<Output> run = watched(database, conversion::convert);
        require(run.result());
        Cost cost = mark.cost(database, window(database, false), run.took());
        page.line("   readers meanwhile: %s", run.readers());

        page.heading("4  Proof");
        readersHeld(run);
        if (!attaches()) {
            windowHeld("cutover", cost.window(), scaled(LONGEST_CUTOVER));
            long all = before.values().stream().mapToLong(Rows::count).sum();
            page.proof(
                    reads.rows() <= reads.byProof(),
                    "inside its window the conversion read none of %,d rows; its proof read %,d, the sample it hashes before and after",
                    all,
                    reads.rows());
        } else {
            page.line("   attach_chunk read %,d rows inside the window, each once", reads.rows());
        }
        reads.remove();
        page.proof(
                storage.filesNow(database).equals(storage.files()),
                "%d file nodes of heaps, indexes and TOAST tables are the same: no row was copied",
                storage.files().size());
        equal(before, contents(database));
        proofsHeld(database, conversion);
        return cost;
    }

    private void applicationGoesOn(Database database) {
        page.heading("5  The application goes on");
        statementsOfTheApplication(database);
        for (String table : tables) {
            long scans = database
                    .column("EXPLAIN SELECT count(*) FROM " + table + " WHERE " + timeColumns.get(table)
                            + " >= date_trunc('day', now() - interval '1 day')")
                    .stream()
                    .filter(l -> l.contains("Scan") && l.contains(" on "))
                    .filter(l -> !l.contains("Bitmap Index") && !l.contains("ChunkAppend"))
                    .count();
            long chunks = database.number("SELECT count(*) FROM show_chunks('" + table + "')");
            page.proof(scans < chunks, "a query for the last day of %s scans %d of %d chunks", table, scans, chunks);
        }
        maintenance(database, "after the conversion");
        queriesToWatch(database);
    }

    private Cost wayBack(Database database, Map<String, Rows> written, Storage storage) {
        page.heading("6  Rollback: liquibase rollback --tag=" + scenario.before() + ", while two sessions read");
        Cost.Mark mark = Cost.Mark.of(database);
        Watched<Output> run = watched(database, conversion(database)::rollBack);
        require(run.result());
        Cost cost = mark.cost(database, window(database, true), run.took());
        page.line("   readers meanwhile: %s", run.readers());

        page.heading("7  Proof again");
        readersHeld(run);
        windowHeld("way back", cost.window(), scaled(LONGEST_ROLLBACK));
        Storage after = Storage.of(database, tables);
        List<String> changed = storage.changed(after);
        changed.forEach(c -> page.line("   changed: %s", c));
        page.proof(
                changed.isEmpty(),
                "all %d former partitions have their oid, name and bound",
                storage.partitions().size());
        storage.added(after).forEach(a -> page.line("   new: %s", a));
        page.proof(
                storage.filesNow(database).equals(storage.files()),
                "%d file nodes are the same",
                storage.files().size());
        equal(written, contents(database));
        maintenance(database, "after the rollback");
        return cost;
    }

    private void maintenance(Database database, String when) {
        // pg_partman computes in the session's time zone; these partitions were made in UTC.
        try (Connection connection = database.connect();
                var call = connection.createStatement()) {
            call.execute("SET timezone = 'UTC'");
            call.execute(MAINTENANCE);
            page.proof(true, "%s succeeds %s", MAINTENANCE, when);
        } catch (SQLException e) {
            page.proof(false, "%s fails %s: %s", MAINTENANCE, when, e.getMessage());
        }
    }

    /** Tables that reference the converted ones, which lose and get back a foreign key. */
    private List<String> children(Database database) {
        String converted = tables.stream().map(t -> "'" + t + "'::regclass").collect(Collectors.joining(", "));
        return database.column(
                "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
                        + " AND confrelid IN (" + converted + ") AND conrelid NOT IN (" + converted + ") ORDER BY 1");
    }
}

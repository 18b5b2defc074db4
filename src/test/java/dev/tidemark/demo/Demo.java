package dev.tidemark.demo;

import dev.tidemark.plan.Strategy;
import dev.tidemark.testing.Capability;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.Readers;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.Scenario;
import dev.tidemark.testing.Scenario.Statement;
import dev.tidemark.testing.TestServer;
import dev.tidemark.testing.TestServers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Converts a scenario and takes it back, on a real server, with the same conversion by hand beside it. Ends with 0 only when every proof held.
 * Options: {@code -Dscenario=NAME}, {@code -Drows=NUMBER}, {@code -Durl=JDBC-URL}, {@code -Dstrategy=attach|adopt}.
 */
public final class Demo {
    /** What the window of the cutover may take by adopt, at the scenario's own size. */
    static final Duration LONGEST_CUTOVER = Duration.ofMillis(200);
    /** What the window of the way back may take, at the scenario's own size. */
    static final Duration LONGEST_ROLLBACK = Duration.ofMillis(400);
    /** How many times shorter than by hand the window of attach must be: it reads every row once, so milliseconds say nothing. */
    static final int ATTACH_RATIO = 15;

    /** Enough to feel a short window, few enough not to disturb what is measured. */
    private static final int READS_PER_SECOND = 50;

    private static final Set<Capability> NEEDS = EnumSet.of(
            Capability.TIMESCALEDB,
            Capability.PARTMAN,
            Capability.POSTGIS,
            Capability.SUPERUSER,
            Capability.SEVERAL_SESSIONS);
    /** TimescaleDB is not among them: creating it is part of the scenario. */
    private static final Set<Capability> BEFORE = EnumSet.of(Capability.PARTMAN, Capability.POSTGIS);

    private static final String MAINTENANCE = "CALL partman.run_maintenance_proc()";

    private final Scenario scenario;
    private final TestServer server;
    private final long rows;
    private final Page page = new Page(Path.of("target", "demo"));
    private final Strategy strategy;
    private final String reason;
    private final Map<String, String> timeColumns;
    private final List<String> tables;

    private List<String> children = List.of();

    private Demo(Scenario scenario, TestServer server, long rows) {
        this.scenario = scenario;
        this.server = server;
        this.rows = rows;
        boolean community = server.capabilities().contains(Capability.COMMUNITY);
        this.strategy = Strategy.valueOf(
                option("strategy", community ? "attach" : "adopt").toUpperCase(Locale.ROOT));
        this.reason = option("strategy", "").isEmpty()
                ? "because TimescaleDB is the %s edition here".formatted(community ? "Community" : "Apache")
                : "because -Dstrategy says so";
        this.timeColumns = scenario.tables(strategy.name().toLowerCase(Locale.ROOT));
        this.tables = List.copyOf(timeColumns.keySet());
    }

    public static void main(String[] arguments) {
        Scenario scenario = Scenario.named(option("scenario", "partman-to-hypertable"));
        var demo = new Demo(
                scenario, server(), Long.parseLong(option("rows", String.valueOf(scenario.usualRows()))));
        boolean held;
        try {
            held = demo.run();
        } finally {
            demo.page.writeLog();
        }
        if (!held) {
            throw new AssertionError(demo.page.failures() + " of " + demo.page.proofs() + " proofs failed");
        }
    }

    private static TestServer server() {
        if (!option("url", "").isEmpty()) {
            System.setProperty("tidemark.testUrl", option("url", ""));
        }
        return TestServers.with(NEEDS)
                .orElseThrow(
                        () -> new IllegalStateException(
                                "no server for the demo: it needs one with "
                                        + NEEDS.stream().map(Capability::words).toList()
                                        + ". Give it one with -Durl=jdbc:postgresql://…, or run it where Docker is, or as root on Debian."));
    }

    private static String option(String name, String otherwise) {
        String given = System.getProperty(name, "");
        return given.isEmpty() ? otherwise : given;
    }

    private boolean run() {
        page.heading("Tidemark: " + scenario.name());
        page.line("   server     %s", server.name());
        page.line("   strategy   %s, %s", strategy.name().toLowerCase(Locale.ROOT), reason);
        page.line(
                "   making the start state of %,d and more rows, about %d s …",
                rows, Math.max(25, rows * 25 / scenario.usualRows()));
        try (Database ours = Database.create(server, BEFORE)) {
            scenario.load(ours, rows);
            ours.execute("VACUUM ANALYZE");
            try (Database byHand = ours.copied()) {
                return scenes(ours, byHand);
            }
        }
    }

    private boolean scenes(Database ours, Database byHand) {
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
        comparison(conversion, wayBack, hand, moved);
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
        page.heading("2  Plan: liquibase update, TIDEMARK_MODE=plan");
        String runbook = conversion.plan();
        page.write("plan.txt", runbook);
        page.write("update.sql", conversion.sql().stdout());
        runbook.lines().forEach(l -> page.line("%s", l));
        page.proof(runbook.startsWith("GO"), "the plan says GO; the SQL of it all is in target/demo/update.sql");

        page.heading("3  Conversion: liquibase update, while two sessions read");
        WindowReads reads = WindowReads.watch(database, tables);
        Cost.Mark mark = Cost.Mark.of(database);
        Watched<Output> run = watched(database, conversion::convert);
        require(run.result());
        Cost cost = mark.cost(database, window(database, false), run.took());
        page.line("   readers meanwhile: %s", run.readers());

        page.heading("4  Proof");
        run.readers().failures().forEach(f -> page.line("   a reader failed: %s", f));
        page.proof(
                run.readers().failures().isEmpty(),
                "no reader failed; the longest wait of one was %s",
                Cost.time(run.readers().waits().max()));
        windowHeld("cutover", cost.window(), LONGEST_CUTOVER);
        if (strategy == Strategy.ADOPT) {
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
        page.proof(
                database.number("SELECT count(*) FROM tidemark.proof WHERE before IS DISTINCT FROM after") == 0,
                "the journal's %d proofs, taken inside the window, hold",
                database.number("SELECT count(*) FROM tidemark.proof"));
        Output checks = conversion.verify();
        checks.stderr().lines().filter(l -> l.contains("ERROR")).limit(3).forEach(l -> page.line("   %s", l.strip()));
        page.proof(checks.exitCode() == 0, "phase 3 (v3-verify.xml) finds nothing");
        return cost;
    }

    private Conversion conversion(Database database) {
        return new Conversion(database, scenario, strategy.name().toLowerCase(Locale.ROOT), l -> page.line("%s", l));
    }

    /** Nothing after it would make sense. */
    private static void require(Output output) {
        output.succeeded();
    }

    private void applicationGoesOn(Database database) {
        page.heading("5  The application goes on");
        for (Statement statement : scenario.statements("application.sql")) {
            try (Connection connection = database.connect();
                    var update = connection.createStatement()) {
                page.proof(update.executeUpdate(statement.sql()) > 0, "%s", statement.title());
            } catch (SQLException e) {
                page.proof(false, "%s: %s", statement.title(), e.getMessage());
            }
        }
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
        List<Statement> watch = scenario.statements("watch.sql");
        page.proof(
                watch.stream().allMatch(s -> succeeds(database, s.sql())),
                "the %d queries of watch.sql answer",
                watch.size());
    }

    private Cost wayBack(Database database, Map<String, Rows> written, Storage storage) {
        page.heading("6  Rollback: liquibase rollback --tag=" + scenario.before() + ", while two sessions read");
        Cost.Mark mark = Cost.Mark.of(database);
        Watched<Output> run = watched(database, conversion(database)::rollBack);
        require(run.result());
        Cost cost = mark.cost(database, window(database, true), run.took());
        page.line("   readers meanwhile: %s", run.readers());

        page.heading("7  Proof again");
        run.readers().failures().forEach(f -> page.line("   a reader failed: %s", f));
        page.proof(
                run.readers().failures().isEmpty(),
                "no reader failed; the longest wait of one was %s",
                Cost.time(run.readers().waits().max()));
        windowHeld("way back", cost.window(), LONGEST_ROLLBACK);
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

    private Cost byHand(Database database) {
        page.heading("8  The same by hand (by-hand.sql)");
        Cost.Mark mark = Cost.Mark.of(database);
        database.execute(scenario.file("by-hand.sql"));
        Duration took = mark.elapsed();
        page.line("   one transaction; readers and writers waited for all of its %s", Cost.time(took));
        return mark.cost(database, took, took);
    }

    private void comparison(Cost ours, Cost wayBack, Cost hand, long moved) {
        page.heading("9  Side by side, same server, same run");
        page.table(
                List.of("", "Tidemark", "by hand", "ratio", "rollback"),
                List.of(
                        row(
                                "lock to commit",
                                Cost.time(ours.window()),
                                Cost.time(hand.window()),
                                ratio(hand.window().toNanos(), ours.window().toNanos()),
                                Cost.time(wayBack.window())),
                        row(
                                "start to end",
                                Cost.time(ours.total()),
                                Cost.time(hand.total()),
                                ratio(hand.total().toNanos(), ours.total().toNanos()),
                                Cost.time(wayBack.total())),
                        row(
                                "write-ahead log",
                                Cost.bytes(ours.walBytes()),
                                Cost.bytes(hand.walBytes()),
                                ratio(hand.walBytes(), ours.walBytes()),
                                Cost.bytes(wayBack.walBytes())),
                        row(
                                "disk",
                                Cost.bytes(ours.diskBytes()),
                                Cost.bytes(hand.diskBytes()),
                                "",
                                Cost.bytes(wayBack.diskBytes())),
                        row("rows moved", "%,d from DEFAULT".formatted(moved), "all", "", "0"),
                        row("rows written since, kept", "yes", "no", "", "yes")));
        if (strategy == Strategy.ATTACH) {
            page.proof(
                    hand.window().compareTo(ours.window().multipliedBy(ATTACH_RATIO)) >= 0,
                    "the window is at least %d times shorter than by hand",
                    ATTACH_RATIO);
        }
        page.line("");
        page.line(
                page.allHeld()
                        ? "All %d proofs held. Plan, SQL, log and report: target/demo"
                        : "%d proofs, %d FAILED. Plan, SQL, log and report: target/demo",
                page.proofs(),
                page.failures());
        page.write("report.md", report(ours, wayBack, hand));
    }

    private String report(Cost ours, Cost wayBack, Cost hand) {
        var text = new StringBuilder("# %s by %s%n%n%s; %,d rows and more.%n%n"
                .formatted(scenario.name(), strategy.name().toLowerCase(Locale.ROOT), server.name(), rows));
        text.append("| | Tidemark | rollback | by hand |\n|---|---|---|---|\n");
        text.append("| lock to commit | %s | %s | %s |%n"
                .formatted(Cost.time(ours.window()), Cost.time(wayBack.window()), Cost.time(hand.window())));
        text.append("| start to end | %s | %s | %s |%n"
                .formatted(Cost.time(ours.total()), Cost.time(wayBack.total()), Cost.time(hand.total())));
        text.append("| write-ahead log | %s | %s | %s |%n"
                .formatted(Cost.bytes(ours.walBytes()), Cost.bytes(wayBack.walBytes()), Cost.bytes(hand.walBytes())));
        text.append("| disk | %s | %s | %s |%n%n"
                .formatted(
                        Cost.bytes(ours.diskBytes()), Cost.bytes(wayBack.diskBytes()), Cost.bytes(hand.diskBytes())));
        return text.append(page.proofList()).toString();
    }

    /** The thresholds hold at the scenario's own size and grow with the rows from there, never shrink. */
    private void windowHeld(String what, Duration window, Duration limit) {
        if (what.equals("cutover") && strategy == Strategy.ATTACH) {
            return;
        }
        Duration scaled =
                Duration.ofMillis(limit.toMillis() * Math.max(rows, scenario.usualRows()) / scenario.usualRows());
        page.proof(
                window.compareTo(scaled) <= 0,
                "the window of the %s took %s from lock to commit (limit %s)",
                what,
                Cost.time(window),
                Cost.time(scaled));
    }

    private void equal(Map<String, Rows> before, Map<String, Rows> after) {
        before.forEach((table, rows) -> page.proof(
                rows.equals(after.get(table)),
                "%s: %,d rows, full hash %016x, equal",
                table,
                rows.count(),
                rows.xor()));
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

    private boolean succeeds(Database database, String sql) {
        try {
            database.execute(sql);
            return true;
        } catch (IllegalStateException e) {
            page.line(
                    "   %s", String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
            return false;
        }
    }

    /** Tables that reference the converted ones, which lose and get back a foreign key. */
    private List<String> children(Database database) {
        String converted = tables.stream().map(t -> "'" + t + "'::regclass").collect(Collectors.joining(", "));
        return database.column(
                "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
                        + " AND confrelid IN (" + converted + ") AND conrelid NOT IN (" + converted + ") ORDER BY 1");
    }

    private Map<String, Rows> contents(Database database) {
        Map<String, Rows> contents = new LinkedHashMap<>();
        Stream.concat(tables.stream(), children.stream()).forEach(t -> contents.put(t, Rows.of(database, t)));
        return contents;
    }

    /** Lock wait and hold of the committed cutover, as the journal has them. */
    private static Duration window(Database database, boolean back) {
        String millis = database.value("SELECT coalesce(max(waited_ms + held_ms), 0) FROM tidemark.lock_log"
                + " WHERE outcome = 'committed' AND step = 'cutover' AND back = " + back);
        return Duration.ofNanos((long) (Double.parseDouble(millis) * 1e6));
    }

    private static List<String> row(String... cells) {
        return List.of(cells);
    }

    private static String ratio(long theirs, long ours) {
        return ours <= 0 ? "" : String.format(Locale.ROOT, "%.0f×", (double) theirs / ours);
    }

    private record Watched<T>(T result, Duration took, Readers.Report readers) {}

    private interface Work<T> {
        T run();
    }

    private <T> Watched<T> watched(Database database, Work<T> work) {
        String read = "SELECT count(*) FROM " + tables.get(0) + " WHERE " + timeColumns.get(tables.get(0))
                + " >= now() - interval '1 minute'";
        try (Readers readers = Readers.start(database, READS_PER_SECOND, 2, connection -> {
            try (var statement = connection.createStatement()) {
                statement.executeQuery(read).close();
            }
        })) {
            long begin = System.nanoTime();
            T result = work.run();
            return new Watched<>(result, Duration.ofNanos(System.nanoTime() - begin), readers.stop());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}

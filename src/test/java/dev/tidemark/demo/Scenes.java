package dev.tidemark.demo;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.Output;
import dev.tidemark.testing.Readers;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.Scenario;
import dev.tidemark.testing.Scenario.Statement;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What the scenes of a demo have in common, from the plan to the figures side by side. Every scenario adds what only it can show. */
abstract class Scenes {
    /** Enough to feel a short window, few enough not to disturb what is measured. */
    private static final int READS_PER_SECOND = 50;

    final Scenario scenario;
    final String strategy;
    final String server;
    final long rows;
    final Page page;
    final Map<String, String> timeColumns;
    final List<String> tables;

    /** @param server its name */
    Scenes(Scenario scenario, String strategy, String server, long rows, Page page) {
        this.scenario = scenario;
        this.strategy = strategy;
        this.server = server;
        this.rows = rows;
        this.page = page;
        this.timeColumns = scenario.tables(strategy);
        this.tables = List.copyOf(timeColumns.keySet());
    }

    record Watched<T>(T result, Duration took, Readers.Report readers) {}

    interface Work<T> {
        T run();
    }

    /** Why it is that strategy. */
    abstract String reason();

    /** Plays all of them: the conversion and the way back in the one database, the same by hand in its copy. */
    abstract boolean play(Database ours, Database byHand);

    /** The tables whose contents are compared. */
    abstract Stream<String> relations(Database database);

    Conversion conversion(Database database) {
        return new Conversion(database, scenario, strategy, l -> page.line("%s", l));
    }

    /** The runbook, onto the page and into files. */
    void planned(Conversion conversion) {
        page.heading("2  Plan: liquibase update, TIDEMARK_MODE=plan");
        String runbook = conversion.plan();
        page.write("plan.txt", runbook);
        page.write("update.sql", conversion.sql().stdout());
        runbook.lines().forEach(l -> page.line("%s", l));
        page.proof(runbook.startsWith("GO"), "the plan says GO; the SQL of it all is in target/demo/update.sql");
    }

    /** What the journal has, and what phase 3 finds. */
    void proofsHeld(Database database, Conversion conversion) {
        page.proof(
                database.number("SELECT count(*) FROM tidemark.proof WHERE before IS DISTINCT FROM after") == 0,
                "the journal's %d proofs, taken inside the window, hold",
                database.number("SELECT count(*) FROM tidemark.proof"));
        Output checks = conversion.verify();
        checks.stderr().lines().filter(l -> l.contains("ERROR")).limit(3).forEach(l -> page.line("   %s", l.strip()));
        page.proof(checks.exitCode() == 0, "phase 3 (v3-verify.xml) finds nothing");
    }

    <T> Watched<T> watched(Database database, Work<T> work) {
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

    /** Says how those who read meanwhile have fared. */
    void readersHeld(Watched<?> run) {
        run.readers().failures().forEach(f -> page.line("   a reader failed: %s", f));
        page.proof(
                run.readers().failures().isEmpty(),
                "no reader failed; the longest wait of one was %s",
                Cost.time(run.readers().waits().max()));
    }

    void windowHeld(String what, Duration window, Duration limit) {
        page.proof(
                window.compareTo(limit) <= 0,
                "the window of the %s took %s from lock to commit (limit %s)",
                what,
                Cost.time(window),
                Cost.time(limit));
    }

    void equal(Map<String, Rows> before, Map<String, Rows> after) {
        before.forEach((table, rows) -> page.proof(
                rows.equals(after.get(table)),
                "%s: %,d rows, full hash %016x, equal",
                table,
                rows.count(),
                rows.xor()));
    }

    /** The statements of {@code application.sql}, each of which must find something to do. */
    void statementsOfTheApplication(Database database) {
        for (Statement statement : scenario.statements("application.sql")) {
            try (Connection connection = database.connect();
                    var update = connection.createStatement()) {
                page.proof(update.executeUpdate(statement.sql()) > 0, "%s", statement.title());
            } catch (SQLException e) {
                page.proof(false, "%s: %s", statement.title(), e.getMessage());
            }
        }
    }

    void queriesToWatch(Database database) {
        List<Statement> watch = scenario.statements("watch.sql");
        page.proof(
                watch.stream().allMatch(s -> succeeds(database, s.sql())),
                "the %d queries of watch.sql answer",
                watch.size());
    }

    /** Lock wait and hold of the committed cutover, as the journal has them. */
    static Duration window(Database database, boolean back) {
        String millis = database.value("SELECT coalesce(max(waited_ms + held_ms), 0) FROM tidemark.lock_log"
                + " WHERE outcome = 'committed' AND step = 'cutover' AND back = " + back);
        return Duration.ofNanos((long) (Double.parseDouble(millis) * 1e6));
    }

    Cost byHand(Database database) {
        page.heading("8  The same by hand (by-hand.sql)");
        Cost.Mark mark = Cost.Mark.of(database);
        database.execute(scenario.file("by-hand.sql"));
        Duration took = mark.elapsed();
        page.line("   one transaction; readers and writers waited for all of its %s", Cost.time(took));
        return mark.cost(database, took, took);
    }

    void comparison(Cost ours, Cost wayBack, Cost hand, String moved, String movedBack) {
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
                        row("rows moved", moved, "all", "", movedBack),
                        row("rows written since, kept", "yes", "no", "", "yes")));
    }

    /** The last lines, and the report. */
    void end(Cost ours, Cost wayBack, Cost hand) {
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
        var text = new StringBuilder(
                "# %s by %s%n%n%s; %,d rows and more.%n%n".formatted(scenario.name(), strategy, server, rows));
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

    Map<String, Rows> contents(Database database) {
        Map<String, Rows> contents = new LinkedHashMap<>();
        relations(database).forEach(t -> contents.put(t, Rows.of(database, t)));
        return contents;
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

    /** Nothing after it would make sense. */
    static void require(Output output) {
        output.succeeded();
    }

    private static List<String> row(String... cells) {
        return List.of(cells);
    }

    private static String ratio(long theirs, long ours) {
        return ours <= 0 ? "" : String.format(Locale.ROOT, "%.0f×", (double) theirs / ours);
    }
}

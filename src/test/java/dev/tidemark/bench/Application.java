package dev.tidemark.bench;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Writes beside something that is measured, at its own rate.
 *
 * @param perSecond statements a second
 * @param connections at least rate × longest wait expected
 * @param leadIn how long it writes before anything is measured
 * @param work its statements
 * @param written query for key and version of all it has written and nothing else
 */
record Application(double perSecond, int connections, Duration leadIn, OpenLoopWriter.Work work, String written) {

    /** Adds to the figures of that work what the application felt meanwhile, and whether the database has what it was told. */
    Map<Figure, Double> beside(Database database, Measured measured) throws Exception {
        try (OpenLoopWriter writer = OpenLoopWriter.start(database, perSecond, connections, work)) {
            TimeUnit.MILLISECONDS.sleep(leadIn.toMillis());
            writer.measureFromNow();
            Map<Figure, Double> figures = measured.run();
            OpenLoopWriter.Report report = writer.stop();
            Console.say("      writer: %s", report);
            report.failures().stream().limit(3).forEach(f -> Console.say("      failed: %s", f));
            figures.put(Figure.LONGEST_WAIT, report.delays().max().toNanos() / 1e6);
            figures.put(Figure.P50, report.delays().percentile(50).toNanos() / 1e6);
            figures.put(Figure.P99, report.delays().p99().toNanos() / 1e6);
            figures.put(Figure.RATE, 100 * report.rateReached());
            figures.put(Figure.FAILED, (double) report.failures().size());
            var differences = report.ledger().differences(database, written);
            differences.stream().limit(3).forEach(d -> Console.say("      differs: %s", d));
            figures.put(Figure.DIFFERENCES, (double) differences.size());
            return figures;
        }
    }

    /** What it writes beside. */
    interface Measured {
        Map<Figure, Double> run() throws Exception;
    }

    /** A statement that must change one row. */
    static void one(java.sql.PreparedStatement statement) throws SQLException {
        int changed = statement.executeUpdate();
        if (changed != 1) {
            throw new SQLException(changed + " rows changed by " + statement);
        }
    }
}

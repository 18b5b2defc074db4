package dev.tidemark.bench;

import dev.tidemark.testing.Capability;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.TestServer;
import dev.tidemark.testing.TestServers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Runs every contest several times, in alternating order, and holds what it measured against what was promised. Fails where a promise is missed.
 * Options: {@code -Drounds=3}, {@code -Dshare=1.0} of the rows, {@code -Durl=JDBC-URL}, {@code -Dcontest=…} for those whose name contains it.
 */
public final class Bench {
    static final Set<Capability> NEEDS =
            EnumSet.of(Capability.TIMESCALEDB, Capability.PARTMAN, Capability.SUPERUSER, Capability.SEVERAL_SESSIONS);

    private static final String SETTINGS =
            """
            SELECT name, current_setting(name) FROM pg_settings
             WHERE name IN ('shared_buffers', 'maintenance_work_mem', 'work_mem', 'max_wal_size', 'wal_level', 'fsync', 'synchronous_commit',
                            'full_page_writes', 'wal_compression', 'max_parallel_maintenance_workers', 'jit')
             ORDER BY 1""";

    private final Arena arena;
    private final int rounds;
    private final Path directory;
    private final Report report;

    private Bench(Database database, int rounds, Path directory) {
        this.arena = new Arena(database);
        this.rounds = rounds;
        this.directory = directory;
        this.report = new Report(settings(database), rounds);
    }

    public static void main(String[] arguments) {
        if (!option("url", "").isEmpty()) {
            System.setProperty("tidemark.testUrl", option("url", ""));
        }
        double share = Double.parseDouble(option("share", "1"));
        TestServer server =
                TestServers.with(NEEDS).orElseThrow(() -> new IllegalStateException("no server for the bench"));
        try (Database database = Database.create(server, EnumSet.of(Capability.TIMESCALEDB, Capability.PARTMAN))) {
            List<Contest> chosen = contests(share).stream()
                    .filter(c -> c.name().contains(option("contest", "")))
                    .toList();
            Report report = run(database, chosen, Integer.parseInt(option("rounds", "3")), Path.of("target"));
            Console.say("%n%s", report.markdown());
            if (!report.missed().isEmpty()) {
                throw new AssertionError("missed:\n  " + String.join("\n  ", report.missed()));
            }
        }
    }

    /** Everything that is measured, with that share of the rows. */
    static List<Contest> contests(double share) {
        return List.of(
                Races.toHypertable(share),
                Races.toPartitions(share),
                new BusyApplication(share),
                new LateUndo(share),
                new Attaching(share),
                new DayOfRetention(share),
                new SmallHeap(share));
    }

    /** Runs the contests and leaves {@code bench.json} and {@code bench.md} in that directory. */
    static Report run(Database database, List<Contest> contests, int rounds, Path directory) {
        Bench bench = new Bench(database, rounds, directory);
        contests.forEach(bench::hold);
        return bench.report;
    }

    private static String option(String name, String otherwise) {
        String given = System.getProperty(name, "");
        return given.isEmpty() ? otherwise : given;
    }

    private static String settings(Database database) {
        String settings = database.rows(SETTINGS).stream()
                .map(row -> row.get(0) + " = " + row.get(1))
                .collect(Collectors.joining(", "));
        String text = "PostgreSQL %s, TimescaleDB %s, %d cores; %s."
                .formatted(
                        database.value("SHOW server_version"),
                        database.value("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"),
                        Runtime.getRuntime().availableProcessors(),
                        settings);
        Console.say("%s: %s", database.server().name(), text);
        return text;
    }

    /** What one contest cannot end takes nothing from the others. */
    private void hold(Contest contest) {
        Console.say("%n%s, %,d rows, %d rounds", contest.name(), contest.rows(), rounds);
        Samples samples = new Samples();
        List<Promise> promises;
        try {
            for (int round = 0; round < rounds; round++) {
                once(contest, round, samples);
            }
            promises = contest.promises(samples);
        } catch (Exception | AssertionError e) {
            e.printStackTrace(System.out);
            promises = List.of(new Promise("ends", Promise.Kind.TRUTH, "yes", e.toString(), false));
        }
        promises.forEach(p ->
                Console.say("  %-90s %10s %10s %s", p.what(), p.bound(), p.measured(), p.held() ? "held" : "MISSED"));
        report.add(new Report.Entry(contest, samples, promises));
        report.write(directory);
    }

    private void once(Contest contest, int round, Samples samples) throws Exception {
        List<Way> ways = new ArrayList<>(contest.ways());
        if (round % 2 == 1) {
            Collections.reverse(ways);
        }
        for (Way way : ways) {
            Map<Figure, Double> figures = way.attempt().run(arena);
            samples.note(way, figures);
            Console.say(
                    "    %-60s %s",
                    way.name(),
                    figures.entrySet().stream()
                            .map(f -> f.getKey().words() + " " + f.getKey().text(f.getValue()))
                            .collect(Collectors.joining(", ")));
        }
    }
}

package dev.tidemark.bench;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Step;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.testing.Capability;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.OpenLoopWriter;
import dev.tidemark.testing.TestServer;
import dev.tidemark.testing.TestServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Runs every contest several times, in alternating order, and compares medians. Fails where a ratio is missed. Options: {@code -Drounds=3},
 * {@code -Dshare=1.0} of the rows, {@code -Durl=JDBC-URL}, {@code -Dcontest=…} for those whose name contains it.
 */
public final class Bench {
    private static final Set<Capability> NEEDS =
            EnumSet.of(Capability.TIMESCALEDB, Capability.PARTMAN, Capability.SUPERUSER, Capability.SEVERAL_SESSIONS);
    private static final long FIRST_WRITTEN = 1_000_000_000_000L;

    private final Database database;
    private final int rounds;
    private final List<String> json = new ArrayList<>();
    private final List<String> missed = new ArrayList<>();

    private Bench(Database database, int rounds) {
        this.database = database;
        this.rounds = rounds;
    }

    public static void main(String[] arguments) throws IOException {
        if (!option("url", "").isEmpty()) {
            System.setProperty("tidemark.testUrl", option("url", ""));
        }
        double share = Double.parseDouble(option("share", "1"));
        TestServer server =
                TestServers.with(NEEDS).orElseThrow(() -> new IllegalStateException("no server for the bench"));
        try (Database database = Database.create(server, EnumSet.of(Capability.TIMESCALEDB, Capability.PARTMAN))) {
            Bench bench = new Bench(database, Integer.parseInt(option("rounds", "3")));
            bench.settings(server);
            for (Contest contest : List.of(Contests.toHypertable(share), Contests.toPartitions(share))) {
                if (contest.name().contains(option("contest", ""))) {
                    bench.hold(contest);
                }
            }
            bench.write();
            if (!bench.missed.isEmpty()) {
                throw new AssertionError("ratios missed: " + bench.missed);
            }
        }
    }

    private static String option(String name, String otherwise) {
        String given = System.getProperty(name, "");
        return given.isEmpty() ? otherwise : given;
    }

    private void settings(TestServer server) {
        say("server: %s; %d cores", server.name(), Runtime.getRuntime().availableProcessors());
        database.rows(
                        "SELECT name, current_setting(name) FROM pg_settings WHERE name IN ('server_version', 'shared_buffers', 'maintenance_work_mem', 'work_mem',"
                                + " 'max_wal_size', 'wal_level', 'fsync', 'synchronous_commit', 'max_parallel_maintenance_workers', 'jit') ORDER BY 1")
                .forEach(row -> say("  %s = %s", row.get(0), row.get(1)));
    }

    private void hold(Contest contest) {
        say("%n%s, %,d rows, %d rounds", contest.name(), contest.rows(), rounds);
        Map<String, List<Double>> seconds = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            List<Runnable> all = new ArrayList<>();
            all.add(() -> note(seconds, "Tidemark, with its proof, an application writing", ours(contest)));
            contest.rivals().forEach(rival -> all.add(() -> note(seconds, rival.name(), theirs(contest, rival))));
            if (round % 2 == 1) {
                Collections.reverse(all);
            }
            all.forEach(Runnable::run);
        }
        double ours = median(seconds.get("Tidemark, with its proof, an application writing"));
        contest.rivals().forEach(rival -> {
            double ratio = median(seconds.get(rival.name())) / ours;
            boolean held = ratio >= rival.atLeast();
            say(
                    "  %-55s %6.1f s   %.2f times ours, at least %.1f: %s",
                    rival.name(), median(seconds.get(rival.name())), ratio, rival.atLeast(), held ? "held" : "MISSED");
            json.add(String.format(
                    Locale.ROOT,
                    "{\"contest\": \"%s\", \"rows\": %d, \"rival\": \"%s\", \"ours_s\": %.2f, \"theirs_s\": %.2f, \"ratio\": %.2f, \"at_least\": %.1f}",
                    contest.name(),
                    contest.rows(),
                    rival.name(),
                    ours,
                    median(seconds.get(rival.name())),
                    ratio,
                    rival.atLeast()));
            if (!held) {
                missed.add(contest.name() + ": " + rival.name());
            }
        });
        say("  %-55s %6.1f s", "Tidemark", ours);
    }

    private static void note(Map<String, List<Double>> seconds, String name, double took) {
        seconds.computeIfAbsent(name, n -> new ArrayList<>()).add(took);
        say("    %-55s %6.1f s", name, took);
    }

    private double ours(Contest contest) {
        prepare(contest);
        Map<String, Double> steps = new LinkedHashMap<>();
        Listener listener = new Listener() {
            @Override
            public void stepEnds(Step step, Duration took) {
                steps.put(step.id(), took.toNanos() / 1e9);
            }
        };
        try (Connection connection = database.connect();
                OpenLoopWriter writer = OpenLoopWriter.start(database, contest.perSecond(), 16, (c, number) -> {
                    try (PreparedStatement statement = c.prepareStatement(contest.write())) {
                        statement.setLong(1, FIRST_WRITTEN + number);
                        statement.executeUpdate();
                    }
                    return new OpenLoopWriter.Write(FIRST_WRITTEN + number, 0);
                })) {
            Tidemark tidemark =
                    Tidemark.on(connection, () -> Optional.of(database.connect()), Tidemark.DEFAULT_SCHEMA, listener);
            long start = System.nanoTime();
            Outcome outcome = tidemark.apply(contest.request());
            double took = (System.nanoTime() - start) / 1e9;
            OpenLoopWriter.Report report = writer.stop();
            say("      window %d ms; writer %s", outcome.longestWindow().toMillis(), report);
            say("      steps %s", steps);
            if (!report.failures().isEmpty()) {
                missed.add(contest.name() + ": the writer failed: "
                        + report.failures().get(0));
            }
            return took;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private double theirs(Contest contest, Contest.Rival rival) {
        prepare(contest);
        long start = System.nanoTime();
        database.psql("\\set ON_ERROR_STOP on\nSET search_path = public;\n" + rival.sql())
                .succeeded();
        return (System.nanoTime() - start) / 1e9;
    }

    /** Everybody begins with the same data, as warm as its making left it, and an idle server. */
    private void prepare(Contest contest) {
        database.execute("DROP SCHEMA IF EXISTS tidemark CASCADE");
        database.execute(
                "DO $$ DECLARE t text; BEGIN FOR t IN SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                        + " AND relkind IN ('r', 'p') AND NOT relispartition AND relname NOT LIKE 'part\\_config%' LOOP EXECUTE 'DROP TABLE ' || t || ' CASCADE'; END LOOP; END $$");
        database.execute("DELETE FROM partman.part_config");
        database.psql("\\set ON_ERROR_STOP on\nSET search_path = public;\n" + contest.start())
                .succeeded();
        database.execute("VACUUM (ANALYZE)");
        database.execute("CHECKPOINT");
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private void write() {
        try {
            Files.createDirectories(Path.of("target"));
            Files.writeString(Path.of("target", "bench.json"), "[\n  " + String.join(",\n  ", json) + "\n]\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void say(String format, Object... arguments) {
        System.out.println(String.format(Locale.ROOT, format, arguments));
    }
}

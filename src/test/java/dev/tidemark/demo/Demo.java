package dev.tidemark.demo;

import dev.tidemark.testing.Capability;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Scenario;
import dev.tidemark.testing.TestServer;
import dev.tidemark.testing.TestServers;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * Converts a scenario and takes it back, on a real server, with the same conversion by hand beside it. Ends with 0 only when every proof held.
 * Options: {@code -Dscenario=NAME}, {@code -Drows=NUMBER}, {@code -Durl=JDBC-URL}, {@code -Dstrategy=attach|adopt} (of hypertables).
 */
public final class Demo {
    private static final Set<Capability> FOR_HYPERTABLES = EnumSet.of(
            Capability.TIMESCALEDB,
            Capability.PARTMAN,
            Capability.POSTGIS,
            Capability.SUPERUSER,
            Capability.SEVERAL_SESSIONS);
    /** TimescaleDB is not among them: creating it is part of the scenario. */
    private static final Set<Capability> BEFORE_HYPERTABLES = EnumSet.of(Capability.PARTMAN, Capability.POSTGIS);

    private static final Set<Capability> FOR_PARTITIONS = EnumSet.of(Capability.SUPERUSER, Capability.SEVERAL_SESSIONS);

    private Demo() {}

    public static void main(String[] arguments) {
        Scenario scenario = Scenario.named(option("scenario", "partman-to-hypertable"));
        boolean partitions = scenario.name().endsWith("-partitions");
        TestServer server = server(partitions ? FOR_PARTITIONS : FOR_HYPERTABLES);
        long rows = Long.parseLong(option("rows", String.valueOf(scenario.usualRows())));
        Page page = new Page(Path.of("target", "demo"));
        Scenes scenes =
                partitions ? toPartitions(scenario, server, rows, page) : toHypertables(scenario, server, rows, page);
        boolean held;
        try {
            held = run(scenes, server, partitions ? Set.of() : BEFORE_HYPERTABLES);
        } finally {
            page.writeLog();
        }
        if (!held) {
            throw new AssertionError(page.failures() + " of " + page.proofs() + " proofs failed");
        }
    }

    private static Scenes toPartitions(Scenario scenario, TestServer server, long rows, Page page) {
        if (!option("strategy", "attach").equals("attach")) {
            throw new IllegalArgumentException("the demo of " + scenario.name()
                    + " is by attach; the changelog itself knows copy too: liquibase update -Dstrategy=copy");
        }
        return new PartitionScenes(scenario, server.name(), rows, page);
    }

    private static Scenes toHypertables(Scenario scenario, TestServer server, long rows, Page page) {
        boolean community = server.capabilities().contains(Capability.COMMUNITY);
        String reason = option("strategy", "").isEmpty()
                ? "because TimescaleDB is the %s edition here".formatted(community ? "Community" : "Apache")
                : "because -Dstrategy says so";
        String strategy = option("strategy", community ? "attach" : "adopt");
        return new HypertableScenes(scenario, strategy, reason, server.name(), rows, page);
    }

    private static TestServer server(Set<Capability> needs) {
        if (!option("url", "").isEmpty()) {
            System.setProperty("tidemark.testUrl", option("url", ""));
        }
        return TestServers.with(needs)
                .orElseThrow(
                        () -> new IllegalStateException(
                                "no server for the demo: it needs one with "
                                        + needs.stream().map(Capability::words).toList()
                                        + ". Give it one with -Durl=jdbc:postgresql://…, or run it where Docker is, or as root on Debian."));
    }

    private static String option(String name, String otherwise) {
        String given = System.getProperty(name, "");
        return given.isEmpty() ? otherwise : given;
    }

    private static boolean run(Scenes scenes, TestServer server, Set<Capability> extensions) {
        Page page = scenes.page;
        long usual = scenes.scenario.usualRows();
        page.heading("Tidemark: " + scenes.scenario.name());
        page.line("   server     %s", scenes.server);
        page.line("   strategy   %s, %s", scenes.strategy, scenes.reason());
        page.line(
                "   making the start state of %,d and more rows, about %d s …",
                scenes.rows, Math.max(25, scenes.rows * 25 / usual));
        try (Database ours = Database.create(server, extensions)) {
            scenes.scenario.load(ours, scenes.rows);
            ours.execute("VACUUM ANALYZE");
            try (Database byHand = ours.copied()) {
                return scenes.play(ours, byHand);
            }
        }
    }
}

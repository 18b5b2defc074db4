package dev.tidemark.bench;

import static dev.tidemark.testing.Capability.PARTMAN;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Alone;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every contest of the bench with few rows, once: it runs, no row differs, no statement fails. What it says about time says nothing. */
@Alone
@PostgresTest(
        needs = {TIMESCALEDB, PARTMAN, SUPERUSER, SEVERAL_SESSIONS},
        promise = "what the bench measures ends in equal contents, and the bench itself runs")
class BenchIT {
    private static final double SHARE = 0.004;
    private static final Path DIRECTORY = Path.of("target", "bench-small");

    @Test
    void every_contest_runs_and_its_contents_are_equal(Database database) throws Exception {
        List<Contest> contests = Bench.contests(SHARE);

        Report report = Bench.run(database, contests, 1, DIRECTORY);

        assertThat(report.entries()).hasSameSizeAs(contests).allSatisfy(entry -> assertThat(entry.promises())
                .as(entry.contest().name())
                .filteredOn(p -> p.kind() == Promise.Kind.TRUTH)
                .isNotEmpty()
                .allMatch(Promise::held));
        assertThat(Files.readString(DIRECTORY.resolve("bench.md")))
                .contains("foretold")
                .contains(contests.stream()
                        .flatMap(c -> c.ways().stream())
                        .map(Way::name)
                        .toList());
        assertThat(Files.readString(DIRECTORY.resolve("bench.json")))
                .contains(
                        contests.stream().map(c -> "\"contest\": \"" + c.name()).toList());
    }
}

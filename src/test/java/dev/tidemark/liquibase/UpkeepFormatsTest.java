package dev.tidemark.liquibase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.ManagedBy;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.RetentionMode;
import dev.tidemark.plan.Upkeep;
import dev.tidemark.schema.Interval;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of partitions after the conversion is read the same from every format, and is part of what a resume must find unchanged. */
class UpkeepFormatsTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"xml", "yaml", "json"})
    void retention_and_who_manages_are_read(String format) throws Exception {
        List<ConversionTarget> targets = request(format, 0).tables();

        assertThat(targets.get(0).retention()).contains(Interval.parse("90 days"));
        assertThat(upkeep(targets.get(0))).isEqualTo(Upkeep.DEFAULTS);
        assertThat(targets.get(1).retention()).contains(Interval.parse("1 year"));
        assertThat(upkeep(targets.get(1)))
                .isEqualTo(new Upkeep(
                        ManagedBy.TIDEMARK,
                        RetentionMode.MOVE,
                        Optional.of(Interval.parse("1 month")),
                        Optional.of("Attic")));
        assertThat(upkeep(request(format, 1).tables().get(0))).isEqualTo(Upkeep.DEFAULTS.by(ManagedBy.NONE));
    }

    @Test
    void a_resume_must_find_it_unchanged() throws Exception {
        ConversionRequest request = request("xml", 1);
        ConversionTarget target = request.tables().get(0);
        ConversionRequest other = new ConversionRequest(
                request.goal(),
                List.of(new ConversionTarget(
                        target.table(),
                        target.timeColumn(),
                        target.epoch(),
                        target.chunkInterval(),
                        target.retention(),
                        target.compressAfter(),
                        target.segmentBy(),
                        target.orderBy(),
                        target.retiredName(),
                        target.partitioning().map(p -> p.with(Upkeep.DEFAULTS)))),
                request.options());

        assertThat(other.identity()).isNotEqualTo(request.identity());
    }

    private static Upkeep upkeep(ConversionTarget target) {
        return target.partitioning().map(Partitioning::upkeep).orElseThrow();
    }

    private ConversionRequest request(String format, int index) throws Exception {
        Changelogs changelogs = new Changelogs(directory);
        TidemarkChange change = (TidemarkChange) changelogs
                .parse("dev/tidemark/liquibase/upkeep." + format)
                .get(index)
                .getChanges()
                .get(0);
        return (ConversionRequest) change.workOn(changelogs.offline()).request();
    }
}

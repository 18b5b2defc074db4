package dev.tidemark.testing;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;

/** Requests with nothing special about them. */
public final class Requests {
    private Requests() {}

    /** A table that gets partitions of a day. */
    public static ConversionTarget daily(TableName table, String timeColumn, Partitioning partitioning) {
        return new ConversionTarget(
                table,
                timeColumn,
                Optional.empty(),
                Optional.of(Interval.parse("1 day")),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.of(partitioning));
    }

    /** One table by adopt, everything else as it is by default. */
    public static ConversionRequest adopt(
            TableName table, String timeColumn, Optional<Epoch> epoch, String chunkInterval) {
        return new ConversionRequest(
                List.of(new ConversionTarget(
                        table,
                        timeColumn,
                        epoch,
                        Optional.of(Interval.parse(chunkInterval)),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty())),
                new Options(
                        Strategy.ADOPT,
                        Options.DEFAULTS.maxPause(),
                        ForeignKeyChoice.REFUSE,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.STORAGE));
    }
}

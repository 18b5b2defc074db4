package dev.tidemark.bench;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the conversions of the bench ask for: copies into days, every row proved, everything else as it is by default. */
final class Wish {
    /** The default of maxPause. */
    static final double MAX_PAUSE_MILLIS = 2_000;

    private static final Interval DAY = Interval.parse("1 day");

    private Wish() {}

    static ConversionRequest hypertable(String table, String timeColumn) {
        return of(Goal.HYPERTABLE, table, timeColumn, Optional.empty(), Options.DEFAULTS.workers());
    }

    /** With one worker, which leaves a core of two to the application. */
    static ConversionRequest politely(String table, String timeColumn) {
        return of(Goal.HYPERTABLE, table, timeColumn, Optional.empty(), 1);
    }

    static ConversionRequest partitions(String table, String timeColumn) {
        return of(
                Goal.PARTITIONS,
                table,
                timeColumn,
                Optional.of(new Partitioning("UTC", 1, Optional.empty(), false)),
                Options.DEFAULTS.workers());
    }

    /** Nothing is copied; as many partitions ahead as there are by default. */
    static ConversionRequest attached(String table, String timeColumn) {
        ConversionRequest copied =
                of(Goal.PARTITIONS, table, timeColumn, Optional.of(Partitioning.DEFAULTS), Options.DEFAULTS.workers());
        return new ConversionRequest(copied.goal(), copied.tables(), Options.DEFAULTS);
    }

    private static ConversionRequest of(
            Goal goal, String table, String timeColumn, Optional<Partitioning> partitioning, int workers) {
        return new ConversionRequest(
                goal,
                List.of(new ConversionTarget(
                        new TableName("public", table),
                        timeColumn,
                        Optional.empty(),
                        Optional.of(DAY),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        partitioning)),
                new Options(
                        Strategy.COPY,
                        Duration.ofMillis((long) MAX_PAUSE_MILLIS),
                        ForeignKeyChoice.REFUSE,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.CONTENTS,
                        workers));
    }
}

package dev.tidemark.faults;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is converted into what. A further kind is a line here, a start state and a changelog. */
enum Conversion {
    PLAIN_TO_HYPERTABLE("plain.sql", Goal.HYPERTABLE),
    PLAIN_TO_PARTITIONS("plain.sql", Goal.PARTITIONS),
    /** No row is copied, but those of later partitions return on the way back. */
    PLAIN_ATTACHED("plain.sql", Goal.PARTITIONS, Strategy.ATTACH),
    PARTITIONS_TO_PLAIN("partitions.sql", Goal.PLAIN_TABLE),
    HYPERTABLE_TO_HYPERTABLE("hypertable.sql", Goal.HYPERTABLE),
    DEFAULT_DRAINED("default.sql", Goal.DRAINED, Strategy.AUTO),
    HISTORY_SPLIT("history.sql", Goal.SPLIT, Strategy.AUTO);

    static final TableName EVENTS = new TableName("public", "events");
    /** Connections that work side by side. */
    static final int WORKERS = 2;

    static final Duration MAX_PAUSE = Duration.ofSeconds(2);
    /** Where start states and changelogs lie. */
    static final Path RESOURCES = Path.of("src/test/resources/dev/tidemark/faults");

    private static final int PREMAKE = 3;

    private final String start;
    private final Goal goal;
    private final Strategy strategy;

    Conversion(String start, Goal goal) {
        this(start, goal, Strategy.COPY);
    }

    Conversion(String start, Goal goal, Strategy strategy) {
        this.start = start;
        this.goal = goal;
        this.strategy = strategy;
    }

    boolean copies() {
        return strategy == Strategy.COPY || goal.exchanges();
    }

    /** Whether it can meet that one: only a copy fills a disk, and only its cutover takes one lock after the other. */
    boolean canMeet(Fault fault) {
        return copies() || (fault != Fault.DISK_FULL && fault != Fault.DEADLOCK);
    }

    /** The steps, on the way there, whose windows somebody can be in the way of; he comes before the first, and after the copy before the other. */
    List<String> windows() {
        return copies() ? List.of("capture", Step.CUTOVER) : List.of(Step.CUTOVER);
    }

    /** What has happened to the table when it is to be taken back, for psql. */
    String meanwhile() {
        return copies()
                ? ""
                : "UPDATE events SET at = (date_trunc('day', now() AT TIME ZONE 'UTC') + interval '4 days') AT TIME ZONE 'UTC' + id * interval '2 seconds' WHERE id BETWEEN 20001 AND 30000;";
    }

    /** The start state, for psql. */
    String start() {
        try {
            return Files.readString(RESOURCES.resolve(start));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What rows are copied into. */
    String copy() {
        return switch (goal) {
            case DRAINED -> "events_rest_new";
            case SPLIT -> "events_history_new";
            default -> "events_new";
        };
    }

    String changelog() {
        if (!copies()) {
            return "to-partitions-attached.xml";
        }
        return switch (goal) {
            case HYPERTABLE -> "to-hypertable.xml";
            case PARTITIONS -> "to-partitions.xml";
            case PLAIN_TABLE -> "to-plain-table.xml";
            case DRAINED -> "drain-default.xml";
            case SPLIT -> "split-history.xml";
        };
    }

    /** How far the application moves rows in time; TimescaleDB cannot move one to another chunk by UPDATE, and none may get beyond a boundary. */
    String move() {
        return goal == Goal.HYPERTABLE || !copies() ? "1 microsecond" : "1 day";
    }

    /** What the changelog says, for the facade. */
    ConversionRequest request() {
        return new ConversionRequest(
                goal,
                List.of(new ConversionTarget(
                        EVENTS,
                        tellsItself() ? ConversionTarget.AS_IT_IS : "at",
                        Optional.empty(),
                        tellsItself() ? Optional.empty() : Optional.of(Interval.parse("1 day")),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        switch (goal) {
                            case PARTITIONS -> Optional.of(new Partitioning("UTC", PREMAKE, Optional.empty(), false));
                            case DRAINED, SPLIT -> Optional.of(new Partitioning("UTC", 0, Optional.empty(), false));
                            default -> Optional.empty();
                        })),
                new Options(
                        strategy,
                        MAX_PAUSE,
                        ForeignKeyChoice.REFUSE,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        copies() ? Verification.CONTENTS : Verification.STORAGE,
                        WORKERS));
    }

    /** Whether the table says by itself what goes by which column. */
    private boolean tellsItself() {
        return goal == Goal.PLAIN_TABLE || goal.exchanges();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

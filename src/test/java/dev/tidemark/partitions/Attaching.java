package dev.tidemark.partitions;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.UntilCutover;
import dev.tidemark.plan.Verification;
import dev.tidemark.run.Outcome;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Conversions of plain tables to native partitions by attaching, and their way back. Not for several threads. */
final class Attaching {
    private final Database database;
    private final List<TableName> tables;
    private String timeColumn = "timestamp";
    private String interval = "1 day";
    private Optional<Epoch> epoch = Optional.empty();
    private Partitioning partitioning = Partitioning.DEFAULTS;
    private Duration maxPause = Duration.ofSeconds(2);
    private Strategy strategy = Strategy.AUTO;
    private ForeignKeyChoice foreignKeys = ForeignKeyChoice.REFUSE;
    private UntilCutover until = UntilCutover.DEFAULTS;
    private Verification verification = Verification.STORAGE;

    Attaching(Database database, TableName... tables) {
        this.database = database;
        this.tables = List.of(tables);
    }

    /** The table {@code webhook_log}. */
    static Attaching webhookLog(Database database) {
        return new Attaching(database, new TableName("public", "webhook_log"));
    }

    Attaching by(String column, String width) {
        timeColumn = column;
        interval = width;
        return this;
    }

    Attaching epoch(Epoch unit) {
        epoch = Optional.of(unit);
        return this;
    }

    Attaching partitioning(Partitioning how) {
        partitioning = how;
        return this;
    }

    Attaching maxPause(Duration pause) {
        maxPause = pause;
        return this;
    }

    Attaching foreignKeys(ForeignKeyChoice choice) {
        foreignKeys = choice;
        return this;
    }

    Attaching strategy(Strategy choice) {
        strategy = choice;
        return this;
    }

    Attaching verification(Verification choice) {
        verification = choice;
        return this;
    }

    List<String> script() throws SQLException {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection).script(request());
        }
    }

    List<String> undoScript() throws SQLException {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection).undoScript(request());
        }
    }

    Plan plan() throws SQLException {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection).plan(request());
        }
    }

    /** The run waits before its cutover. */
    Attaching untilSaidSo() {
        until = new UntilCutover(true, Optional.empty(), OptionalLong.empty());
        return this;
    }

    Outcome cutover() throws SQLException {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection).cutover(new CutoverRequest(tables.get(0)));
        }
    }

    List<String> verify() throws SQLException {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection).verify(tables.get(0));
        }
    }

    Outcome convert() throws SQLException {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection).apply(request());
        }
    }

    Outcome goBack() throws SQLException {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection).undo(tables, Tuning.of(maxPause));
        }
    }

    Outcome finish() throws SQLException {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection)
                    .finalizeConversion(
                            new FinalizeRequest(tables.get(0), tables.get(0).name(), Duration.ZERO, false, maxPause));
        }
    }

    ConversionRequest request() {
        return new ConversionRequest(
                ConversionRequest.Goal.PARTITIONS,
                tables.stream()
                        .map(table -> new ConversionTarget(
                                table,
                                timeColumn,
                                epoch,
                                Optional.of(Interval.parse(interval)),
                                Optional.empty(),
                                Optional.empty(),
                                List.of(),
                                List.of(),
                                Optional.empty(),
                                Optional.of(partitioning)))
                        .toList(),
                new Options(
                        strategy,
                        maxPause,
                        foreignKeys,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        verification,
                        Tuning.DEFAULT_WORKERS,
                        until));
    }
}

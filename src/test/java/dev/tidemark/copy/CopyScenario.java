package dev.tidemark.copy;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.UntilCutover;
import dev.tidemark.plan.Verification;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.schema.Interval;
import dev.tidemark.session.Siblings;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Conversions by copy, and their way back, with something that happens when a step begins. Not for several threads. */
final class CopyScenario {
    static final TableName EVENTS = new TableName("public", "events");

    /** Something done while a conversion is under way. */
    interface Happening {
        void run() throws Exception;
    }

    private final Database database;
    private final List<TableName> tables;
    private final Map<String, Happening> forward = new HashMap<>();
    private final Map<String, Happening> backward = new HashMap<>();
    private final List<String> postponed = new ArrayList<>();
    private Happening whenPostponed = () -> {};
    private String timeColumn = "at";
    private int workers = 2;
    private Duration maxPause = Duration.ofSeconds(4);
    private ForeignKeyChoice foreignKeys = ForeignKeyChoice.DROP;
    private UntilCutover until = UntilCutover.DEFAULTS;
    private final List<String> heard = new ArrayList<>();

    CopyScenario(Database database, TableName... tables) {
        this.database = database;
        this.tables = List.of(tables);
    }

    /** The table {@code events}. */
    static CopyScenario ofEvents(Database database) {
        return new CopyScenario(database, EVENTS);
    }

    CopyScenario timeColumn(String column) {
        timeColumn = column;
        return this;
    }

    /** One worker is one connection: no further one is opened. */
    CopyScenario workers(int count) {
        workers = count;
        return this;
    }

    CopyScenario maxPause(Duration pause) {
        maxPause = pause;
        return this;
    }

    CopyScenario foreignKeys(ForeignKeyChoice choice) {
        foreignKeys = choice;
        return this;
    }

    /** How it behaves until its cutover. */
    CopyScenario until(UntilCutover choice) {
        until = choice;
        return this;
    }

    /** What was said about hours, proofs and logs. */
    List<String> heard() {
        return heard;
    }

    /** Before the step that has this id. */
    CopyScenario before(String step, Happening happening) {
        forward.put(step, happening);
        return this;
    }

    /** Before that step of the way back. */
    CopyScenario beforeBack(String step, Happening happening) {
        backward.put(step, happening);
        return this;
    }

    /** When a window has to be tried again for the first time. */
    CopyScenario whenPostponed(Happening happening) {
        whenPostponed = happening;
        return this;
    }

    /** Why windows had to be tried again. */
    List<String> postponed() {
        return postponed;
    }

    Outcome convert() throws SQLException {
        try (Connection connection = database.connect()) {
            return on(connection).apply(request());
        }
    }

    Outcome goBack() throws SQLException {
        try (Connection connection = database.connect()) {
            return on(connection).undo(tables, new Tuning(maxPause, workers));
        }
    }

    Outcome cutover(CutoverRequest request) throws SQLException {
        try (Connection connection = database.connect()) {
            return on(connection).cutover(request);
        }
    }

    Outcome abort() throws SQLException {
        try (Connection connection = database.connect()) {
            return on(connection).abort(tables.get(0));
        }
    }

    /** Where the newest run stands. */
    String state() {
        return database.value("SELECT state FROM tidemark.run ORDER BY started_at DESC LIMIT 1");
    }

    Tidemark on(Connection connection) {
        return Tidemark.on(
                connection,
                workers == 1 ? Siblings.NONE : () -> Optional.of(database.connect()),
                Tidemark.DEFAULT_SCHEMA,
                new Listener() {
                    @Override
                    public void stepStarts(Step step, int ordinal, int of, boolean back) {
                        Happening happening = (back ? backward : forward).remove(step.id());
                        if (happening != null) {
                            happen(happening);
                        }
                    }

                    @Override
                    public void waitsForHours(Step step, Instant opening) {
                        heard.add("waits until " + opening);
                        Happening happening = forward.remove("hours");
                        if (happening != null) {
                            happen(happening);
                        }
                    }

                    @Override
                    public void provesAgain(Step step) {
                        heard.add("proves again");
                    }

                    @Override
                    public void logGrows(TableName table, long bytes, long limit) {
                        heard.add("log of " + table + " grows to the limit of " + limit);
                    }

                    @Override
                    public void logFull(String reason) {
                        heard.add(reason);
                    }

                    @Override
                    public void windowPostponed(Step step, int attempt, String reason, Duration pause) {
                        postponed.add(step.id() + ": " + reason);
                        if (attempt == 1) {
                            happen(whenPostponed);
                        }
                    }
                });
    }

    static void happen(Happening happening) {
        try {
            happening.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    ConversionRequest request() {
        return new ConversionRequest(
                tables.stream().map(this::target).toList(),
                new Options(
                        Strategy.COPY,
                        maxPause,
                        foreignKeys,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.STORAGE,
                        workers,
                        until));
    }

    private ConversionTarget target(TableName table) {
        return new ConversionTarget(
                table,
                timeColumn,
                Optional.empty(),
                Optional.of(Interval.parse("1 day")),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty());
    }
}

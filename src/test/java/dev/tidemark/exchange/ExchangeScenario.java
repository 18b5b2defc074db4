package dev.tidemark.exchange;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.Epoch;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.Partitioning;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.Verification;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.schema.Interval;
import dev.tidemark.session.Siblings;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Exchanges of a partition, and their way back, with something that happens when a step begins. Not for several threads. */
final class ExchangeScenario {
    /** Something done while an exchange is under way. */
    interface Happening {
        void run() throws Exception;
    }

    private static final String SCHEMA = "public";

    private final Database database;
    private final Goal goal;
    private final TableName table;
    private final Map<String, Happening> forward = new HashMap<>();
    private final Map<String, Happening> backward = new HashMap<>();
    private final List<String> postponed = new ArrayList<>();
    private Happening whenPostponed = () -> {};
    private Optional<Epoch> epoch = Optional.empty();
    private Optional<Interval> interval = Optional.empty();
    private Optional<String> part = Optional.empty();
    private Optional<String> pattern = Optional.empty();
    private String zone = Partitioning.AS_MANAGED;
    private int workers = 2;
    private Duration maxPause = Duration.ofSeconds(2);

    ExchangeScenario(Database database, Goal goal, String table) {
        this.database = database;
        this.goal = goal;
        this.table = new TableName(SCHEMA, table);
    }

    ExchangeScenario epoch(Epoch unit) {
        epoch = Optional.of(unit);
        return this;
    }

    ExchangeScenario interval(String width) {
        interval = Optional.of(Interval.parse(width));
        return this;
    }

    ExchangeScenario part(String name) {
        part = Optional.of(name);
        return this;
    }

    ExchangeScenario pattern(String names) {
        pattern = Optional.of(names);
        return this;
    }

    ExchangeScenario zone(String name) {
        zone = name;
        return this;
    }

    ExchangeScenario workers(int count) {
        workers = count;
        return this;
    }

    ExchangeScenario maxPause(Duration pause) {
        maxPause = pause;
        return this;
    }

    /** Before the step that has this id. */
    ExchangeScenario before(String step, Happening happening) {
        forward.put(step, happening);
        return this;
    }

    /** Before that step of the way back. */
    ExchangeScenario beforeBack(String step, Happening happening) {
        backward.put(step, happening);
        return this;
    }

    /** When a window has to be tried again for the first time. */
    ExchangeScenario whenPostponed(Happening happening) {
        whenPostponed = happening;
        return this;
    }

    List<String> postponed() {
        return postponed;
    }

    ConversionRequest request() {
        return new ConversionRequest(
                goal,
                List.of(new ConversionTarget(
                        table,
                        ConversionTarget.AS_IT_IS,
                        epoch,
                        interval,
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.of(new Partitioning(zone, 0, pattern, false)),
                        part)),
                new Options(
                        Strategy.COPY,
                        maxPause,
                        ForeignKeyChoice.REFUSE,
                        KeyChoice.EXTEND,
                        false,
                        false,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.CONTENTS,
                        workers));
    }

    Outcome apply() throws SQLException {
        try (Connection connection = database.connect()) {
            return on(connection).apply(request());
        }
    }

    Outcome goBack() throws SQLException {
        try (Connection connection = database.connect()) {
            return on(connection).undo(List.of(table), new Tuning(maxPause, workers));
        }
    }

    /** As the rollback of its changeSet does. */
    Outcome takeBack() throws SQLException {
        try (Connection connection = database.connect()) {
            return on(connection).undo(request());
        }
    }

    Outcome finish() throws SQLException {
        try (Connection connection = database.connect()) {
            return on(connection)
                    .finalizeConversion(
                            new FinalizeRequest(table, table.name(), Duration.ZERO, false, Duration.ofSeconds(2)));
        }
    }

    List<String> verify() throws SQLException {
        try (Connection connection = database.connect()) {
            return on(connection).verify(table);
        }
    }

    Plan plan() throws SQLException {
        try (Connection connection = database.connect()) {
            return on(connection).plan(request());
        }
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
                    public void windowPostponed(Step step, int attempt, @Nullable String reason, Duration pause) {
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

    /** Name and bound of each partition, as UTC has it. */
    List<String> partitions() throws SQLException {
        List<String> partitions = new ArrayList<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            try (ResultSet row = statement.executeQuery(
                    "SELECT c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = '"
                            + table.quoted().replace("'", "''") + "'::regclass ORDER BY c.relname")) {
                while (row.next()) {
                    partitions.add(row.getString(1)
                            .replace("FOR VALUES FROM ", "")
                            .replace("00:00:00+00", "")
                            .replaceAll("[()' ]+", " ")
                            .strip());
                }
            }
        }
        return partitions;
    }

    /** As pg_dump writes it. */
    String definition() {
        return database.pgDump("--schema-only", "--exclude-schema=tidemark")
                .succeeded()
                .stdout()
                .lines()
                .filter(line -> !line.startsWith("--") && !line.startsWith("\\") && !line.isBlank())
                .collect(Collectors.joining("\n"));
    }
}

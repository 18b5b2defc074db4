package dev.tidemark.demo;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Action;
import dev.tidemark.plan.HypertableRequest;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Step;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.Sql;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The one place that knows how the demo calls Tidemark. */
final class Conversion {
    private final Database database;
    private final HypertableRequest request;
    private final Page page;

    Conversion(Database database, HypertableRequest request, Page page) {
        this.database = database;
        this.request = request;
        this.page = page;
    }

    Plan plan() {
        return with(tidemark -> tidemark.plan(request));
    }

    Outcome convert() {
        return with(tidemark -> tidemark.apply(request));
    }

    Outcome rollBack() {
        return with(tidemark -> tidemark.undo(request.names()));
    }

    /** The plan as a page. */
    static String runbook(Plan plan) {
        var text = new StringBuilder(plan.isGo() ? "GO\n\n" : "NO-GO\n\n");
        text.append(plan.decision()).append("\n\n");
        plan.findings().forEach(f -> text.append(f).append('\n'));
        int number = 0;
        for (Step step : plan.steps()) {
            text.append("%2d  %-22s %s%n".formatted(++number, step.id(), step.why()));
        }
        text.append("\nlongest window about %s, online about %s, WAL about %s, locks %,d of %,d%n"
                .formatted(
                        Cost.time(plan.estimate().longestWindow()),
                        Cost.time(plan.estimate().online()),
                        Cost.bytes(plan.estimate().walBytes()),
                        plan.estimate().locks(),
                        plan.estimate().lockCapacity()));
        return text.toString();
    }

    /** Its SQL, step by step. */
    static String sql(Plan plan) {
        return plan.steps().stream()
                .map(step -> "-- step " + step.id() + ": " + step.why() + "\n"
                        + statements(step.up()).map(s -> s.text() + ";\n").collect(Collectors.joining()))
                .collect(Collectors.joining("\n"));
    }

    private static Stream<Sql> statements(Action action) {
        return action.interpretedBy(new Action.Interpreter<Stream<Sql>>() {
            @Override
            public Stream<Sql> window(Action.Window window) {
                return Stream.of(
                                window.prepare(),
                                List.of(new Sql("BEGIN"), window.lock()),
                                window.statements(),
                                List.of(new Sql("COMMIT")))
                        .flatMap(List::stream);
            }

            @Override
            public Stream<Sql> eachInWindow(Action.EachInWindow each) {
                return each.statements().stream();
            }

            @Override
            public Stream<Sql> online(Action.Online online) {
                return online.statements().stream();
            }

            @Override
            public Stream<Sql> selfCommitting(Action.SelfCommitting selfCommitting) {
                return selfCommitting.statements().stream();
            }

            @Override
            public Stream<Sql> nothing(Action.Nothing nothing) {
                return Stream.of(new Sql("-- " + nothing.why()));
            }
        });
    }

    private <T> T with(Call<T> call) {
        try (Connection connection = database.connect()) {
            return call.on(Tidemark.on(connection, Tidemark.DEFAULT_SCHEMA, new Progress()));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Call<T> {
        T on(Tidemark tidemark);
    }

    private final class Progress implements Listener {
        private String window = "";
        private boolean silent;

        @Override
        public void stepStarts(Step step, int ordinal, int of, boolean back) {
            silent = (back ? step.down() : step.up()) instanceof Action.Nothing;
        }

        @Override
        public void windowCloses(Step step, Duration waited, Duration held) {
            window = "   window: waited %s, held %s".formatted(Cost.time(waited), Cost.time(held));
        }

        @Override
        public void windowPostponed(Step step, int attempt, String reason, Duration pause) {
            page.line("   %-24s attempt %d postponed: %s", step.id(), attempt, reason);
        }

        @Override
        public void stepEnds(Step step, Duration took) {
            if (!silent) {
                page.line("   %-24s %8s%s", step.id(), Cost.time(took), window);
            }
            window = "";
        }
    }
}

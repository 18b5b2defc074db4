package dev.tidemark.journal;

import dev.tidemark.journal.Run.RecordedStep;
import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.plan.Step;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads runs back. */
final class RunQuery {
    private final Session session;
    private final Journal journal;

    RunQuery(Session session, Journal journal) {
        this.session = session;
        this.journal = journal;
    }

    Optional<Run> newest(Sql condition) {
        Sql query = Sql.of(
                """
                SELECT id, format, kind, identity, strategy, decision, max_pause_ms, state, ready_at, cutover_at,
                       (SELECT array_agg(parts[1] ORDER BY n) FROM unnest(tables) WITH ORDINALITY AS t(name, n), parse_ident(name) AS parts) AS schemas,
                       (SELECT array_agg(parts[2] ORDER BY n) FROM unnest(tables) WITH ORDINALITY AS t(name, n), parse_ident(name) AS parts) AS names
                  FROM %s
                 WHERE %s
                 ORDER BY started_at DESC
                 LIMIT 1""",
                journal.table("run"), condition);
        return session.first(
                        query.text(),
                        row -> new Run(
                                row.getString("id"),
                                row.getInt("format"),
                                row.getString("kind"),
                                tables(row),
                                row.getString("identity"),
                                row.getString("strategy"),
                                row.getString("decision"),
                                Duration.ofMillis(row.getLong("max_pause_ms")),
                                State.valueOf(row.getString("state")),
                                instant(row.getTimestamp("ready_at")),
                                instant(row.getTimestamp("cutover_at")),
                                List.of()))
                .map(this::withSteps);
    }

    List<RunStatus> status(Sql condition) {
        Sql query = Sql.of(
                """
                SELECT r.id, kind, strategy, r.state, started_at, ready_at, cutover_at, finished_at,
                       (SELECT array_agg(parts[1] ORDER BY n) FROM unnest(tables) WITH ORDINALITY AS t(name, n), parse_ident(name) AS parts) AS schemas,
                       (SELECT array_agg(parts[2] ORDER BY n) FROM unnest(tables) WITH ORDINALITY AS t(name, n), parse_ident(name) AS parts) AS names,
                       s.steps, s.steps_done, CASE WHEN r.state IN ('RUNNING', 'WAITING_FOR_CUTOVER') THEN s.current_step END AS current_step
                  FROM %s AS r
                 CROSS JOIN LATERAL (
                       SELECT count(*) AS steps,
                              count(*) FILTER (WHERE step.state = 'DONE') AS steps_done,
                              (array_agg(step.id ORDER BY step.ordinal) FILTER (WHERE step.state IN ('PENDING', 'STARTED')))[1] AS current_step
                         FROM %s AS step
                        WHERE step.run = r.id) AS s
                 WHERE %s
                 ORDER BY started_at DESC""",
                journal.table("run"), journal.table("step"), condition);
        return session.query(
                query.text(),
                row -> new RunStatus(
                        row.getString("id"),
                        row.getString("kind"),
                        tables(row),
                        State.valueOf(row.getString("state")),
                        row.getString("strategy"),
                        row.getInt("steps_done"),
                        row.getInt("steps"),
                        Optional.ofNullable(row.getString("current_step")),
                        row.getTimestamp("started_at").toInstant(),
                        instant(row.getTimestamp("ready_at")),
                        instant(row.getTimestamp("cutover_at")),
                        instant(row.getTimestamp("finished_at"))));
    }

    private Run withSteps(Run run) {
        if (run.format() != Journal.FORMAT) {
            throw new Refused("Run " + run.id() + " was written in journal format " + run.format()
                    + ", this Tidemark reads " + Journal.FORMAT + ". Go on with the Tidemark that began it.");
        }
        Sql query = Sql.of("SELECT * FROM %s WHERE run = %L ORDER BY ordinal", journal.table("step"), run.id());
        List<RecordedStep> steps = session.query(
                query.text(),
                row -> new RecordedStep(
                        new Step(
                                row.getString("id"),
                                row.getString("why"),
                                new StoredAction(row.getString("up_kind"), texts(row.getArray("up_statements")))
                                        .action(),
                                new StoredAction(row.getString("down_kind"), texts(row.getArray("down_statements")))
                                        .action(),
                                row.getBoolean("ages")),
                        StepState.valueOf(row.getString("state")),
                        row.getInt("up_done"),
                        row.getInt("down_done")));
        return new Run(
                run.id(),
                run.format(),
                run.kind(),
                run.tables(),
                run.identity(),
                run.strategy(),
                run.decision(),
                run.maxPause(),
                run.state(),
                run.ready(),
                run.cutover(),
                steps);
    }

    private static List<TableName> tables(ResultSet row) throws SQLException {
        List<String> schemas = texts(row.getArray("schemas"));
        List<String> names = texts(row.getArray("names"));
        return IntStream.range(0, names.size())
                .mapToObj(i -> new TableName(schemas.get(i), names.get(i)))
                .toList();
    }

    private static List<String> texts(Array array) throws SQLException {
        return Arrays.asList((String[]) array.getArray());
    }

    private static Optional<Instant> instant(@Nullable Timestamp timestamp) {
        return Optional.ofNullable(timestamp).map(Timestamp::toInstant);
    }
}

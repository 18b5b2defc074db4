package dev.tidemark.journal;

import dev.tidemark.journal.RunStatus.State;
import dev.tidemark.plan.Boundary;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Rest;
import dev.tidemark.plan.Step;
import dev.tidemark.schema.Interval;
import dev.tidemark.schema.ManagedPartitions;
import dev.tidemark.schema.MissingRight;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.sql.Array;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Writes down what is done.
 *
 * <p>What it writes, it gives as SQL, so that the runner can put it into the transaction of the work itself and {@code update-sql} can print it.
 * Names of tables are kept quoted.
 */
public final class Journal {
    /** Layout of the rows of a run; a run of another format is never resumed. */
    public static final int FORMAT = 1;
    /** The setting through which statements of a plan know the run they belong to. */
    public static final String RUN_SETTING = "tidemark.run";

    /** Characters of a plan that are written with one statement. */
    private static final int PORTION = 30_000;

    private final Session session;
    private final String schema;
    private final Installation installation;

    public Journal(Session session, String schema) {
        this.session = session;
        this.schema = schema;
        this.installation = new Installation(session, schema);
    }

    /** The schema it lives in. */
    public String schema() {
        return schema;
    }

    /** Whether it is installed here. @throws Refused if a later Tidemark installed it, or this user may not read it */
    public boolean isInstalled() {
        return installation.isThere();
    }

    /** What this user may not do with the journal although carrying out a plan has to; nothing where it is not installed. */
    public List<MissingRight> missingRights() {
        return installation.missingRights();
    }

    /** What a script has to begin with: nothing where it is installed as it should be. */
    public Optional<String> installation() {
        return installation.script();
    }

    /** Replaces functions that an earlier build left there, where this user may. */
    public void refresh() {
        installation.refresh();
    }

    /** Installs it if it is not there. @throws Refused where the role may not create the schema */
    public void install() {
        installation.install();
    }

    /** The run as statements of a script know it: by the setting. */
    public static final Sql CURRENT_RUN = new Sql("current_setting('" + RUN_SETTING + "')::uuid");

    /** The run as a literal. */
    public static Sql run(String runId) {
        return Sql.of("%L", runId);
    }

    /** The newest run of these tables that has not been taken back, as an expression, for scripts that are printed before it exists. */
    public Sql runOf(String kind, List<TableName> tables) {
        return Sql.of(
                "(SELECT id FROM %s WHERE kind = %L AND tables = %s AND state <> 'UNDONE' ORDER BY started_at DESC LIMIT 1)",
                table("run"), kind, texts(tables.stream().map(TableName::quoted).toList()));
    }

    /** Records a new run with all its steps, and the limit of its log if one is given: several statements for one transaction. */
    public List<Sql> begin(Sql run, Plan plan, OptionalLong logLimit) {
        List<Sql> statements = new ArrayList<>();
        statements.add(Sql.of(
                """
                INSERT INTO %s (id, format, kind, tables, identity, strategy, decision, max_pause_ms, state)
                VALUES (%s, %s, %L, %s, %L, %L, %L, %s, 'RUNNING')""",
                table("run"),
                run,
                FORMAT,
                plan.kind(),
                texts(plan.tables().stream().map(TableName::quoted).toList()),
                identityText(plan.identity()),
                plan.strategy().name(),
                plan.decision(),
                plan.maxPause().toMillis()));
        logLimit.ifPresent(bytes -> statements.add(
                Sql.of("INSERT INTO %s (run, log_limit_bytes) VALUES (%s, %s)", table("control"), run, bytes)));
        int ordinal = 0;
        for (Step step : plan.steps()) {
            StoredAction up = StoredAction.of(step.up());
            StoredAction down = StoredAction.of(step.down());
            Sql ups = inPortions(up.statements(), statements);
            Sql downs = inPortions(down.statements(), statements);
            statements.add(Sql.of(
                    """
                    INSERT INTO %s (run, ordinal, id, why, up_kind, up_statements, down_kind, down_statements, ages)
                    VALUES (%s, %s, %L, %L, %L, %s, %L, %s, %s)""",
                    table("step"),
                    run,
                    ordinal++,
                    step.id(),
                    step.why(),
                    up.kind(),
                    ups,
                    down.kind(),
                    downs,
                    step.ages()));
        }
        return statements;
    }

    /**
     * The texts as an expression. What is long goes before it, into settings of the transaction: the window of a group of tables has more text than
     * some proxies pass on in one message, and a row that was written in several updates would leave dead versions, whose pruning in a window
     * can keep a standby's readers waiting.
     */
    private static Sql inPortions(List<String> texts, List<Sql> before) {
        List<Sql> parts = new ArrayList<>();
        List<String> portion = new ArrayList<>();
        int characters = 0;
        for (int i = 0; i < texts.size(); i++) {
            portion.add(texts.get(i));
            characters += texts.get(i).length();
            boolean last = i == texts.size() - 1;
            if (last && parts.isEmpty() && characters < PORTION) {
                return texts(portion);
            }
            if (last || characters + texts.get(i + 1).length() > PORTION) {
                String setting = "tidemark.portion_" + before.size();
                before.add(Sql.of("SELECT pg_catalog.set_config(%L, %s::text, true)", setting, texts(portion)));
                parts.add(Sql.of("pg_catalog.current_setting(%L)::text[]", setting));
                portion.clear();
                characters = 0;
            }
        }
        return parts.isEmpty() ? texts(List.of()) : Sql.join(" || ", parts);
    }

    /** Marks a step's state, and how many statements of the direction are committed. */
    public Sql step(Sql run, int ordinal, StepState state, boolean back, int statementsDone) {
        return Sql.of(
                "UPDATE %s SET state = %L, %I = %s, changed_at = clock_timestamp() WHERE run = %s AND ordinal = %s",
                table("step"), state.name(), back ? "down_done" : "up_done", statementsDone, run, ordinal);
    }

    /** Marks a run's state; an ending one gets its time. */
    public Sql state(Sql run, State state) {
        return Sql.of(
                "UPDATE %s SET state = %L, finished_at = %s WHERE id = %s",
                table("run"), state.name(), new Sql(state.isUnfinished() ? "NULL" : "clock_timestamp()"), run);
    }

    /** How a run waits for its cutover. */
    public CutoverWait cutoverWait() {
        return new CutoverWait(session, this);
    }

    /** The logs of changes that are kept for tables now. */
    public List<ChangeLog> changeLogs(Session asking, List<TableName> tables) {
        return ChangeLog.of(asking, schema, tables);
    }

    /** The slices of a step in one direction. */
    public SliceQueue slices(Sql run, int ordinal, boolean back) {
        return new SliceQueue(table("slice"), run, ordinal, back);
    }

    /** Whether a slice of the run has been done, in whatever step. */
    public boolean hasSlicesDone(String runId) {
        return session.first(
                        Sql.of(
                                        "SELECT EXISTS (SELECT FROM %s WHERE run = %L AND state = 'DONE')",
                                        table("slice"), runId)
                                .text(),
                        r -> r.getBoolean(1))
                .orElse(false);
    }

    /** Writes down one attempt at a window; times in milliseconds. */
    public Sql lockLog(
            String runId, String step, boolean back, String outcome, double waited, double held, String locked) {
        return Sql.of(
                "INSERT INTO %s (run, step, back, outcome, waited_ms, held_ms, locked) VALUES (%L, %L, %s, %L, %L, %L, %L)",
                table("lock_log"),
                runId,
                step,
                back,
                outcome,
                String.valueOf(Math.round(waited * 10) / 10.0),
                String.valueOf(Math.round(held * 10) / 10.0),
                locked);
    }

    /** @throws Refused if this user may not write it */
    void requireRights() {
        installation.require(missingRights());
    }

    /** The next fencing number, taken; from now on every process with an older one is shut out. @throws Refused if this user may not write */
    public long takeOver(String runId) {
        installation.require(missingRights());
        return session.first(
                        Sql.of(
                                        "UPDATE %s SET fence = fence + 1, process = pg_backend_pid() WHERE id = %L RETURNING fence",
                                        table("run"), runId)
                                .text(),
                        r -> r.getLong(1))
                .orElseThrow(() -> new Refused("Run " + runId + " is no longer in the journal."));
    }

    /** Whether this process still owns the run; nobody can take it over before the transaction ends (FOR SHARE, because taking over is an UPDATE). */
    public boolean owns(Session worker, String runId, long fence) {
        return worker.first(
                        Sql.of("SELECT true FROM %s WHERE id = %L AND fence = %s FOR SHARE", table("run"), runId, fence)
                                .text(),
                        r -> r.getBoolean(1))
                .orElse(false);
    }

    /** The newest run of one of those kinds on exactly these tables. */
    public Optional<Run> newest(List<String> kinds, List<TableName> tables) {
        Sql names = texts(tables.stream().map(TableName::quoted).toList());
        return newest(Sql.of("kind = ANY (%s) AND tables @> %s AND tables <@ %s", texts(kinds), names, names));
    }

    /** The newest run that includes the table, of one of those kinds, or of any if none is named. */
    public Optional<Run> newest(List<String> kinds, TableName table) {
        Sql includes = Sql.of("tables @> %s", texts(List.of(table.quoted())));
        return newest(kinds.isEmpty() ? includes : Sql.of("kind = ANY (%s) AND %s", texts(kinds), includes));
    }

    private Optional<Run> newest(Sql condition) {
        return isInstalled() ? new RunQuery(session, this).newest(condition) : Optional.empty();
    }

    /** A run as it is now. */
    public Run again(Run run) {
        return newest(Sql.of("id = %L", run.id()))
                .orElseThrow(() -> new Refused("Run " + run.id() + " is no longer in the journal."));
    }

    /** All runs, newest first, or those that include a table. */
    public List<RunStatus> status(Optional<TableName> table) {
        if (!isInstalled()) {
            return List.of();
        }
        Sql condition = table.map(t -> Sql.of("tables @> %s", texts(List.of(t.quoted()))))
                .orElse(new Sql("true"));
        return new RunQuery(session, this).status(condition);
    }

    /** Objects of a kind that a run left behind, by their quoted names. */
    public List<TableName> objects(String runId, String kind) {
        return session.query(
                Sql.of(
                                "SELECT (parse_ident(identity))[1], (parse_ident(identity))[2] FROM %s WHERE run = %L AND kind = %L ORDER BY 1, 2",
                                table("object"), runId, kind)
                        .text(),
                r -> new TableName(r.getString(1), r.getString(2)));
    }

    /** The retired table that a run left behind for a table. */
    public Optional<TableName> retired(String runId, TableName table) {
        return object(runId, "retired table", "the way back of " + table);
    }

    /** The table that a run fills for a table, before the cutover. */
    public Optional<TableName> copy(String runId, TableName table) {
        return object(runId, "copy", "the copy of " + table);
    }

    /** The partition that a run exchanges. */
    public Optional<TableName> exchanged(String runId) {
        return objects(runId, "exchanged partition").stream().findFirst();
    }

    /** How the functions in the database make a table's partitions, if they do. */
    public Optional<ManagedPartitions> managed(TableName table) {
        return isInstalled()
                ? session.first(
                        Sql.of(
                                        "SELECT width::text AS width, epoch, time_zone, name_pattern FROM %s WHERE relation = to_regclass(%L) AND NOT suspended",
                                        table("partition_set"), table.quoted())
                                .text(),
                        r -> new ManagedPartitions(
                                Interval.parse(r.getString("width")),
                                Optional.ofNullable(r.getString("epoch")),
                                r.getString("time_zone"),
                                r.getString("name_pattern")))
                : Optional.empty();
    }

    /** What a run left behind of a table that it did not copy as a whole. */
    public Optional<Rest> rest(String runId, TableName table) {
        return session.first(
                Sql.of(
                                """
                                SELECT j.*, parse_ident(j.view) AS view_name, parse_ident(j.before) AS before_name
                                  FROM %s AS o
                                 CROSS JOIN jsonb_to_record(o.purpose::jsonb) AS j("column" text, since text, words text, position bigint, view text, before text, millionths bigint)
                                 WHERE o.run = %L AND o.kind = 'rest' AND o.identity = %L""",
                                table("object"), runId, table.quoted())
                        .text(),
                r -> new Rest(
                        new Boundary(
                                r.getString("column"),
                                r.getString("since"),
                                r.getString("words"),
                                r.getLong("position")),
                        name(r.getArray("view_name")),
                        name(r.getArray("before_name")),
                        r.getLong("millionths")));
    }

    private static TableName name(Array parts) throws SQLException {
        String[] texts = (String[]) parts.getArray();
        return new TableName(texts[0], texts[1]);
    }

    private Optional<TableName> object(String runId, String kind, String purpose) {
        return session.first(
                Sql.of(
                                "SELECT (parse_ident(identity))[1], (parse_ident(identity))[2] FROM %s WHERE run = %L AND kind = %L AND purpose = %L",
                                table("object"), runId, kind, purpose)
                        .text(),
                r -> new TableName(r.getString(1), r.getString(2)));
    }

    /** The proofs of a run, one line each: kind, subject, before, after. */
    public List<String> proofs(String runId) {
        return session.query(
                Sql.of(
                                "SELECT kind, subject, before, after FROM %s WHERE run = %L ORDER BY kind, subject",
                                table("proof"), runId)
                        .text(),
                r -> r.getString(1) + " of " + r.getString(2) + ": "
                        + (String.valueOf(r.getString(3)).equals(r.getString(4))
                                ? r.getString(3) + " before and after"
                                : r.getString(3) + " before, " + r.getString(4) + " after"));
    }

    /** How many rows of a child have no parent, one line for each foreign key that triggers stand for; reads each child once. */
    public List<String> orphans(Optional<TableName> child) {
        record Substitute(String child, String name, String orphans) {}
        List<Substitute> substitutes = session.query(
                Sql.of("SELECT child, name, orphans FROM %s ORDER BY child, name", table("substitute"))
                        .text(),
                r -> new Substitute(r.getString(1), r.getString(2), r.getString(3)));
        return substitutes.stream()
                .filter(s -> child.isEmpty() || child.get().quoted().equals(s.child()))
                .map(s -> Sql.identifier(s.name()) + " of " + s.child() + ": "
                        + session.first(s.orphans(), r -> r.getLong(1)).orElse(0L) + " rows without a parent")
                .toList();
    }

    /** A table of the journal. */
    public Sql table(String name) {
        return Sql.of("%I", new TableName(schema, name));
    }

    /** The identity attributes as the text that is compared. */
    public static String identityText(Map<String, String> identity) {
        return identity.entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining("\n"));
    }

    private static Sql texts(List<String> values) {
        return Sql.of(
                "ARRAY[%s]::text[]",
                Sql.join(", ", values.stream().map(v -> Sql.of("%L", v)).toList()));
    }
}

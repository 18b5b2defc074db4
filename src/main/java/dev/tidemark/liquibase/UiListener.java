package dev.tidemark.liquibase;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.plan.Figures;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Step;
import dev.tidemark.plan.WhoWaits;
import dev.tidemark.run.ClosedWindow;
import dev.tidemark.run.Listener;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import liquibase.Scope;
import liquibase.logging.Logger;
import liquibase.ui.CompositeUIService;
import liquibase.ui.LoggerUIService;
import liquibase.ui.UIService;
import org.jspecify.annotations.Nullable;

/** Tells a run to whoever started Liquibase: one line per step and window, progress now and then, totals at the end. */
final class UiListener implements Listener {
    /** Somebody watches a terminal: often enough to see that it lives. */
    private static final Duration ON_TERMINAL = Duration.ofSeconds(10);

    /** Each line of an application's log is kept and paid for. */
    private static final Duration IN_LOG = Duration.ofSeconds(60);

    /** A conversion of a thousand partitions has two thousand. */
    private static final int SHOWN_PROOFS = 12;

    private final Consumer<String> out;
    private final Duration between;
    private final LongSupplier nanoTime;
    private String label = "";
    /** Whether the step has nothing to do in this direction. */
    private boolean idle;

    private long lastProgress;
    /** The first that was heard of the slices of a step: what an earlier process did is no measure of this one. */
    private @Nullable Copied first;

    private record Copied(long at, long done, long rows) {}

    UiListener(Consumer<String> out, Duration between, LongSupplier nanoTime) {
        this.out = out;
        this.between = between;
        this.nanoTime = nanoTime;
    }

    /** Reads UI and log from the scope of this thread, because another thread may have none. */
    static UiListener ofThisThread() {
        UIService ui = Scope.getCurrentScope().getUI();
        if (ui instanceof LoggerUIService) {
            return new UiListener(ui::sendMessage, IN_LOG, System::nanoTime);
        }
        if (ui instanceof CompositeUIService) {
            // The command line's; it writes to the log by itself.
            return new UiListener(ui::sendMessage, ON_TERMINAL, System::nanoTime);
        }
        Logger log = Scope.getCurrentScope().getLog(UiListener.class);
        return new UiListener(
                line -> {
                    ui.sendMessage(line);
                    log.info(line);
                },
                ON_TERMINAL,
                System::nanoTime);
    }

    /** {@code done in 4.213 s, 7 steps, 3 proofs (run 12)}. */
    static String totals(Outcome outcome) {
        String result = AttributeReader.words(outcome.result());
        return result
                + (outcome.result() == Outcome.Result.ALREADY_DONE
                        ? ""
                        : (outcome.result() == Outcome.Result.WAITING_FOR_CUTOVER ? " after " : " in ")
                                + Figures.time(outcome.total()) + ", " + counted(outcome.steps(), "step"))
                + ", " + counted(outcome.proofs().size(), "proof")
                + (outcome.runId().isEmpty() ? "" : " (run " + outcome.runId() + ")");
    }

    @Override
    public void nothingToDo(Plan plan) {
        String tables =
                String.join(", ", plan.tables().stream().map(Object::toString).toList());
        out.accept("Tidemark: " + plan.kind() + " of " + tables + ": nothing to do");
        plan.findings().forEach(finding -> out.accept("  " + finding));
    }

    @Override
    public void runStarts(Plan plan, String runId, boolean resumed) {
        String tables =
                String.join(", ", plan.tables().stream().map(Object::toString).toList());
        out.accept("Tidemark: " + plan.kind() + " of " + tables + " by " + AttributeReader.word(plan.strategy())
                + ", run " + runId + (resumed ? ", going on where it stopped" : ""));
    }

    @Override
    public void stepStarts(Step step, int ordinal, int of, boolean back) {
        label = String.format(Locale.ROOT, "  [%d/%d] %s%s", ordinal, of, back ? "back: " : "", step.id());
        lastProgress = nanoTime.getAsLong();
        first = null;
        String waiting = back ? WhoWaits.whenTakenBack(step) : WhoWaits.whenDone(step);
        idle = WhoWaits.isNothing(waiting);
        // What a step is for is said of its way there, or of its way back if it has nothing to do before.
        boolean saysWhy = !idle && (!back || WhoWaits.isNothing(WhoWaits.whenDone(step)));
        out.accept(label + ": " + (saysWhy ? step.why() : waiting));
    }

    @Override
    public void stepEnds(Step step, Duration took) {
        if (!idle) {
            out.accept(label + ": done in " + Figures.time(took));
        }
    }

    @Override
    public void progress(Step step, int done, int of) {
        long now = nanoTime.getAsLong();
        if (now - lastProgress >= between.toNanos()) {
            lastProgress = now;
            out.accept(label + ": " + done + " of " + of);
        }
    }

    @Override
    public void copied(Step step, long done, long all, long rows) {
        long now = nanoTime.getAsLong();
        Copied since = first;
        if (since == null) {
            first = new Copied(now, done, rows);
        } else if (now - lastProgress >= between.toNanos()) {
            lastProgress = now;
            out.accept(label + ": " + share(done, all) + rate(since, now, done, all, copiesRows(step) ? rows : 0));
        }
    }

    /** Slices of a proof or an index have no rows of their own to count. */
    private static boolean copiesRows(Step step) {
        return Stream.of(step.up(), step.down())
                .anyMatch(action -> action instanceof Slices slices && slices.unit() == Slices.Unit.BLOCKS);
    }

    private static String share(long done, long all) {
        return String.format(Locale.ROOT, "%.1f %%", all == 0 ? 100.0 : 100.0 * done / all);
    }

    private static String rate(Copied since, long now, long done, long all, long rows) {
        double seconds = (now - since.at()) / 1e9;
        if (seconds <= 0 || done <= since.done()) {
            return "";
        }
        String rowRate = rows > since.rows()
                ? String.format(Locale.ROOT, ", %,d rows/s", Math.round((rows - since.rows()) / seconds))
                : "";
        double left = (all - done) * seconds / (done - since.done());
        return rowRate + ", " + Figures.time(Duration.ofSeconds(Math.round(left))) + " left";
    }

    @Override
    public void windowCloses(Step step, ClosedWindow window) {
        out.accept(label + ": window of " + Figures.time(window.pause()) + " (waited " + Figures.time(window.waited())
                + " for locks, held them " + Figures.time(window.held()) + "); COMMIT answered after "
                + Figures.time(window.commit()));
    }

    @Override
    public void windowPostponed(Step step, int attempt, String reason, Duration pause) {
        out.accept(label + ": attempt " + attempt + " given up, everything is as before (" + reason + "); next in "
                + Figures.time(pause));
    }

    @Override
    public void waitsForHours(Step step, Instant opening) {
        out.accept("  ready for " + step.id() + ", which may begin at " + opening.truncatedTo(ChronoUnit.SECONDS)
                + " (cutoverHours); changes go on being replayed");
    }

    @Override
    public void provesAgain(Step step) {
        out.accept("  what was proved before has grown old until " + step.id() + ": it is proved again");
    }

    @Override
    public void logGrows(TableName table, long bytes, long limit) {
        out.accept("  WARNING: the log of changes of " + table + " has " + Figures.size(bytes) + " of at most "
                + Figures.size(limit)
                + "; at that the run is taken back. Raise it with liquibase tidemark resume --table=… --log-limit=…");
    }

    @Override
    public void logFull(String reason) {
        out.accept("Tidemark: " + reason + ": the run is taken back");
    }

    @Override
    public void runEnds(Outcome outcome) {
        out.accept("Tidemark: " + totals(outcome));
        if (outcome.result() == Outcome.Result.WAITING_FOR_CUTOVER) {
            out.accept(
                    "  everything before the cutover is done; the application goes on with the table as it is, and its changes are"
                            + " recorded. Say liquibase tidemark cutover --table=…, or apply a cutoverConversion");
        }
        outcome.proofs().stream().limit(SHOWN_PROOFS).forEach(proof -> out.accept("  proof: " + proof));
        if (outcome.proofs().size() > SHOWN_PROOFS) {
            out.accept("  proof: and " + (outcome.proofs().size() - SHOWN_PROOFS)
                    + " more, all in the journal's table proof");
        }
    }

    private static String counted(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}

package dev.tidemark.run;

import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Step;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Hears what a run does, on the thread that does it unless it says otherwise. Every method is optional; an exception from one ends the run. */
public interface Listener {
    /** Hears nothing. */
    Listener SILENT = new Listener() {};

    /** There is nothing that the plan could be about: its findings say why. */
    default void nothingToDo(Plan plan) {}

    /** A run begins, or goes on where an earlier process stopped ({@code resumed}). */
    default void runStarts(Plan plan, String runId, boolean resumed) {}

    /** A step begins; {@code back} when it is being undone. */
    default void stepStarts(Step step, int ordinal, int of, boolean back) {}

    /** A step has been committed and recorded. */
    default void stepEnds(Step step, Duration took) {}

    /** One statement of a longer step has been committed. */
    default void progress(Step step, int done, int of) {}

    /** Slices of a step are done: so much of its weight, with so many rows. About once a second. */
    default void copied(Step step, long done, long all, long rows) {}

    /** Workers rest for that reason, or for none any more. Heard on whichever thread asked. */
    default void rests(Optional<String> reason) {}

    /** A window was committed. */
    default void windowCloses(Step step, ClosedWindow window) {}

    /** A window could not have its locks or its time; everything is as before and the next attempt comes after {@code pause}. */
    default void windowPostponed(Step step, int attempt, String reason, Duration pause) {}

    /** The cutover waits until {@code opening}, when its hours begin; changes go on being replayed. */
    default void waitsForHours(Step step, Instant opening) {}

    /** What was proved has grown old before the cutover: it is proved again. */
    default void provesAgain(Step step) {}

    /** The log of changes of a table has come to half of what it may have at most. Heard on whichever thread asked. */
    default void logGrows(TableName table, long bytes, long limit) {}

    /** The log of changes has reached its limit: the run is taken back. */
    default void logFull(String reason) {}

    /** The run is over. */
    default void runEnds(Outcome outcome) {}
}

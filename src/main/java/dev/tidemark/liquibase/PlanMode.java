package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Runbook;
import dev.tidemark.run.Listener;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import dev.tidemark.sql.TidemarkException;
import java.sql.Connection;
import java.util.List;
import java.util.stream.Collectors;
import liquibase.Scope;
import liquibase.changelog.ChangeSet;
import liquibase.changelog.DatabaseChangeLog;
import liquibase.database.Database;

/**
 * {@code tidemark.mode=plan}: prints the plan of every pending change and does nothing.
 *
 * <p>Happens while Liquibase validates the changelog, before it runs the first changeSet: so the changeSets around a conversion are not run
 * either, and every plan is printed, not only the first. GO lets Liquibase end well, with nothing left to run; anything else fails the validation.
 */
final class PlanMode {
    static final String RUN = "run";
    private static final String PLAN = "plan";
    static final String NOTHING_DONE =
            "Nothing was done and no changeSet was run or recorded; leave tidemark.mode=plan out to run it.";

    private PlanMode() {}

    /** @throws Refused when the mode is neither of the two */
    static boolean isOn() {
        String mode = TidemarkConfiguration.MODE.getCurrentValue();
        if (!mode.equals(RUN) && !mode.equals(PLAN)) {
            throw new Refused("tidemark.mode=" + mode + " cannot be used: allowed are " + RUN + ", " + PLAN + ".");
        }
        return mode.equals(PLAN);
    }

    /** @throws NoGo in plan mode, after the plan was printed, if it is not GO */
    static void printInsteadOfRunning(Database database, TidemarkChange change) {
        if (!isOn() || LiquibaseDatabase.prints(database)) {
            return;
        }
        Work work = change.workOn(database);
        Page page = LiquibaseDatabase.committing(database, own -> page(work, own));
        Scope.getCurrentScope().getUI().sendMessage(page.text());
        DatabaseChangeLog changeLog =
                Scope.getCurrentScope().get(Scope.Attr.databaseChangeLog, DatabaseChangeLog.class);
        ChangeSet changeSet = change.getChangeSet();
        if (!page.go() || changeLog == null || changeSet == null) {
            throw new NoGo(
                    (page.go() ? "GO for " : "NO-GO for ") + work.title() + ", as printed above. " + NOTHING_DONE);
        }
        keepFromRunning(changeLog, changeSet);
        Scope.getCurrentScope()
                .getUI()
                .sendMessage("GO for " + work.title() + ", as printed above. " + NOTHING_DONE
                        + " Liquibase ends as if there were nothing to run.\n");
    }

    /** Nothing of this changelog may run; but Liquibase neither validates what is ignored, and other changes have a plan to print. */
    private static void keepFromRunning(DatabaseChangeLog changeLog, ChangeSet planned) {
        changeLog.getChangeSets().stream()
                .filter(changeSet -> changeSet.equals(planned)
                        || changeSet.getChanges().stream().noneMatch(TidemarkChange.class::isInstance))
                .forEach(changeSet -> changeSet.setIgnore(true));
    }

    /** What is printed of a change. */
    private record Page(boolean go, String text) {}

    private static Page page(Work work, Connection connection) {
        List<TableName> missing = LiquibaseDatabase.missing(connection, work.tables());
        if (!missing.isEmpty()) {
            return new Page(
                    false,
                    "No plan for " + work.title() + ": "
                            + missing.stream().map(TableName::toString).collect(Collectors.joining(", "))
                            + " does not exist. A changeSet before it may create it: run that first.\n");
        }
        try {
            Plan plan = work.plan(Tidemark.on(connection, TidemarkConfiguration.schema(), Listener.SILENT));
            return new Page(plan.isGo(), Runbook.of(plan));
        } catch (TidemarkException e) {
            return new Page(false, "NO-GO: " + work.title() + " cannot be planned.\n" + e.getMessage() + "\n");
        }
    }

    /** Ends the validation. Thrown, because a mere validation error would let onValidationFail="MARK_RAN" record the changeSet. */
    static final class NoGo extends Refused {
        private static final long serialVersionUID = 1L;

        NoGo(String message) {
            super(message);
        }

        /** Liquibase's list of validation failures shows this and not the message; the class name would only puzzle. */
        @Override
        @SuppressWarnings("OverrideThrowableToString")
        public String toString() {
            return String.valueOf(getMessage());
        }
    }
}

package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.run.Listener;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import dev.tidemark.sql.TidemarkException;
import java.sql.Connection;
import java.util.List;
import java.util.stream.Collectors;
import liquibase.Scope;
import liquibase.database.Database;

/**
 * {@code tidemark.mode=plan}: prints the plan of every pending change and does nothing.
 *
 * <p>Happens while Liquibase validates the changelog, before it runs the first changeSet: so the changeSets around a conversion are not run
 * either, and every plan is printed, not only the first.
 */
final class PlanMode {
    static final String RUN = "run";
    private static final String PLAN = "plan";
    static final String NOTHING_DONE =
            "tidemark.mode=plan: the plan is printed, nothing was done and no changeSet was recorded. Leave tidemark.mode out to run it.";

    private PlanMode() {}

    /** @throws Refused when the mode is neither of the two */
    static boolean isOn() {
        String mode = TidemarkConfiguration.MODE.getCurrentValue();
        if (!mode.equals(RUN) && !mode.equals(PLAN)) {
            throw new Refused("tidemark.mode=" + mode + " cannot be used: allowed are " + RUN + ", " + PLAN + ".");
        }
        return mode.equals(PLAN);
    }

    /** @throws NothingDone in plan mode, after the plan was printed */
    static void printInsteadOfRunning(Database database, TidemarkChange change) {
        if (!isOn() || LiquibaseDatabase.prints(database)) {
            return;
        }
        Work work = change.workOn(database);
        Scope.getCurrentScope().getUI().sendMessage(LiquibaseDatabase.committing(database, own -> page(work, own)));
        throw new NothingDone(work);
    }

    private static String page(Work work, Connection connection) {
        List<TableName> missing = LiquibaseDatabase.missing(connection, work.tables());
        if (!missing.isEmpty()) {
            return "No plan for " + work.title() + ": "
                    + missing.stream().map(TableName::toString).collect(Collectors.joining(", "))
                    + " does not exist. A changeSet before it may create it: run that first.\n";
        }
        try {
            return work.runbook(Tidemark.on(connection, TidemarkConfiguration.schema(), Listener.SILENT));
        } catch (TidemarkException e) {
            return "NO-GO: " + work.title() + " cannot be planned.\n" + e.getMessage() + "\n";
        }
    }

    /** Ends the validation. Thrown, because a mere validation error would let onValidationFail="MARK_RAN" record the changeSet. */
    static final class NothingDone extends Refused {
        private static final long serialVersionUID = 1L;

        NothingDone(Work work) {
            super(work.title() + ": " + NOTHING_DONE);
        }

        /** Liquibase's list of validation failures shows this and not the message; the class name would only puzzle. */
        @Override
        @SuppressWarnings("OverrideThrowableToString")
        public String toString() {
            return String.valueOf(getMessage());
        }
    }
}

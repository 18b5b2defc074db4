package dev.tidemark.liquibase;

import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TidemarkException;
import java.util.function.Consumer;
import liquibase.database.Database;
import liquibase.database.PreparedStatementFactory;
import liquibase.exception.DatabaseException;
import liquibase.statement.AbstractSqlStatement;
import liquibase.statement.ExecutablePreparedStatement;

/** Work that runs when Liquibase executes it; nothing happens before. Never given to the executor that prints. */
final class WorkStatement extends AbstractSqlStatement implements ExecutablePreparedStatement {
    private final Work work;
    private final Database database;
    private final Consumer<Outcome> done;

    WorkStatement(Work work, Database database, Consumer<Outcome> done) {
        this.work = work;
        this.database = database;
        this.done = done;
    }

    String title() {
        return work.title();
    }

    @Override
    public void execute(PreparedStatementFactory factory) throws DatabaseException {
        if (PlanMode.isOn()) {
            throw new DatabaseException(PlanMode.NOTHING_DONE);
        }
        try {
            done.accept(LiquibaseDatabase.guarded(database, work::run));
        } catch (TidemarkException e) {
            throw new DatabaseException(e.getMessage(), e);
        }
    }
}

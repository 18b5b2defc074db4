package dev.tidemark.liquibase;

import liquibase.database.Database;
import liquibase.exception.ValidationErrors;
import liquibase.sql.Sql;
import liquibase.sql.UnparsedSql;
import liquibase.sqlgenerator.SqlGeneratorChain;
import liquibase.sqlgenerator.core.AbstractSqlGenerator;

/** Gives Liquibase a line for its log context; {@link WorkStatement} itself is executed, not generated. */
public class WorkStatementGenerator extends AbstractSqlGenerator<WorkStatement> {
    @Override
    public ValidationErrors validate(
            WorkStatement statement, Database database, SqlGeneratorChain<WorkStatement> chain) {
        return new ValidationErrors();
    }

    @Override
    public Sql[] generateSql(WorkStatement statement, Database database, SqlGeneratorChain<WorkStatement> chain) {
        return new Sql[] {new UnparsedSql("-- Tidemark: " + statement.title().replaceAll("\\R", " "))};
    }
}

package dev.tidemark.liquibase;

import dev.tidemark.plan.Options;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.VerifyRequest;
import dev.tidemark.sql.TableName;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import liquibase.change.ChangeMetaData;
import liquibase.change.DatabaseChange;
import liquibase.database.Database;
import liquibase.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** {@code <tidemark:verifyConversion>}: proves a conversion again, and fails where something differs. Its rollback has nothing to take back. */
@DatabaseChange(
        name = VerifyRequest.KIND,
        description = "Proves a conversion again while the application writes, and fails where something differs",
        priority = ChangeMetaData.PRIORITY_DEFAULT)
public class VerifyConversionChange extends TidemarkChange {
    private static final String WORKERS = "workers";

    private @Nullable String repair;
    private @Nullable String workers;

    @Override
    @Nullable
    Work work(AttributeReader attributes, String defaultSchema) {
        String table = attributes.required("tableName", getTableName(), "Name a table of the conversion.");
        VerifyRequest request = new VerifyRequest(
                new TableName(attributes.text("schemaName", getSchemaName()).orElse(defaultSchema), table),
                attributes.flag("repair", repair),
                new Tuning(
                        maxPause(attributes),
                        attributes
                                .number(WORKERS, workers, 1, Tuning.MOST_WORKERS)
                                .orElse(Options.DEFAULTS.workers())));
        return attributes.problems().isEmpty() ? Work.prove(request) : null;
    }

    @Override
    Set<String> tuning() {
        return Stream.concat(super.tuning().stream(), Stream.of(WORKERS)).collect(Collectors.toSet());
    }

    @Override
    public boolean supportsRollback(Database database) {
        return true;
    }

    @Override
    public SqlStatement[] generateRollbackStatements(Database database) {
        return new SqlStatement[0];
    }

    public @Nullable String getRepair() {
        return repair;
    }

    public void setRepair(@Nullable String repair) {
        this.repair = repair;
    }

    public @Nullable String getWorkers() {
        return workers;
    }

    public void setWorkers(@Nullable String workers) {
        this.workers = workers;
    }
}

package dev.tidemark.liquibase;

import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import liquibase.change.ChangeMetaData;
import liquibase.change.DatabaseChange;
import liquibase.database.Database;
import liquibase.exception.RollbackImpossibleException;
import liquibase.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** {@code <tidemark:finalizeConversion>}: gives up the way back of a conversion, and is the one change without a rollback. */
@DatabaseChange(
        name = FinalizeRequest.KIND,
        description =
                "Gives up the way back of a conversion: drops what only the way back needed and lets the policies begin",
        priority = ChangeMetaData.PRIORITY_DEFAULT)
public class FinalizeConversionChange extends TidemarkChange {
    private @Nullable String confirm;
    private @Nullable String minimumAge;
    private @Nullable String dropRest;

    @Override
    @Nullable
    Work work(AttributeReader attributes, String defaultSchema) {
        String table = attributes.required("tableName", getTableName(), "Name a table of the conversion.");
        String confirmed =
                attributes.required("confirm", confirm, "Repeat the table's name: confirm=\"" + table + "\".");
        if (confirm != null && !confirmed.equals(table)) {
            attributes.problem("confirm=\"" + confirm
                    + "\" is not the table's name. There is no way back after this change: write confirm=\"" + table
                    + "\" if you mean this table.");
        }
        FinalizeRequest request = new FinalizeRequest(
                new TableName(attributes.text("schemaName", getSchemaName()).orElse(defaultSchema), table),
                confirmed,
                age(attributes),
                attributes.flag("dropRest", dropRest),
                maxPause(attributes));
        return attributes.problems().isEmpty() ? Work.finish(request) : null;
    }

    /** Zero is a legal age (a demo finalizes at once) though not a legal interval. */
    private Duration age(AttributeReader attributes) {
        if (minimumAge != null && minimumAge.strip().matches("(0( [a-z]+)?|PT?0[A-Z])")) {
            return Duration.ZERO;
        }
        return attributes
                .interval("minimumAge", minimumAge)
                .map(Interval::roughly)
                .orElse(FinalizeRequest.DEFAULT_MINIMUM_AGE);
    }

    @Override
    public boolean supportsRollback(Database database) {
        return false;
    }

    @Override
    public SqlStatement[] generateRollbackStatements(Database database) throws RollbackImpossibleException {
        throw new RollbackImpossibleException("finalizeConversion of \"" + getTableName()
                + "\" cannot be rolled back: it dropped what the way back needed. Convert the table again in the other direction, with a"
                + " new changeSet.");
    }

    public @Nullable String getConfirm() {
        return confirm;
    }

    public void setConfirm(@Nullable String confirm) {
        this.confirm = confirm;
    }

    public @Nullable String getMinimumAge() {
        return minimumAge;
    }

    public void setMinimumAge(@Nullable String minimumAge) {
        this.minimumAge = minimumAge;
    }

    public @Nullable String getDropRest() {
        return dropRest;
    }

    public void setDropRest(@Nullable String dropRest) {
        this.dropRest = dropRest;
    }
}

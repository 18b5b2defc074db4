package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import liquibase.Scope;
import liquibase.change.ChangeMetaData;
import liquibase.change.DatabaseChange;
import liquibase.changelog.ChangeSet;
import liquibase.changelog.DatabaseChangeLog;
import liquibase.database.Database;
import liquibase.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** {@code <tidemark:cutoverConversion>}: lets a conversion with {@code cutover="manual"} go on. Its rollback takes the cutover back. */
@DatabaseChange(
        name = CutoverRequest.KIND,
        description =
                "Lets a conversion that waits for its cutover go on: proves it again, cuts over, and does the rest",
        priority = ChangeMetaData.PRIORITY_DEFAULT)
public class CutoverConversionChange extends TidemarkChange {
    private @Nullable String cutoverHours;

    @Override
    @Nullable
    Work work(AttributeReader attributes, String defaultSchema) {
        String table = attributes.required("tableName", getTableName(), "Name a table of the conversion.");
        Optional<Duration> pause = getMaxPause() == null ? Optional.empty() : Optional.of(maxPause(attributes));
        CutoverRequest request = new CutoverRequest(
                new TableName(attributes.text("schemaName", getSchemaName()).orElse(defaultSchema), table),
                pause,
                attributes.cutoverHours(cutoverHours));
        return attributes.problems().isEmpty()
                ? Work.cutOver(request, conversion(request.table(), defaultSchema))
                : null;
    }

    /** The conversion before this change in the changelog: what is printed of it before it has run goes by its attributes. */
    private Optional<ConversionRequest> conversion(TableName table, String defaultSchema) {
        ChangeSet own = getChangeSet();
        DatabaseChangeLog changeLog =
                Scope.getCurrentScope().get(Scope.Attr.databaseChangeLog, DatabaseChangeLog.class);
        if (changeLog == null && own != null) {
            changeLog = own.getChangeLog();
        }
        if (changeLog == null || own == null) {
            return Optional.empty();
        }
        return changeLog.getChangeSets().stream()
                .takeWhile(changeSet -> !changeSet.equals(own))
                .flatMap(changeSet -> changeSet.getChanges().stream())
                .filter(ConversionChange.class::isInstance)
                .map(change -> ((ConversionChange) change).request(defaultSchema))
                .flatMap(Optional::stream)
                .filter(request -> request.names().contains(table))
                .reduce((earlier, later) -> later);
    }

    @Override
    Set<String> tuning() {
        return Stream.concat(super.tuning().stream(), Stream.of(ConversionChange.CUTOVER_HOURS))
                .collect(Collectors.toSet());
    }

    @Override
    public boolean supportsRollback(Database database) {
        return true;
    }

    @Override
    public SqlStatement[] generateRollbackStatements(Database database) {
        return wayBack(database);
    }

    public @Nullable String getCutoverHours() {
        return cutoverHours;
    }

    public void setCutoverHours(@Nullable String cutoverHours) {
        this.cutoverHours = cutoverHours;
    }
}

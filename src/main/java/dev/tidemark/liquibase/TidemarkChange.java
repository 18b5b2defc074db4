package dev.tidemark.liquibase;

import dev.tidemark.plan.Figures;
import dev.tidemark.plan.Options;
import dev.tidemark.run.Outcome;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.Refused;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import liquibase.ChecksumVersion;
import liquibase.change.AbstractChange;
import liquibase.change.DatabaseChangeProperty;
import liquibase.changelog.ChangeSet;
import liquibase.database.Database;
import liquibase.database.core.PostgresDatabase;
import liquibase.exception.ValidationErrors;
import liquibase.exception.Warnings;
import liquibase.parser.core.ParsedNode;
import liquibase.parser.core.ParsedNodeException;
import liquibase.resource.ResourceAccessor;
import liquibase.serializer.LiquibaseSerializable.SerializationType;
import liquibase.statement.SqlStatement;
import liquibase.structure.DatabaseObject;
import org.jspecify.annotations.Nullable;

/**
 * What all Tidemark changes share: the attributes that every one has, strict reading, validation, and the choice between running and printing.
 *
 * <p>Attributes are text and null when left out; they become values, with their defaults, only in {@link #work}. Liquibase calls
 * {@link #generateStatements} several times per run, without a connection too: it has no side effects.
 */
public abstract class TidemarkChange extends AbstractChange {
    static final String NAMESPACE = "http://tidemark.dev/xml/ns/tidemark";
    private static final String MAX_PAUSE = "maxPause";

    private @Nullable String schemaName;
    private @Nullable String tableName;
    private @Nullable String maxPause;
    private @Nullable Outcome outcome;

    /** What the attributes ask for, or null after a problem. {@code defaultSchema} is for names without a schema. */
    abstract @Nullable Work work(AttributeReader attributes, String defaultSchema);

    @Override
    public void load(ParsedNode node, ResourceAccessor resources) throws ParsedNodeException {
        checkStrictly(node, getSerializableFields());
        super.load(node, resources);
    }

    void checkStrictly(ParsedNode node, Set<String> attributes) throws ParsedNodeException {
        StrictNode.checkAttributes(node, getSerializedObjectName(), attributes);
    }

    @Override
    public ValidationErrors validate(Database database) {
        ValidationErrors errors = new ValidationErrors(this);
        AttributeReader attributes = reader();
        if (!supports(database)) {
            attributes.problem("it works on PostgreSQL, this is " + database.getDisplayName()
                    + ". Put dbms=\"postgresql\" on the changeSet.");
        }
        checkChangeSet(attributes);
        work(attributes, "");
        attributes.problems().forEach(errors::addError);
        if (!errors.hasErrors()) {
            PlanMode.printInsteadOfRunning(database, this);
        }
        return errors;
    }

    private void checkChangeSet(AttributeReader attributes) {
        ChangeSet changeSet = getChangeSet();
        if (changeSet == null) {
            return;
        }
        if (changeSet.isRunInTransaction()) {
            attributes.problem(
                    "runInTransaction is true on the changeSet. Set runInTransaction=\"false\": a conversion commits step by"
                            + " step, so that nobody waits for all of it.");
        }
        if (changeSet.getChanges().size() > 1) {
            attributes.problem("the changeSet has " + changeSet.getChanges().size()
                    + " changes. Give it a changeSet of its own, or a failure would repeat or skip the others.");
        }
    }

    /** The work of a change that has been validated. @throws Refused with every problem otherwise: rollbacks are not validated by Liquibase */
    Work workOn(Database database) {
        AttributeReader attributes = reader();
        Work work = work(attributes, LiquibaseDatabase.defaultSchema(database));
        if (work == null) {
            throw new Refused(String.join("\n", attributes.problems()));
        }
        return work;
    }

    private AttributeReader reader() {
        return new AttributeReader(getSerializedObjectName() + (tableName == null ? "" : " \"" + tableName + "\""));
    }

    Duration maxPause(AttributeReader attributes) {
        Duration pause =
                attributes.interval(MAX_PAUSE, maxPause).map(Interval::roughly).orElse(Options.DEFAULTS.maxPause());
        if (pause.compareTo(Options.SHORTEST_PAUSE) < 0) {
            attributes.problem(MAX_PAUSE + "=\"" + maxPause + "\" is too short. Give it at least "
                    + Options.SHORTEST_PAUSE.toMillis() + " milliseconds: no window fits less.");
            return Options.SHORTEST_PAUSE;
        }
        return pause;
    }

    @Override
    public SqlStatement[] generateStatements(Database database) {
        return LiquibaseDatabase.prints(database)
                ? PrintedWork.of(workOn(database), database)
                : new SqlStatement[] {new WorkStatement(workOn(database), database, done -> outcome = done)};
    }

    /** What the rollback of a change consists of that has a way back. */
    final SqlStatement[] wayBack(Database database) {
        Work back = workOn(database).back();
        if (back == null) {
            throw new IllegalStateException(getSerializedObjectName() + " has no way back");
        }
        return LiquibaseDatabase.prints(database)
                ? PrintedWork.of(back, database)
                : new SqlStatement[] {new WorkStatement(back, database, done -> {})};
    }

    /** Logged after the change: totals, never a count of rows. */
    @Override
    public String getConfirmationMessage() {
        Outcome done = outcome;
        if (done == null) {
            return getDescription() + ": printed, not run";
        }
        return getDescription() + ": " + UiListener.totals(done) + "; longest window "
                + Figures.time(done.longestWindow());
    }

    @Override
    public boolean supports(Database database) {
        // Descendants of PostgreSQL (CockroachDB, EnterpriseDB, YugabyteDB ...) are subclasses with short names of
        // their own.
        return database instanceof PostgresDatabase && "postgresql".equals(database.getShortName());
    }

    @Override
    public Warnings warn(Database database) {
        return new Warnings();
    }

    @Override
    public Set<DatabaseObject> getAffectedDatabaseObjects(Database database) {
        return Set.of();
    }

    @Override
    public boolean generateStatementsVolatile(Database database) {
        return false;
    }

    @Override
    public boolean generateRollbackStatementsVolatile(Database database) {
        return false;
    }

    /** Attributes that may change after the change has run. */
    Set<String> tuning() {
        return Set.of(MAX_PAUSE);
    }

    @Override
    public String[] getExcludedFieldFilters(ChecksumVersion version) {
        return tuning().toArray(String[]::new);
    }

    /** An empty list must not enter the checksum. */
    @Override
    public @Nullable Object getSerializableFieldValue(String field) {
        Object value = super.getSerializableFieldValue(field);
        return value instanceof Collection<?> list && list.isEmpty() ? null : value;
    }

    @Override
    public String getSerializedObjectNamespace() {
        return NAMESPACE;
    }

    /** Required attributes are checked in {@link #validate}; Liquibase would find out by generating statements for every database it knows. */
    @Override
    protected String[] createRequiredDatabasesMetaData(String attribute, @Nullable DatabaseChangeProperty annotation) {
        return new String[] {"none"};
    }

    @Override
    protected String[] createSupportedDatabasesMetaData(String attribute, @Nullable DatabaseChangeProperty annotation) {
        return new String[] {"postgresql"};
    }

    @Override
    protected SerializationType createSerializationTypeMetaData(
            String attribute, @Nullable DatabaseChangeProperty annotation) {
        return attribute.equals(StrictNode.TABLES) ? SerializationType.NESTED_OBJECT : SerializationType.NAMED_FIELD;
    }

    public @Nullable String getSchemaName() {
        return schemaName;
    }

    public void setSchemaName(@Nullable String schemaName) {
        this.schemaName = schemaName;
    }

    public @Nullable String getTableName() {
        return tableName;
    }

    public void setTableName(@Nullable String tableName) {
        this.tableName = tableName;
    }

    public @Nullable String getMaxPause() {
        return maxPause;
    }

    public void setMaxPause(@Nullable String maxPause) {
        this.maxPause = maxPause;
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Triggers on the tables that a table references, which do for rows that a copy has left behind what the table's foreign keys do for the others: CASCADE reaches them,
 * RESTRICT counts them. The retired table itself cannot keep its keys: of the rows that were copied it still has those which the application has deleted
 * since, and they would make its DELETE of what they reference fail.
 *
 * <p>A table on which this session's user may make no trigger gets none, nor does one that the owner of the rows may not read as a whole: then
 * {@link RestReferences} finds before the way back what dangles.
 */
final class RestParents {
    private static final String KIND = "trigger for the rest";

    private final CopySubject subject;
    private final List<ForeignKey> keys;
    private final int serverVersion;

    /** @param keys foreign keys of the table */
    RestParents(CopySubject subject, List<ForeignKey> keys, int serverVersion) {
        this.subject = subject;
        this.keys = subject.since().isPresent() ? List.copyOf(keys) : List.of();
        this.serverVersion = serverVersion;
    }

    /** In the cutover, when the retired table has its name. */
    List<Sql> create() {
        return keys.stream().map(this::create).toList();
    }

    private Sql create(ForeignKey key) {
        return Sql.of(
                """
                DO $keys$
                BEGIN
                    IF has_table_privilege(%L, 'TRIGGER') AND has_table_privilege(%L, %L, 'SELECT')
                       AND NOT EXISTS (SELECT FROM pg_class WHERE oid = %L::regclass AND relrowsecurity OR oid = %L::regclass AND relrowsecurity AND relforcerowsecurity) THEN
                %s
                    END IF;
                END
                $keys$""",
                key.parent().quoted(),
                key.childOwner(),
                key.parent().quoted(),
                key.parent().quoted(),
                subject.retired().quoted(),
                key.deferrable() ? createNamed(key) : Sql.executed(statements(key, true)));
    }

    /**
     * One that can be deferred bears the key's name, by which SET CONSTRAINTS defers it, unless something on that table has the name already, as where keys of two
     * tables have it. Then it always waits for the end of the transaction, because it would not hear of SET CONSTRAINTS.
     */
    private Sql createNamed(ForeignKey key) {
        return Sql.of(
                """
                        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = %L::regclass AND conname = %L)
                           AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = %L::regclass AND tgname = %L) THEN
                %s
                        ELSE
                %s
                        END IF;""",
                key.parent().quoted(),
                key.name(),
                key.parent().quoted(),
                key.name(),
                Sql.executed(statements(key, true)),
                Sql.executed(statements(key, false)));
    }

    private List<Sql> statements(ForeignKey key, boolean named) {
        ForeignKey ofRest = ofRest(key, named);
        TriggerFunction function = function(ofRest, named);
        List<Sql> statements = new ArrayList<>(function.create(ofRest));
        if (!subject.offline()) {
            statements.add(
                    Sql.of("GRANT SELECT ON %I TO %I", subject.captureOfCopy().log(), key.childOwner()));
        }
        statements.add(Sql.of(
                "INSERT INTO %s (run, kind, identity, purpose) VALUES (%s, %L, %L, %L)",
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                KIND,
                function.name().quoted(),
                "foreign key " + key.name() + " of the rest of " + subject.name()));
        return statements;
    }

    /** In the way back, before the table gets its keys again; its functions take their triggers along, which only the owner of what they are on could drop. */
    List<Sql> drop() {
        List<Sql> sql = new ArrayList<>();
        for (ForeignKey key : keys) {
            TableName function = function(ofRest(key, true), true).name();
            sql.add(Sql.of("DROP FUNCTION IF EXISTS %I() CASCADE", function));
            sql.add(Sql.of(
                    "DELETE FROM %s WHERE run = %s AND kind = %L AND identity = %L",
                    subject.subject().journalTable("object"), PieceRecord.RUN, KIND, function.quoted()));
        }
        return sql;
    }

    /** All of a run whose rest goes. */
    static Sql end(String runId, String journal) {
        Sql objects = Sql.of("%I", new TableName(journal, "object"));
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    made text;
                BEGIN
                    FOR made IN DELETE FROM %s WHERE run = %L AND kind = %L RETURNING identity
                    LOOP
                        EXECUTE format('DROP FUNCTION IF EXISTS %%s() CASCADE', made);
                    END LOOP;
                END
                $tidemark$""",
                objects, runId, KIND);
    }

    private TriggerFunction function(ForeignKey ofRest, boolean named) {
        KeySql sql = new KeySql(ofRest, Map.of(), onlyRest());
        SubstituteNames names = new SubstituteNames(subject.subject().journal(), ofRest);
        ParentRows rows = new ParentRows(ofRest, sql, serverVersion);
        return named ? rows.function(names) : rows.functionBesideName(names);
    }

    /** A row that came later can be as old, and is in the retired table when it has been replayed; what became of it since is in the log. */
    private Sql onlyRest() {
        Sql left = subject.since().orElseThrow().left("c");
        return subject.offline()
                ? Sql.of(" AND %s", left)
                : Sql.of(" AND %s AND %s", left, subject.captureOfCopy().unchanged("c"));
    }

    /** The same key as the retired table would have it. */
    private ForeignKey ofRest(ForeignKey key, boolean named) {
        return new ForeignKey(
                key.name(),
                subject.retired(),
                true,
                false,
                key.childOwner(),
                key.parent(),
                key.parentOwner(),
                key.columns(),
                key.onDelete(),
                key.onUpdate(),
                key.setColumns(),
                key.matchFull(),
                key.deferrable(),
                key.initiallyDeferred() || !named,
                key.validated(),
                key.definition(),
                key.comment());
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.Index;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps a key unique across partitions after the time column had to be added to it: generated triggers look every new key up, through the longer key's
 * index in every partition, and answer like PostgreSQL's own constraint, to the letter of the error.
 *
 * <p>AFTER the row, because BEFORE would refuse what {@code ON CONFLICT} is about to leave out or to update, and would not see what a later trigger makes of the
 * key. Two transactions that write one key at a time meet at {@link KeyLocks}.
 *
 * <p>What it does not guarantee: under REPEATABLE READ a transaction does not see a row that was committed since it began. Where the other transaction is
 * still open, or was when the key was written, it answers with a serialization failure; a row that was written and committed in between is missed. Two SERIALIZABLE
 * ones PostgreSQL itself keeps apart. Rows that a copy left behind are not looked at. {@code ON CONFLICT} cannot name the guarded key. The table is known
 * by its name. It fires for rows that are written into a partition directly, and for appliers of logical replication too, as a constraint would.
 */
final class KeyGuard {
    private static final String INSERTED = "tidemark_key_guard_insert";
    private static final String UPDATED = "tidemark_key_guard_update";
    private static final String PREFIX = "key_guard";

    private final Subject subject;
    private final List<String> key;
    private final String constraint;
    private final TableName function;

    /**
     * Of a table.
     *
     * @param subject the table; its primary key is the longer one
     * @param key the columns that are to stay unique by themselves, which the longer key begins with
     */
    KeyGuard(Subject subject, List<String> key) {
        this.subject = subject;
        this.key = List.copyOf(key);
        this.constraint = subject.table().indexes().stream()
                .filter(Index::primary)
                .map(Index::name)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no primary key of " + subject.name()));
        this.function = CopySubject.ours(subject.journal(), subject.name(), PREFIX);
    }

    /** Statements for when the table with the longer key has its name. */
    List<Sql> create() {
        List<Sql> sql = new ArrayList<>();
        sql.add(makeFunction());
        sql.add(Sql.of("REVOKE ALL ON FUNCTION %I() FROM PUBLIC", function));
        sql.add(TriggerFunction.giveToOwner(function, subject.table().owner()));
        sql.add(Sql.of(
                "GRANT USAGE ON SCHEMA %I TO %I",
                function.schema(), subject.table().owner()));
        sql.add(Sql.of(
                "COMMENT ON FUNCTION %I() IS %L",
                function,
                "Made by Tidemark: keeps " + key + " of " + subject.name() + " unique across its partitions."));
        sql.add(Sql.of(
                "CREATE TRIGGER %I AFTER INSERT ON %I FOR EACH ROW EXECUTE FUNCTION %I()",
                INSERTED, subject.name(), function));
        sql.add(Sql.of(
                "CREATE TRIGGER %I AFTER UPDATE ON %I FOR EACH ROW WHEN (ROW(%s)::record OPERATOR(pg_catalog.*<>) ROW(%s)::record) EXECUTE FUNCTION %I()",
                UPDATED, subject.name(), columns("OLD"), columns("NEW"), function));
        for (String trigger : List.of(INSERTED, UPDATED)) {
            sql.add(Sql.of("ALTER TABLE %I ENABLE ALWAYS TRIGGER %I", subject.name(), trigger));
        }
        return sql;
    }

    /** Takes it away, whatever is there of it; the table has its name still. */
    List<Sql> drop() {
        return List.of(
                Sql.of("DROP TRIGGER IF EXISTS %I ON %I", INSERTED, subject.name()),
                Sql.of("DROP TRIGGER IF EXISTS %I ON %I", UPDATED, subject.name()),
                Sql.of("DROP FUNCTION IF EXISTS %I()", function));
    }

    /** Keys are equal where the index says so, whatever operators a schema has; what no hash is known of is locked as one. */
    private Sql makeFunction() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    same text;
                    hash text := %L;
                BEGIN
                    SELECT string_agg(format('%%s.%%I OPERATOR(%%I.%%s) NEW.%%I', 'one', a.attname, n.nspname, o.oprname, a.attname), ' AND ' ORDER BY k.number)
                      INTO STRICT same
                      FROM pg_index AS i
                     CROSS JOIN unnest(i.indkey::int2[], i.indclass::oid[]) WITH ORDINALITY AS k(attnum, opclass, number)
                      JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                      JOIN pg_opclass AS c ON c.oid = k.opclass
                      JOIN pg_amop AS p ON p.amopfamily = c.opcfamily AND p.amoplefttype = c.opcintype AND p.amoprighttype = c.opcintype AND p.amopstrategy = 3
                      JOIN pg_operator AS o ON o.oid = p.amopopr
                      JOIN pg_namespace AS n ON n.oid = o.oprnamespace
                     WHERE i.indrelid = %L::regclass AND i.indisprimary AND a.attname = ANY (ARRAY[%s]::name[]);
                    BEGIN
                        EXECUTE %L;
                    EXCEPTION WHEN undefined_function THEN
                        hash := %L;
                    END;
                    DROP FUNCTION IF EXISTS %I();
                    EXECUTE replace(replace(replace(%L, ':same:', same), ':unchanged:', replace(same, 'one.', 'OLD.')), ':hash:', hash);
                END
                $tidemark$""",
                Sql.of("hash_record_extended(ROW(%s), %s)", columns("NEW"), locks().seed())
                        .text(),
                subject.name().quoted(),
                Sql.join(", ", key.stream().map(c -> Sql.of("%L", c)).toList()),
                probe().text(),
                String.valueOf(locks().seed()),
                function,
                function().text());
    }

    /** A hash of NULLs looks for the functions all the same. */
    private Sql probe() {
        return Sql.of(
                "SELECT hash_record_extended(ROW(%s), 0) FROM (SELECT) AS nothing LEFT JOIN (SELECT * FROM %I LIMIT 0) AS one ON true",
                columns("one"), subject.name());
    }

    private Sql function() {
        return Sql.of(
                """
                CREATE FUNCTION %I() RETURNS trigger
                    LANGUAGE plpgsql SECURITY DEFINER
                    SET search_path = pg_catalog, pg_temp
                    SET plan_cache_mode = force_generic_plan
                    SET row_security = off
                AS $tidemark$
                DECLARE
                    latest CONSTANT boolean := current_setting('transaction_isolation') IN ('read committed', 'read uncommitted');
                    keys integer;
                BEGIN
                    IF TG_OP = 'UPDATE' THEN
                        IF :unchanged: THEN
                            RETURN NULL;
                        END IF;
                    END IF;
                %s    IF (SELECT count(*) FROM (SELECT FROM %I AS one WHERE :same: LIMIT 2) AS found) > 1 THEN
                        RAISE EXCEPTION USING ERRCODE = '23505', SCHEMA = %L, TABLE = %L, CONSTRAINT = %L,
                            MESSAGE = %L,
                            DETAIL = %s || 'already exists.';
                    END IF;
                    RETURN NULL;
                END
                $tidemark$""",
                function,
                locks().take(new Sql(":hash:")),
                subject.name(),
                subject.name().schema(),
                subject.name().name(),
                constraint,
                "duplicate key value violates unique constraint \"" + constraint + "\"",
                KeySql.keyIfReadable(
                        subject.name(),
                        key,
                        key.stream().map(c -> Sql.of("NEW.%I", c)).toList()));
    }

    private KeyLocks locks() {
        return new KeyLocks(subject.name(), function);
    }

    private Sql columns(String row) {
        return Sql.join(
                ", ", key.stream().map(c -> Sql.of("%s.%I", new Sql(row), c)).toList());
    }
}

package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;

/**
 * Unique and exclusion constraints while rows return to a table from parts of it: each index knows only the rows of its own part. Generated triggers look every
 * new key up in all of them, through these indexes, and answer like the constraint, to the letter of the error.
 *
 * <p>AFTER the row, and deferred where the constraint is. Two transactions that write one key at a time meet at {@link KeyLocks}. A transaction that sees the
 * database as it was before the window, under REPEATABLE READ, gets a serialization failure. INSERT is told before the row
 * already, by {@link AwaitedRows}. Which indexes there are is asked when the window is there.
 */
final class ReturningKeys {
    /** Begins the names of the triggers. */
    static final String PREFIX = "tidemark_returning_key_";
    /** Set, to yes, by whoever brings rows home, which are not new. */
    static final String RETURNING = "tidemark.rows_return";

    private final CopySubject subject;
    private final TableName function;
    private final KeyLocks locks;

    ReturningKeys(CopySubject subject) {
        this.subject = subject;
        this.function = function(subject);
        this.locks = new KeyLocks(subject.name(), function);
    }

    /** In the window, with the names exchanged, before the parts become children of the table and get its triggers. */
    Sql create() {
        return Sql.of(
                """
                DO $keys$
                DECLARE
                    whole CONSTANT regclass := %L::regclass;
                    one record;
                    hash text;
                    cases text := '';
                    triggers text := '';
                BEGIN
                    IF NOT %s THEN
                        RETURN;
                    END IF;
                    FOR one IN
                %s
                    LOOP
                %s
                        cases := cases || format(%L, one.name, one.read, one.condition, one.missing, whole, one.same, one.state, one.answer, one.columns, one.values, replace(%L, ':hash:', hash));
                        triggers := triggers || format(%L, one.timing, %L || one.number, whole, one.deferral, one.name);
                    END LOOP;
                    IF cases = '' THEN
                        RETURN;
                    END IF;
                    EXECUTE %L || quote_literal(replace(replace(%L, ':window:', pg_current_xact_id()::text), ':cases:', cases));
                    REVOKE ALL ON FUNCTION %I() FROM PUBLIC;
                    COMMENT ON FUNCTION %I() IS %L;
                    EXECUTE %L;
                    GRANT USAGE ON SCHEMA %I TO %I;
                    EXECUTE triggers;
                END
                $keys$""",
                subject.name().quoted(),
                new ReturningRows(subject).any(),
                INDEXES,
                hash(locks),
                CASE.replace(":detail:", DETAIL)
                        .replace(":schema:", inTemplate(subject.name().schema()))
                        .replace(":table:", inTemplate(subject.name().name())),
                locks.take(new Sql(":hash:")).text(),
                Sql.of(TRIGGER, function).text(),
                PREFIX,
                Sql.of(FUNCTION, function).text(),
                Sql.of(BODY, KNOWS_PARTS).text(),
                function,
                function,
                "Made by Tidemark: keeps keys of " + subject.name() + " unique while rows return to it.",
                TriggerFunction.giveToOwner(function, subject.table().owner()).text(),
                function.schema(),
                subject.table().owner());
    }

    /** Makes {@code hash} say on what transactions meet that write one key of the index {@code one}. */
    static Sql hash(KeyLocks locks) {
        return Sql.of(
                """
                        hash := %L;
                        IF one.equal THEN
                            BEGIN
                                EXECUTE format('SELECT hash_record_extended(ROW(%%s), 0) FROM (SELECT) AS nothing LEFT JOIN (SELECT * FROM %%s LIMIT 0) AS n ON true', one.columns, whole);
                                hash := %L;
                            EXCEPTION WHEN undefined_function THEN
                                -- Its keys are locked as one.
                            END;
                        END IF;""",
                String.valueOf(locks.seed()), "hash_record_extended(written, " + locks.seed() + ")");
    }

    /** What looks keys up; transactions that write one key meet by its name. */
    static TableName function(CopySubject subject) {
        return CopySubject.ours(subject.subject().journal(), subject.name(), "returning_keys");
    }

    private static String inTemplate(String name) {
        return Sql.literal(name).replace("%", "%%");
    }

    /** When every row is home. */
    Sql drop() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    fires record;
                BEGIN
                    FOR fires IN SELECT tgname AS name, tgrelid::regclass AS part FROM pg_trigger WHERE tgfoid = to_regprocedure(%L) ORDER BY tgrelid <> to_regclass(%L), tgrelid, tgname
                    LOOP
                        EXECUTE format('DROP TRIGGER %%I ON %%s', fires.name, fires.part);
                    END LOOP;
                    DROP FUNCTION IF EXISTS %I();
                END
                $tidemark$""",
                function.quoted() + "()", subject.name().quoted(), function);
    }

    /**
     * Unique indexes and exclusion constraints of {@code whole}. Columns and expressions are as they stand in the index, so it is used; keys are equal, or in
     * conflict, where it says so, whatever operators a schema has.
     */
    static final Sql INDEXES = new Sql(
            """
                        SELECT row_number() OVER (ORDER BY c.relname) AS number, c.relname AS name, k.columns, k.read, k.same, k.values, NOT i.indisexclusion AS equal,
                               coalesce(pg_get_expr(i.indpred, i.indrelid), 'true') AS condition, CASE WHEN r.nulls THEN 'false' ELSE k.missing END AS missing,
                               CASE WHEN i.indisexclusion THEN '23P01' ELSE '23505' END AS state,
                               format(CASE WHEN i.indisexclusion THEN 'conflicting key value violates exclusion constraint "%s"' ELSE 'duplicate key value violates unique constraint "%s"' END, c.relname) AS answer,
                               CASE WHEN o.condeferrable THEN 'CONSTRAINT ' ELSE '' END AS timing,
                               CASE WHEN o.condeferrable THEN 'DEFERRABLE INITIALLY ' || CASE WHEN o.condeferred THEN 'DEFERRED' ELSE 'IMMEDIATE' END ELSE '' END AS deferral
                          FROM pg_index AS i
                          JOIN pg_class AS c ON c.oid = i.indexrelid
                          LEFT JOIN pg_constraint AS o ON o.conindid = i.indexrelid AND o.conrelid = i.indrelid AND o.contype IN ('p', 'u', 'x')
                         CROSS JOIN LATERAL (SELECT coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)) AS r(nulls)
                         CROSS JOIN LATERAL (
                               SELECT string_agg(e.shown, ', ' ORDER BY e.number) AS columns,
                                      string_agg(format('%s AS k%s', e.text, e.number), ', ' ORDER BY e.number) AS read,
                                      string_agg(format('written.k%s', e.number), ', ' ORDER BY e.number) AS values,
                                      string_agg(format('written.k%s IS NULL', e.number), ' OR ' ORDER BY e.number) AS missing,
                                      string_agg(format(CASE WHEN r.nulls THEN '(%1$s OPERATOR(%2$I.%3$s) written.k%4$s OR %1$s IS NULL AND written.k%4$s IS NULL)'
                                                             ELSE '%1$s OPERATOR(%2$I.%3$s) written.k%4$s' END, e.text, e.schema, e.name, e.number), ' AND ' ORDER BY e.number) AS same
                                 FROM (SELECT g.number, n.nspname AS schema, p.oprname AS name, d.shown,
                                              format('(%s)%s', d.shown, (SELECT format(' COLLATE %I.%I', cn.nspname, co.collname)
                                                                           FROM pg_collation AS co JOIN pg_namespace AS cn ON cn.oid = co.collnamespace
                                                                          WHERE co.oid = i.indcollation[g.number - 1])) AS text
                                         FROM generate_series(1, i.indnkeyatts::integer) AS g(number)
                                        CROSS JOIN LATERAL (SELECT pg_get_indexdef(i.indexrelid, g.number, true)) AS d(shown)
                                         JOIN pg_opclass AS oc ON oc.oid = i.indclass[g.number - 1]
                                         LEFT JOIN pg_amop AS a ON NOT i.indisexclusion AND a.amopfamily = oc.opcfamily AND a.amoplefttype = oc.opcintype
                                                               AND a.amoprighttype = oc.opcintype AND a.amopstrategy = 3
                                         JOIN pg_operator AS p ON p.oid = coalesce(o.conexclop[g.number], a.amopopr)
                                         JOIN pg_namespace AS n ON n.oid = p.oprnamespace) AS e) AS k
                         WHERE i.indrelid = whole AND (i.indisunique OR i.indisexclusion) AND i.indisvalid
                         ORDER BY 1""");

    private static final String TRIGGER =
            """
            CREATE %%sTRIGGER %%I AFTER INSERT OR UPDATE ON %%s %%s FOR EACH ROW
                WHEN (current_setting('tidemark.rows_return', true) IS DISTINCT FROM 'yes') EXECUTE FUNCTION %I(%%5$L);
            ALTER TABLE %%3$s ENABLE ALWAYS TRIGGER %%2$I;
            """;

    /** What a function begins with that looks keys up. Sessions keep the plan from when the table may have been empty, so it must not read all of it then. */
    static final String FUNCTION =
            """
            CREATE FUNCTION %I() RETURNS trigger
                LANGUAGE plpgsql SECURITY DEFINER
                SET search_path = pg_catalog, pg_temp
                SET plan_cache_mode = force_generic_plan
                SET enable_seqscan = off
                SET jit = off
                SET row_security = off
            AS\s""";

    /** Statements that end a transaction which may not see every row of a part: each was committed before the window, and its snapshot is from before. */
    static final Sql KNOWS_PARTS = Sql.of(
            """
                IF NOT latest AND NOT pg_visible_in_snapshot(':window:'::xid8, pg_current_snapshot()) THEN
                    %s
                END IF;""",
            KeyLocks.CONCURRENT);

    /** In a template for one index: which key there is, for those who may know. */
    static final String DETAIL =
            """
            CASE WHEN has_table_privilege(coalesce(nullif(current_setting('role'), 'none'), session_user), %5$L::regclass, 'SELECT')
                                           AND NOT (SELECT relrowsecurity FROM pg_class WHERE oid = %5$L::regclass)
                                          THEN format('Key (%%s)=(%%s) already exists.', %9$L, concat_ws(', ', %10$s)) ELSE 'Key already exists.' END""";

    /** Expressions of an index are about the columns of {@code n}, whose names come before the function's own. */
    private static final String BODY =
            """
            #variable_conflict use_column
            DECLARE
                latest CONSTANT boolean := current_setting('transaction_isolation') IN ('read committed', 'read uncommitted');
                keys integer;
                written record;
                former record;
            BEGIN
            :cases:
            %s
                RETURN NULL;
            END""";

    /** A {@code format()} template for one index: name, what is read, its condition, whether it is NULL, table, equality, SQLSTATE, message, columns, values, locks. */
    private static final String CASE =
            """
                IF TG_ARGV[0] = %1$L THEN
                    SELECT %2$s INTO written FROM (SELECT NEW.*) AS n WHERE %3$s;
                    IF NOT FOUND OR (%4$s) THEN
                        RETURN NULL;
                    END IF;
                    IF TG_OP = 'UPDATE' THEN
                        SELECT %2$s INTO former FROM (SELECT OLD.*) AS n WHERE %3$s;
                        IF FOUND AND written OPERATOR(pg_catalog.*=) former THEN
                            RETURN NULL;
                        END IF;
                    END IF;
            %11$s
                    IF (SELECT count(*) FROM (SELECT FROM %5$s AS n WHERE %6$s AND (%3$s) LIMIT 2) AS found) > 1 THEN
                        RAISE EXCEPTION USING ERRCODE = %7$L, SCHEMA = :schema:, TABLE = :table:, CONSTRAINT = %1$L, MESSAGE = %8$L,
                            DETAIL = :detail:;
                    END IF;
                END IF;
            """;
}

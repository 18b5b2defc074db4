package dev.tidemark.plan;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Foreign keys of a table whose rows are copied. The copy has none before the cutover, and the retired table none after it: each lags behind the
 * table that the application writes, and a key on rows that it has deleted already would make its own DELETE on the referenced table fail.
 *
 * <p>A key moves in the window without a row being read, because both sides have the same rows, and is validated afterwards beside the
 * application.
 */
final class CopyForeignKeys {
    private static final String KIND = "foreign key";

    private final List<CopySubject> subjects;
    private final ForeignKeys foreignKeys;
    private final ConversionRequest.Goal goal;
    private final List<Sql> further;
    private final boolean alone;

    CopyForeignKeys(List<CopySubject> subjects, ForeignKeys foreignKeys, ConversionRequest.Goal goal) {
        this(subjects, foreignKeys, goal, List.of(), false);
    }

    /**
     * @param further validates others, after either window
     * @param alone whether what is exchanged has keys that its table has not
     */
    CopyForeignKeys(
            List<CopySubject> subjects,
            ForeignKeys foreignKeys,
            ConversionRequest.Goal goal,
            List<Sql> further,
            boolean alone) {
        this.alone = alone;
        this.further = List.copyOf(further);
        this.subjects = List.copyOf(subjects);
        this.foreignKeys = foreignKeys;
        this.goal = goal;
    }

    /** Keys that point to the tables, where they can; others have substitutes. */
    List<Sql> pointHere() {
        return Stream.concat(foreignKeys.restoreRemaining().stream(), foreignKeys.substitute().stream())
                .toList();
    }

    /** Before the way back. */
    List<Sql> pointAway() {
        return Stream.concat(foreignKeys.dropSubstitutes().stream(), foreignKeys.dropRemaining().stream())
                .toList();
    }

    boolean any() {
        return alone
                || !foreignKeys.cut().isEmpty()
                || subjects.stream().anyMatch(s -> !s.table().foreignKeys().isEmpty());
    }

    /** After the cutover: those of the new tables. */
    Step validate() {
        List<Sql> sql = new ArrayList<>();
        // A partition that was exchanged has successors, whose keys are their table's.
        for (CopySubject subject : goal.exchanges() ? List.<CopySubject>of() : subjects) {
            foreignKeys.kept(subject.subject()).stream()
                    .filter(ForeignKey::validated)
                    .forEach(key -> sql.add(Sql.of(
                            """
                            DO $tidemark$
                            BEGIN
                                IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = %L::regclass AND conname = %L AND NOT convalidated) THEN
                                    ALTER TABLE %I VALIDATE CONSTRAINT %I;
                                END IF;
                            END
                            $tidemark$""",
                            subject.name().quoted(), key.name(), subject.name(), key.name())));
        }
        if (goal == ConversionRequest.Goal.PARTITIONS) {
            subjects.forEach(s -> foreignKeys.kept(s.subject()).stream()
                    .filter(ForeignKey::validated)
                    .forEach(key -> {
                        sql.add(ForeignKeys.validate(key));
                        sql.add(ForeignKeys.join(key));
                    }));
        }
        sql.addAll(foreignKeys.validateRemaining());
        sql.addAll(further);
        return new Step(
                "validate-foreign-keys",
                "Foreign keys are validated beside the application; new rows are checked since the cutover.",
                new SelfCommitting(sql),
                new Nothing("the cutover takes the foreign keys back"));
    }

    /** After the window of the way back: those of the tables that came back, and those that point to them. */
    Step validateBack() {
        List<Sql> sql = new ArrayList<>();
        subjects.forEach(s -> sql.add(validateRestored(s)));
        sql.addAll(foreignKeys.validateAndJoin());
        sql.addAll(further);
        subjects.forEach(s -> sql.add(forget(s)));
        return new Step(
                "validate-foreign-keys-back",
                "On the way back: foreign keys that came back unvalidated are validated beside the application.",
                new Nothing("the cutover takes the foreign keys along"),
                new SelfCommitting(sql));
    }

    /** Takes the keys of the table off it and of its partitions, and writes them down. */
    Sql takeOff(CopySubject subject) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    key record;
                BEGIN
                    FOR key IN %s
                    LOOP
                        INSERT INTO %s (run, kind, identity, purpose)
                        VALUES (%s, %L, jsonb_build_array(key.relation, key.name, key.comment)::text, key.definition);
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', key.relation, key.name);
                    END LOOP;
                END
                $tidemark$""",
                keysOf(subject), subject.subject().journalTable("object"), PieceRecord.RUN, KIND);
    }

    /** Takes them off a table that goes. */
    Sql drop(CopySubject subject) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    key record;
                BEGIN
                    FOR key IN %s
                    LOOP
                        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', key.relation, key.name);
                    END LOOP;
                END
                $tidemark$""",
                keysOf(subject));
    }

    private static Sql keysOf(CopySubject subject) {
        return Sql.of(
                """
                SELECT format('%%I.%%I', n.nspname, c.relname) AS relation, k.conname AS name, pg_get_constraintdef(k.oid) AS definition,
                               obj_description(k.oid, 'pg_constraint') AS comment
                          FROM pg_constraint AS k
                          JOIN pg_class AS c ON c.oid = k.conrelid
                          JOIN pg_namespace AS n ON n.oid = c.relnamespace
                         WHERE k.contype = 'f' AND k.conparentid = 0
                           AND k.conrelid IN (SELECT %L::regclass UNION SELECT relid FROM pg_partition_tree(%L::regclass))
                         ORDER BY 1, 2""",
                subject.name().quoted(), subject.name().quoted());
    }

    /** Gives them to the new table, which has the same name by now. */
    List<Sql> add(CopySubject subject) {
        List<Sql> sql = new ArrayList<>();
        for (ForeignKey key : foreignKeys.kept(subject.subject())) {
            Sql notValid = new Sql(key.validated() ? " NOT VALID" : "");
            if (goal == ConversionRequest.Goal.PARTITIONS) {
                // PostgreSQL 17 has no NOT VALID foreign key on a partitioned table, only on its leaves.
                sql.add(eachLeaf(subject.name(), key, notValid));
                continue;
            }
            sql.add(Sql.of(
                    "ALTER TABLE %I ADD CONSTRAINT %I %s%s", subject.name(), key.name(), key.definition(), notValid));
            if (key.comment() != null) {
                sql.add(Sql.of("COMMENT ON CONSTRAINT %I ON %I IS %L", key.name(), subject.name(), key.comment()));
            }
        }
        return sql;
    }

    static Sql eachLeaf(TableName table, ForeignKey key, Sql notValid) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    leaf regclass;
                BEGIN
                    FOR leaf IN SELECT relid FROM pg_partition_tree(%L::regclass) WHERE isleaf
                    LOOP
                        EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', leaf, %L, %L);
                    END LOOP;
                END
                $tidemark$""",
                table.quoted(), key.name(), key.definition().text() + notValid.text());
    }

    /** Gives the table that comes back, and bears its name again, what was taken off it; a partitioned table's leaf by leaf. */
    Sql restore(CopySubject subject) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    key record;
                    leaf regclass;
                BEGIN
                    FOR key IN %s
                    LOOP
                        CONTINUE WHEN to_regclass(key.relation) IS NULL;
                        IF key.definition LIKE '%% NOT VALID' THEN
                            EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', key.relation, key.name, key.definition);
                        ELSE
                            FOR leaf IN SELECT relid FROM pg_partition_tree(key.relation::regclass) WHERE isleaf UNION SELECT c.oid FROM pg_class AS c WHERE c.oid = key.relation::regclass AND c.relkind = 'r'
                            LOOP
                                EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s NOT VALID', leaf, key.name, key.definition);
                            END LOOP;
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                written(subject));
    }

    private static Sql validateRestored(CopySubject subject) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    key record;
                    leaf regclass;
                BEGIN
                    FOR key IN %s
                    LOOP
                        CONTINUE WHEN to_regclass(key.relation) IS NULL OR key.definition LIKE '%% NOT VALID';
                        FOR leaf IN
                            SELECT conrelid FROM pg_constraint
                             WHERE conname = key.name AND contype = 'f' AND NOT convalidated
                               AND conrelid IN (SELECT key.relation::regclass UNION SELECT relid FROM pg_partition_tree(key.relation::regclass))
                        LOOP
                            BEGIN
                                EXECUTE format('ALTER TABLE %%s VALIDATE CONSTRAINT %%I', leaf, key.name);
                            EXCEPTION WHEN feature_not_supported THEN
                                -- A hypertable with compression validates none (0A000); new rows are checked all the same.
                                RAISE WARNING 'foreign key %% of %% stays NOT VALID: %%', key.name, leaf, SQLERRM;
                            END;
                            COMMIT;
                        END LOOP;
                        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = key.relation::regclass AND conname = key.name) THEN
                            EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', key.relation, key.name, key.definition);
                        END IF;
                        IF key.comment IS NOT NULL THEN
                            EXECUTE format('COMMENT ON CONSTRAINT %%I ON %%s IS %%L', key.name, key.relation, key.comment);
                        END IF;
                        COMMIT;
                    END LOOP;
                END
                $tidemark$""",
                written(subject));
    }

    /** A further cutover writes them down anew. */
    private static Sql forget(CopySubject subject) {
        return Sql.of(
                "DELETE FROM %s WHERE run = %s AND kind = %L",
                subject.subject().journalTable("object"), PieceRecord.RUN, KIND);
    }

    private static Sql written(CopySubject subject) {
        return Sql.of(
                """
                SELECT o.identity::jsonb ->> 0 AS relation, o.identity::jsonb ->> 1 AS name, o.identity::jsonb ->> 2 AS comment, o.purpose AS definition
                          FROM %s AS o
                         WHERE o.run = %s AND o.kind = %L
                           AND to_regclass(o.identity::jsonb ->> 0) IN (SELECT %L::regclass UNION SELECT relid FROM pg_partition_tree(%L::regclass))""",
                subject.subject().journalTable("object"),
                PieceRecord.RUN,
                KIND,
                subject.name().quoted(),
                subject.name().quoted());
    }
}

package dev.tidemark.plan;

import dev.tidemark.plan.ConversionRequest.Goal;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Foreign keys of a group of tables that become hypertables: those that stay, and those that are cut because they point into one of them.
 *
 * <p>A hypertable cannot reference a hypertable, and a foreign key from a plain table into one makes drop_chunks, retention and compression fail
 * for ever.
 */
final class ForeignKeys {
    /**
     * A key of one leaf has a catalog row for each leaf of the referenced table: 30 × 30 took 0.2 s, 45 × 45 0.4 s, 100 × 100 4 s. Beyond
     * this many pairs the key comes back at the top instead, in a window of its own that reads the rows.
     */
    private static final int LEAF_PAIRS = 1_000;

    private final List<Subject> subjects;
    private final Set<TableName> names;
    private final @Nullable ForeignKeySubstitute substitute;
    private final Goal goal;

    ForeignKeys(Goal goal, List<Subject> subjects, @Nullable ForeignKeySubstitute substitute) {
        this.goal = goal;
        this.subjects = List.copyOf(subjects);
        this.names = new TreeSet<>(subjects.stream().map(Subject::name).toList());
        this.substitute = substitute;
    }

    /** Keys of a table that stay. */
    List<ForeignKey> kept(Subject subject) {
        return subject.table().foreignKeys().stream()
                .filter(key -> !names.contains(key.parent()))
                .toList();
    }

    /** Keys that point into one of the tables, each once, in a fixed order. */
    List<ForeignKey> cut() {
        return subjects.stream()
                .flatMap(s -> Stream.concat(s.table().referencedBy().stream(), s.table().foreignKeys().stream()))
                .filter(key -> names.contains(key.parent()))
                .distinct()
                .sorted((a, b) -> a.child().equals(b.child())
                        ? a.name().compareTo(b.name())
                        : a.child().compareTo(b.child()))
                .toList();
    }

    /** Those of them that can point to what the tables become, as they are. */
    List<ForeignKey> remaining() {
        return cut().stream().filter(this::remains).toList();
    }

    private boolean remains(ForeignKey key) {
        return subjects.stream()
                .filter(s -> s.name().equals(key.parent()))
                .allMatch(s -> mayReference(goal, s.timeColumnName(), key) && !leavesRowsBehind(s));
    }

    /** A row that references one of these would reference nothing. */
    private static boolean leavesRowsBehind(Subject subject) {
        return subject.target().partitioning().flatMap(Partitioning::copySince).isPresent();
    }

    /** A hypertable is not to be referenced, and a partitioned table has no key without its time. */
    static boolean mayReference(Goal goal, String timeColumn, ForeignKey key) {
        return switch (goal) {
            case HYPERTABLE -> false;
            case PARTITIONS -> key.columns().stream().anyMatch(c -> c.parent().equals(timeColumn));
            case PLAIN_TABLE, DRAINED, SPLIT -> true;
        };
    }

    /** Tables outside the group that reference it: their writers wait for the window too. */
    List<TableName> children() {
        return cut().stream()
                .map(ForeignKey::child)
                .filter(t -> !names.contains(t))
                .distinct()
                .sorted()
                .toList();
    }

    /** Tables outside the group that it references. */
    List<TableName> parents() {
        return subjects.stream()
                .flatMap(s -> kept(s).stream())
                .map(ForeignKey::parent)
                .distinct()
                .sorted()
                .toList();
    }

    /** Drops the keys that are cut; for the beginning of the cutover. */
    List<Sql> drop() {
        return cut().stream()
                .map(key -> Sql.of("ALTER TABLE %I DROP CONSTRAINT %I", key.child(), key.name()))
                .toList();
    }

    /** Puts the substitutes in; for the end of the cutover. */
    List<Sql> substitute() {
        return substitute == null
                ? List.of()
                : replaced().flatMap(key -> substitute.create(key).stream()).toList();
    }

    /** Takes the substitutes out; for the beginning of the way back. */
    List<Sql> dropSubstitutes() {
        return substitute == null
                ? List.of()
                : replaced().flatMap(key -> substitute.drop(key).stream()).toList();
    }

    private Stream<ForeignKey> replaced() {
        return cut().stream().filter(key -> !remains(key));
    }

    /** Drops those that point to what the tables became; for the beginning of the way back. */
    List<Sql> dropRemaining() {
        return remaining().stream()
                .map(key -> Sql.of(
                        "DO $tidemark$ BEGIN IF to_regclass(%L) IS NOT NULL THEN ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I; END IF; END $tidemark$",
                        key.child().quoted(), key.child(), key.name()))
                .toList();
    }

    /** Lets the keys that can point to what the tables have become, without a row being read; for the end of the cutover. */
    List<Sql> restoreRemaining() {
        return remaining().stream()
                .map(key -> restore(key, byLeaves(key) || (goal == Goal.PARTITIONS && names.contains(key.child()))))
                .toList();
    }

    /** Validates them, and joins those of the leaves. */
    List<Sql> validateRemaining() {
        return Stream.concat(
                        remaining().stream().filter(ForeignKey::validated).map(ForeignKeys::validate),
                        remaining().stream()
                                .filter(key ->
                                        byLeaves(key) || (goal == Goal.PARTITIONS && names.contains(key.child())))
                                .map(ForeignKeys::join))
                .toList();
    }

    /** Puts the keys back without reading a row; for the end of the window of the way back. */
    List<Sql> restoreUnvalidated() {
        return cut().stream().map(ForeignKeys::restoreUnvalidated).toList();
    }

    /** One of them; does nothing where it is. */
    static Sql restoreUnvalidated(ForeignKey key) {
        return restore(key, byLeaves(key));
    }

    /** Validates what came back, beside the application; a key whose rows dangle stays NOT VALID, with a warning. */
    List<Sql> validate() {
        return cut().stream()
                .filter(ForeignKey::validated)
                .map(ForeignKeys::validate)
                .toList();
    }

    /** Validates one key, of a table or of its partitions, wherever it is NOT VALID. */
    static Sql validate(ForeignKey key) {
        return Sql.of(
                """
                        DO $tidemark$
                        DECLARE
                            found record;
                        BEGIN
                            FOR found IN
                                SELECT format('%%I.%%I', n.nspname, c.relname) AS part
                                  FROM pg_constraint AS k
                                  JOIN pg_class AS c ON c.oid = k.conrelid
                                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                                 WHERE k.conname = %L AND k.contype = 'f' AND k.conparentid = 0 AND NOT k.convalidated
                                   AND k.conrelid IN (SELECT to_regclass(%L) UNION ALL SELECT relid FROM pg_partition_tree(to_regclass(%L)))
                            LOOP
                                BEGIN
                                    EXECUTE format('ALTER TABLE %%s VALIDATE CONSTRAINT %%I', found.part, %L);
                                EXCEPTION WHEN foreign_key_violation THEN
                                    RAISE WARNING 'foreign key %% on %% stays NOT VALID: %%', %L, found.part, SQLERRM;
                                END;
                                COMMIT;
                            END LOOP;
                        END
                        $tidemark$""",
                key.name(), key.child().quoted(), key.child().quoted(), key.name(), key.name());
    }

    /** On the way back: validates what came back unvalidated, and joins it. */
    List<Sql> validateAndJoin() {
        return Stream.concat(validate().stream(), join().stream()).toList();
    }

    /** Joins the keys of the leaves under one of their table, which reads nothing; a table with a leaf whose rows dangle keeps them apart. */
    List<Sql> join() {
        return cut().stream()
                .filter(ForeignKeys::byLeaves)
                .map(ForeignKeys::join)
                .toList();
    }

    /** Joins one. */
    static Sql join(ForeignKey key) {
        return Sql.of(
                """
                        DO $tidemark$
                        BEGIN
                            IF to_regclass(%L) IS NULL OR EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(%L) AND conname = %L) THEN
                                RETURN;
                            ELSIF EXISTS (SELECT FROM pg_constraint WHERE conname = %L AND contype = 'f' AND NOT convalidated AND conparentid = 0
                                             AND conrelid IN (SELECT relid FROM pg_partition_tree(to_regclass(%L)))) THEN
                                RAISE WARNING 'foreign key %% stays on the partitions of %% one by one, because rows of one dangle', %L, %L;
                            ELSE
                                BEGIN
                                    ALTER TABLE %I ADD CONSTRAINT %I %s;
                                EXCEPTION WHEN foreign_key_violation THEN
                                    RAISE WARNING 'foreign key %% on %% does not come back, because rows dangle: %%', %L, %L, SQLERRM;
                                END;
                            END IF;
                        END
                        $tidemark$""",
                key.child().quoted(),
                key.child().quoted(),
                key.name(),
                key.name(),
                key.child().quoted(),
                key.name(),
                key.child().quoted(),
                key.child(),
                key.name(),
                key.definition(),
                key.name(),
                key.child().quoted());
    }

    /** PostgreSQL 17 has no NOT VALID foreign key on a partitioned table, only on its leaves. */
    private static boolean byLeaves(ForeignKey key) {
        return key.childIsPartitioned();
    }

    private static Sql restore(ForeignKey key, boolean byLeaves) {
        Sql notValid = new Sql(key.validated() ? " NOT VALID" : "");
        if (!byLeaves) {
            Sql comment = key.comment() == null
                    ? new Sql("")
                    : Sql.of("\n        COMMENT ON CONSTRAINT %I ON %I IS %L;", key.name(), key.child(), key.comment());
            return Sql.of(
                    """
                    DO $tidemark$
                    BEGIN
                        -- Its table may have gone since the cutover, and the key with it.
                        IF to_regclass(%L) IS NOT NULL AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(%L) AND conname = %L) THEN
                            ALTER TABLE %I ADD CONSTRAINT %I %s%s;%s
                        END IF;
                    END
                    $tidemark$""",
                    key.child().quoted(),
                    key.child().quoted(),
                    key.name(),
                    key.child(),
                    key.name(),
                    key.definition(),
                    notValid,
                    comment);
        }
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    leaf regclass;
                BEGIN
                    IF (SELECT count(*) FROM pg_partition_tree(to_regclass(%L)) WHERE isleaf)
                       * (SELECT count(*) FROM pg_partition_tree(to_regclass(%L)) WHERE isleaf) > %s THEN
                        RETURN;
                    END IF;
                    FOR leaf IN SELECT relid FROM pg_partition_tree(to_regclass(%L)) WHERE isleaf
                    LOOP
                        EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', leaf, %L, %L);
                    END LOOP;
                END
                $tidemark$""",
                key.child().quoted(),
                key.parent().quoted(),
                LEAF_PAIRS,
                key.child().quoted(),
                key.name(),
                key.definition().text() + notValid.text());
    }
}

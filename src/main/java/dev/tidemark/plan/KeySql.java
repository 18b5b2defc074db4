package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.ForeignKey.KeyColumn;
import dev.tidemark.sql.Definition;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Parts of SQL about one foreign key. In them {@code p} is a row of the parent and {@code c} one of the child. */
final class KeySql {
    private static final Set<String> INTEGERS = Set.of("smallint", "integer", "bigint");

    private final ForeignKey key;
    private final Map<TableName, String> timeColumns;
    private final Sql andChild;

    /** @param timeColumns the tables that will be hypertables, each with its time column */
    KeySql(ForeignKey key, Map<TableName, String> timeColumns) {
        this(key, timeColumns, new Sql(""));
    }

    /** @param andChild ends a condition on {@code c}: of the child's rows only those */
    KeySql(ForeignKey key, Map<TableName, String> timeColumns, Sql andChild) {
        this.andChild = andChild;
        this.key = key;
        this.timeColumns = Map.copyOf(timeColumns);
    }

    /** The child as it stands in FROM. */
    Sql child() {
        return table(key.child(), key.childIsPartitioned() || key.childIsHypertable());
    }

    /** The parent as it stands in FROM. */
    Sql parent() {
        return table(key.parent(), false);
    }

    /** A plain table's inheritance children are no part of the key, as for PostgreSQL itself. */
    private Sql table(TableName name, boolean inPieces) {
        return inPieces || timeColumns.containsKey(name) ? Sql.of("%I", name) : Sql.of("ONLY %I", name);
    }

    /** The child's columns behind {@code prefix}: {@code c."raw_id"}. */
    List<Sql> childColumns(String prefix) {
        return columns(k -> Sql.of("%s%I", new Sql(prefix), k.child()));
    }

    /** The parent's columns behind {@code prefix}. */
    List<Sql> parentColumns(String prefix) {
        return columns(k -> Sql.of("%s%I", new Sql(prefix), k.parent()));
    }

    /** The columns of the key by their place behind {@code prefix}: {@code n.k1}. */
    List<Sql> places(String prefix) {
        return IntStream.rangeClosed(1, key.columns().size())
                .mapToObj(i -> new Sql(prefix + "k" + i))
                .toList();
    }

    /** Whether {@code p} has the key in {@code childValues}. */
    Sql parentIs(List<Sql> childValues) {
        return equal(parentColumns("p."), KeyColumn::parentEqualsChild, childValues, true);
    }

    /** Whether {@code c} references OLD. */
    Sql childReferencesOld() {
        return Sql.of(
                "%s%s", equal(parentColumns("OLD."), KeyColumn::parentEqualsChild, childColumns("c."), true), andChild);
    }

    /** Whether {@code p} has OLD's key. */
    Sql parentIsOld() {
        return equal(parentColumns("p."), KeyColumn::parentEqualsParent, parentColumns("OLD."), false);
    }

    /** Whether the parent's key stays the same. */
    Sql parentKeyStays() {
        return equal(parentColumns("OLD."), KeyColumn::parentEqualsParent, parentColumns("NEW."), false);
    }

    /** Whether {@code c} has NEW's key. */
    Sql childIsNew() {
        return equal(childColumns("c."), KeyColumn::childEqualsChild, childColumns("NEW."), false);
    }

    private Sql equal(
            List<Sql> left, Function<KeyColumn, Definition> operator, List<Sql> right, boolean parentWithChild) {
        return and(IntStream.range(0, left.size())
                .mapToObj(i -> {
                    KeyColumn column = key.columns().get(i);
                    Definition none = new Definition("");
                    return Sql.of(
                            "%s%s %s %s%s",
                            left.get(i),
                            parentWithChild ? column.parentCast() : none,
                            operator.apply(column),
                            right.get(i),
                            parentWithChild ? column.childCast() : none);
                })
                .toList());
    }

    Sql noneNull(List<Sql> values) {
        return and(values.stream().map(v -> Sql.of("%s IS NOT NULL", v)).toList());
    }

    Sql anyNull(List<Sql> values) {
        return Sql.join(
                " OR ", values.stream().map(v -> Sql.of("%s IS NULL", v)).toList());
    }

    /** Some values are NULL and some are not: what MATCH FULL forbids. */
    Sql someNull(List<Sql> values) {
        return Sql.of(
                "((%s) AND (%s))",
                anyNull(values),
                Sql.join(
                        " OR ",
                        values.stream().map(v -> Sql.of("%s IS NOT NULL", v)).toList()));
    }

    /**
     * The place of the parent's time column within the key, from 0: bounds on it let the planner leave out all other chunks. Not where the two types
     * differ, because a comparison across them may depend on the session's zone.
     */
    Optional<Integer> timePlace() {
        String timeColumn = timeColumns.get(key.parent());
        return IntStream.range(0, key.columns().size())
                .boxed()
                .filter(i -> key.columns().get(i).parent().equals(timeColumn))
                .filter(i -> comparable(key.columns().get(i)))
                .findFirst();
    }

    private static boolean comparable(KeyColumn column) {
        String parent = column.parentType().text();
        String child = column.childType().text();
        return parent.equals(child) || (INTEGERS.contains(parent) && INTEGERS.contains(child));
    }

    /** Refuses what the application did to the child. */
    Sql refuseChild(List<Sql> values) {
        return Sql.of(
                """
                RAISE EXCEPTION USING ERRCODE = '23503', SCHEMA = %L, TABLE = %L, CONSTRAINT = %L,
                            MESSAGE = %L,
                            DETAIL = %s || %L;""",
                key.child().schema(),
                key.child().name(),
                key.name(),
                childMessage(),
                keyIfReadable(key.child(), key.childColumns(), values),
                "is not present in table \"" + key.parent().name() + "\".");
    }

    /** Refuses a key that is NULL in part. */
    Sql refuseMixed() {
        return Sql.of(
                """
                RAISE EXCEPTION USING ERRCODE = '23503', SCHEMA = %L, TABLE = %L, CONSTRAINT = %L,
                            MESSAGE = %L,
                            DETAIL = 'MATCH FULL does not allow mixing of null and nonnull key values.';""",
                key.child().schema(), key.child().name(), key.name(), childMessage());
    }

    /** Refuses what the application did to the parent. */
    Sql refuseParent(String sqlState, String message, String detail) {
        return Sql.of(
                """
                RAISE EXCEPTION USING ERRCODE = %L, SCHEMA = %L, TABLE = %L, CONSTRAINT = %L,
                                MESSAGE = %L,
                                DETAIL = %s || %L;""",
                sqlState,
                key.child().schema(),
                key.child().name(),
                key.name(),
                message,
                keyIfReadable(key.parent(), key.parentColumns(), parentColumns("OLD.")),
                detail);
    }

    private String childMessage() {
        return "insert or update on table \"" + key.child().name() + "\" violates foreign key constraint \""
                + key.name() + "\"";
    }

    /** PostgreSQL shows the values of a key only to somebody who may read them. */
    static Sql keyIfReadable(TableName table, List<String> columns, List<Sql> values) {
        return Sql.of(
                """
                CASE WHEN has_table_privilege(coalesce(nullif(current_setting('role'), 'none'), session_user), %L::regclass, 'SELECT')
                                           AND NOT (SELECT relrowsecurity FROM pg_class WHERE oid = %L::regclass)
                                          THEN %L || concat_ws(', ', %s) || ') ' ELSE 'Key ' END""",
                table.quoted(), table.quoted(), "Key (" + String.join(", ", columns) + ")=(", Sql.join(", ", values));
    }

    private List<Sql> columns(Function<KeyColumn, Sql> sql) {
        return key.columns().stream().map(sql).toList();
    }

    private static Sql and(List<Sql> conditions) {
        return Sql.join(" AND ", conditions);
    }
}

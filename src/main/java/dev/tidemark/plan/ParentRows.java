package dev.tidemark.plan;

import dev.tidemark.plan.TriggerFunction.Trigger;
import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.ForeignKey.Action;
import dev.tidemark.schema.ForeignKey.KeyColumn;
import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * The parent's side of a foreign key: row by row, because compression refuses DELETE triggers with transition tables, and ON UPDATE needs the old key
 * beside the new one. An UPDATE that leaves the key alone does not even call it.
 */
final class ParentRows {
    private static final int RESTRICT_HAS_WORDS_OF_ITS_OWN = 180000;

    private final ForeignKey key;
    private final KeySql sql;
    private final int serverVersion;

    ParentRows(ForeignKey key, KeySql sql, int serverVersion) {
        this.key = key;
        this.sql = sql;
        this.serverVersion = serverVersion;
    }

    TriggerFunction function(SubstituteNames names) {
        return function(names, !key.isSelfReference());
    }

    /** The same where something else on the parent has the key's name. */
    TriggerFunction functionBesideName(SubstituteNames names) {
        return function(names, false);
    }

    private TriggerFunction function(SubstituteNames names, boolean likeKey) {
        return new TriggerFunction(
                names.function("_p"),
                key.childOwner(),
                key.parentOwner(),
                body(),
                triggers(names, likeKey),
                "checks or carries on DELETE and UPDATE of the parent");
    }

    private List<Trigger> triggers(SubstituteNames names, boolean likeKey) {
        if (waits(key.onDelete()) && waits(key.onUpdate())) {
            return List.of(deferrable(names, likeKey, "_d", "DELETE OR UPDATE"));
        }
        return List.of(
                waits(key.onDelete())
                        ? deferrable(names, likeKey, "_d", "DELETE")
                        : immediate(names, "_d", Sql.of("AFTER DELETE ON %I FOR EACH ROW", key.parent())),
                waits(key.onUpdate())
                        ? deferrable(names, likeKey, "_k", "UPDATE")
                        : immediate(
                                names,
                                "_k",
                                Sql.of(
                                        "AFTER UPDATE ON %I FOR EACH ROW WHEN ((%s) IS NOT TRUE)",
                                        key.parent(), sql.parentKeyStays())));
    }

    private Trigger immediate(SubstituteNames names, String suffix, Sql events) {
        return new Trigger(names.trigger(suffix), key.parent(), false, events);
    }

    /** Only NO ACTION can wait for the end of the transaction, as in PostgreSQL. */
    private boolean waits(Action action) {
        return key.deferrable() && action == Action.NO_ACTION;
    }

    /** Named like the key, unless the child's trigger of that name is on the same table. */
    private Trigger deferrable(SubstituteNames names, boolean likeKey, String suffix, String events) {
        return new Trigger(
                likeKey ? key.name() : names.trigger(suffix),
                key.parent(),
                true,
                Sql.of("AFTER %s ON %I %s FOR EACH ROW", new Sql(events), key.parent(), ChildRows.deferrable(key)));
    }

    private Sql body() {
        return Sql.of(
                """
                BEGIN
                    IF %s THEN
                        RETURN NULL;
                    END IF;
                    IF TG_OP = 'DELETE' THEN
                %s    ELSE
                %s%s    END IF;
                    RETURN NULL;
                END""",
                sql.anyNull(sql.parentColumns("OLD.")), onDelete(), unchanged(), onUpdate());
    }

    /** A constraint trigger calls the function for every UPDATE. */
    private Sql unchanged() {
        return waits(key.onUpdate())
                ? Sql.of(
                        """
                                IF ROW(%s)::record OPERATOR(pg_catalog.*=) ROW(%s)::record THEN
                                    RETURN NULL;
                                END IF;
                        """,
                        Sql.join(", ", sql.parentColumns("OLD.")), Sql.join(", ", sql.parentColumns("NEW.")))
                : new Sql("");
    }

    private Sql onDelete() {
        return switch (key.onDelete()) {
            case CASCADE -> Sql.of("        DELETE FROM %s AS c WHERE %s;\n", sql.child(), sql.childReferencesOld());
            case SET_NULL -> set(assigned(deletedColumns(), "NULL"));
            case SET_DEFAULT -> then(set(assigned(deletedColumns(), "DEFAULT")), refusal(false));
            case NO_ACTION -> refusal(false);
            case RESTRICT -> refusal(true);
        };
    }

    private Sql onUpdate() {
        return switch (key.onUpdate()) {
            case CASCADE ->
                set(Sql.join(
                        ", ", key.columns().stream().map(ParentRows::followed).toList()));
            case SET_NULL -> set(assigned(key.childColumns(), "NULL"));
            case SET_DEFAULT -> then(set(assigned(key.childColumns(), "DEFAULT")), refusal(false));
            case NO_ACTION -> refusal(false);
            case RESTRICT -> refusal(true);
        };
    }

    private static Sql followed(KeyColumn column) {
        return Sql.of("%I = NEW.%I", column.child(), column.parent());
    }

    private List<String> deletedColumns() {
        return key.setColumns().isEmpty() ? key.childColumns() : key.setColumns();
    }

    private static Sql assigned(List<String> columns, String value) {
        return Sql.join(
                ", ",
                columns.stream().map(c -> Sql.of("%I = %s", c, new Sql(value))).toList());
    }

    private Sql set(Sql assignments) {
        return Sql.of("        UPDATE %s AS c SET %s WHERE %s;\n", sql.child(), assignments, sql.childReferencesOld());
    }

    /** SET DEFAULT ends with a check: the default may be the very key that went. */
    private static Sql then(Sql first, Sql second) {
        return Sql.of("%s%s", first, second);
    }

    private Sql refusal(boolean restrict) {
        Sql unlessReplaced = restrict
                ? new Sql("")
                : Sql.of("\n           AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)", sql.parent(), sql.parentIsOld());
        return Sql.of(
                """
                        IF EXISTS (SELECT FROM %s AS c WHERE %s)%s THEN
                            %s
                        END IF;
                """,
                sql.child(),
                sql.childReferencesOld(),
                unlessReplaced,
                restrict && serverVersion >= RESTRICT_HAS_WORDS_OF_ITS_OWN
                        ? sql.refuseParent(
                                "23001", message("RESTRICT setting of "), "is referenced from table " + child())
                        : sql.refuseParent("23503", message(""), "is still referenced from table " + child()));
    }

    private String message(String restrict) {
        return "update or delete on table \"" + key.parent().name() + "\" violates " + restrict
                + "foreign key constraint \"" + key.name() + "\" on table \""
                + key.child().name() + "\"";
    }

    private String child() {
        return "\"" + key.child().name() + "\".";
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.ForeignKey.Action;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.TableName;
import java.util.Optional;
import java.util.stream.Stream;

/** What generated triggers do not do as a foreign key did. */
final class ForeignKeysByTrigger implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.options().foreignKeys() == ForeignKeyChoice.TRIGGER
                ? CutKeys.of(situation).flatMap(key -> about(key, situation))
                : Stream.empty();
    }

    private static Stream<Finding> about(ForeignKey key, Situation situation) {
        return Stream.of(
                        Optional.of(notGuaranteed(key, situation)),
                        everyChunk(key, situation),
                        deferrable(key, situation),
                        unreadable(key, situation),
                        rowSecurity(key, situation))
                .flatMap(Optional::stream);
    }

    private static Finding notGuaranteed(ForeignKey key, Situation situation) {
        return Finding.note(
                "TM131",
                CutKeys.inWords(key)
                        + (GoalWords.isHypertable(situation)
                                ? " becomes triggers. They do not lock the parent's row, so a DELETE of it at the same moment can slip"
                                        + " through, and drop_chunks"
                                : " becomes triggers. A DELETE of the parent's row under REPEATABLE READ does not see a reference that"
                                        + " was committed since it began, and dropping a partition")
                        + " fires none of them, so retention of the parent leaves rows dangling.",
                "Keep the child no longer than the parent; \"liquibase tidemark status\" counts rows without a parent.");
    }

    private static Optional<Finding> everyChunk(ForeignKey key, Situation situation) {
        return new KeySql(key, situation.request().timeColumns()).timePlace().isPresent()
                ? Optional.empty()
                : Optional.of(Finding.note(
                        "TM132",
                        CutKeys.inWords(key)
                                + " does not contain the parent's time column in the same type, so every check looks into every "
                                + GoalWords.part(situation) + ": about 1 ms for an insert at 500 of them.",
                        "Let the child carry the parent's time too, or choose wider " + GoalWords.part(situation)
                                + "s."));
    }

    private static Optional<Finding> deferrable(ForeignKey key, Situation situation) {
        return !key.deferrable()
                ? Optional.empty()
                : Optional.of(
                        Finding.note(
                                "TM133",
                                CutKeys.inWords(key)
                                        + " is deferrable: its triggers work row by row, and on a table in parts SET CONSTRAINTS reaches them"
                                        + " by ALL only, not by the key's name.",
                                CutKeys.isFromHypertable(key, situation)
                                        ? "Where the application names the key, let it say SET CONSTRAINTS ALL."
                                        : "Where the application names the key before it changes the parent, let it say SET CONSTRAINTS ALL."));
    }

    /** The parent's side runs as the child's owner, yet looks for another parent row too; the deferrable child's side the other way round. */
    private static Optional<Finding> unreadable(ForeignKey key, Situation situation) {
        boolean readsParent = checks(key.onDelete()) || checks(key.onUpdate());
        boolean parent = readsParent && !readable(key.parent(), key.childOwner(), situation);
        boolean child = key.deferrable() && !readable(key.child(), key.parentOwner(), situation);
        if (key.childOwner().equals(key.parentOwner()) || (!parent && !child)) {
            return Optional.empty();
        }
        return Optional.of(Finding.note(
                "TM134",
                CutKeys.inWords(key) + " lies between tables of " + key.childOwner() + " and " + key.parentOwner()
                        + ", and "
                        + (parent
                                ? key.childOwner() + " may not read " + key.parent()
                                : key.parentOwner() + " may not read " + key.child())
                        + ": changes would fail with 42501, unless that role is a superuser.",
                "Before the conversion: GRANT SELECT on it to that role."));
    }

    private static boolean checks(Action action) {
        return action == Action.NO_ACTION || action == Action.SET_DEFAULT;
    }

    private static boolean readable(TableName name, String role, Situation situation) {
        Table table = situation.tables().get(name);
        return table != null && CutKeys.mayRead(table, role);
    }

    private static Optional<Finding> rowSecurity(ForeignKey key, Situation situation) {
        return Stream.of(key.parent(), key.child())
                .distinct()
                .filter(name -> situation.tables().containsKey(name)
                        && situation.tables().get(name).security().forced())
                .findFirst()
                .map(name -> Finding.note(
                        "TM135",
                        CutKeys.inWords(key) + " is checked as the owner of " + name
                                + ", which forces row security on its owner too:"
                                + " the triggers would fail with 42501 rather than overlook rows.",
                        "ALTER TABLE … NO FORCE ROW LEVEL SECURITY, or let the owner have BYPASSRLS."));
    }
}

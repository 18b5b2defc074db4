package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.schema.Table;
import dev.tidemark.sql.Sql;
import java.util.Comparator;
import java.util.stream.Stream;

/** The foreign keys that cannot stay when the tables become hypertables or native partitions, for the rules about them. */
final class CutKeys {
    private CutKeys() {}

    /** Those that point at one of the tables and cannot point at what it becomes, each once. */
    static Stream<ForeignKey> of(Situation situation) {
        return situation
                .each((target, table) -> Stream.concat(table.referencedBy().stream(), table.foreignKeys().stream()))
                .filter(key -> situation.request().tables().stream()
                        .filter(target -> target.table().equals(key.parent()))
                        .anyMatch(target ->
                                !ForeignKeys.mayReference(situation.request().goal(), target.timeColumn(), key)))
                .distinct()
                .sorted(Comparator.comparing(ForeignKey::child).thenComparing(ForeignKey::name));
    }

    /** Whether the referencing table is a hypertable too, now or after the conversion. */
    static boolean isFromHypertable(ForeignKey key, Situation situation) {
        return GoalWords.isHypertable(situation)
                && (key.childIsHypertable() || situation.request().names().contains(key.child()));
    }

    /** A name for messages. */
    static String inWords(ForeignKey key) {
        return "Foreign key " + Sql.identifier(key.name()) + " of " + key.child() + " to " + key.parent();
    }

    /** Whether {@code role} may read the table, as far as is known: its owner, or by a grant to it or to PUBLIC. */
    static boolean mayRead(Table table, String role) {
        return table.owner().equals(role)
                || table.grants().stream()
                        .filter(g -> g.privilege().equals("SELECT"))
                        .anyMatch(g -> g.grantee().isEmpty() || g.grantee().equals(role));
    }
}

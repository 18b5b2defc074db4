package dev.tidemark.plan;

import dev.tidemark.schema.Dependent;
import java.util.stream.Stream;

/** Policies, rules and columns elsewhere that refer to the table by its oid cannot be replaced in place. */
final class TiedObjects implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.dependents().stream()
                .filter(Dependent::direct)
                .flatMap(d -> kind(d.kind())
                        .map(kind -> Finding.blocking(
                                "TM151",
                                kind + " " + d.identity() + " refers to " + table.name() + " and would stay with the "
                                        + Pieces.old(situation) + ".",
                                "Drop it, convert, and make it again."
                                        + (d.definition().text().isEmpty()
                                                ? ""
                                                : " It is: " + d.definition() + ";")))));
    }

    private static Stream<String> kind(Dependent.Kind kind) {
        return switch (kind) {
            case POLICY -> Stream.of("Policy");
            case RULE -> Stream.of("Rule");
            case OTHER -> Stream.of("Object");
            default -> Stream.empty();
        };
    }
}

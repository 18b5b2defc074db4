package dev.tidemark.plan;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.SelfCommitting;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Steps that prove copied tables once more: measured slice by slice while the application writes, repaired if wanted, and judged. */
final class CopyProofSteps {
    private final List<CopiedTable> tables;
    private final boolean mayBeTruncated;
    private final Nothing noWayBack;

    /**
     * @param mayBeTruncated whether it is no failure that a TRUNCATE has left nothing to compare
     * @param noWayBack what stands beside each step
     */
    CopyProofSteps(List<CopiedTable> tables, boolean mayBeTruncated, Nothing noWayBack) {
        this.tables = List.copyOf(tables);
        this.mayBeTruncated = mayBeTruncated;
        this.noWayBack = noWayBack;
    }

    /** @param prove the id of the steps that measure, {@code judge} of the one that judges */
    List<Step> steps(String prove, String judge, boolean repair) {
        List<Step> steps = new ArrayList<>();
        List<Sql> gather = tables.stream().flatMap(t -> t.gather().stream()).toList();
        if (!gather.isEmpty()) {
            steps.add(new Step(
                    "gather",
                    "A view shows the rows of the new partitions as one, until they are proved.",
                    new SelfCommitting(gather),
                    noWayBack));
        }
        for (CopiedTable table : tables) {
            steps.add(new Step(
                    id(prove, table),
                    "Every row of " + table.table().name() + " and of "
                            + table.other().name()
                            + " is read and hashed, range by range, while the application goes on; what has changed and waits to be replayed is known, and"
                            + " left out." + leftOut(table),
                    table.proof().slices(),
                    noWayBack));
        }
        if (repair) {
            for (CopiedTable table : tables) {
                CopyRepair making = new CopyRepair(table.proof());
                steps.add(new Step(
                        id("take-out", table),
                        "Where they differ, rows of " + table.other().name()
                                + " that differ or are too many are taken out, and kept in the journal.",
                        making.takeOut(id(prove, table)),
                        noWayBack));
                steps.add(new Step(
                        id("put-in", table),
                        "Rows that " + table.other().name() + " lacks are copied from "
                                + table.table().name() + ", which nothing writes to but the application.",
                        making.putIn(id(prove, table)),
                        noWayBack));
            }
        }
        steps.add(new Step(
                judge,
                "Both sides must be equal in every range; ranges that differed are read again.",
                new SelfCommitting(Stream.concat(
                                tables.stream().flatMap(table -> judged(table, id(prove, table))),
                                tables.stream().flatMap(table -> table.scatter().stream()))
                        .toList()),
                noWayBack));
        return steps;
    }

    private Stream<Sql> judged(CopiedTable table, String measured) {
        Sql judge = table.proof().judge(measured, false);
        return mayBeTruncated ? Stream.of(judge) : Stream.of(table.proof().requireRowsToCompare(), judge);
    }

    private static String leftOut(CopiedTable table) {
        List<String> uncompared = table.uncompared();
        return uncompared.isEmpty()
                ? ""
                : " Not compared, because only one of them has it so: " + String.join(", ", uncompared) + ".";
    }

    private String id(String step, CopiedTable table) {
        return tables.size() == 1 ? step : step + "-" + (tables.indexOf(table) + 1);
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.Dependent;
import java.util.List;
import java.util.stream.Stream;

/** Views and functions are made again in place, which keeps their privileges, comments and whatever depends on them. */
final class ViewsFollow implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> {
            List<String> follow = table.dependents().stream()
                    .filter(d -> d.direct() && Dependents.canFollow(d))
                    .map(Dependent::identity)
                    .toList();
            return follow.isEmpty()
                    ? Stream.<Finding>empty()
                    : Stream.of(Finding.note(
                            "TM152",
                            "In the window " + follow.size()
                                    + (follow.size() == 1 ? " view or function" : " views or functions")
                                    + " on " + table.name() + " are made again in place, to follow its name: "
                                    + Phrases.list(follow) + ".",
                            "Nothing to do; privileges and comments stay."));
        });
    }
}

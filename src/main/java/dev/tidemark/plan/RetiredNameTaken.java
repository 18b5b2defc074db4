package dev.tidemark.plan;

import dev.tidemark.sql.TableName;
import java.util.stream.Stream;

/** Somebody has the name already, so the next free one is used. */
final class RetiredNameTaken implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        RetiredNames names = new RetiredNames(situation.takenNames());
        return situation.each((target, table) -> {
            TableName wanted = table.name()
                    .sibling(target.retiredName()
                            .orElseGet(() -> RetiredNames.fitted(table.name().name(), "_old")));
            return names.claim(wanted)
                    ? Stream.<Finding>empty()
                    : Stream.of(Finding.note(
                            "TM109",
                            "The old table cannot be called " + wanted
                                    + " because something has that name. It will be called "
                                    + names.retire(table.name()) + ".",
                            "Set retiredName if you want another name."));
        });
    }
}

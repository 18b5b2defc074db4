package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** The name that the old table is to get is not one. */
final class RetiredNameUnusable implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.request().tables().stream().flatMap(target -> target.retiredName().stream()
                .flatMap(name -> problem(name, target.table()))
                .map(problem -> Finding.blocking(
                        "TM108",
                        "retiredName of " + target.table() + " " + problem,
                        "Choose another name, or leave retiredName out: then it is "
                                + Sql.identifier(
                                        RetiredNames.fitted(target.table().name(), "_old"))
                                + " or the next free one.")));
    }

    private static Stream<String> problem(String name, TableName table) {
        if (name.isEmpty() || name.indexOf('\0') >= 0) {
            return Stream.of("is empty or contains a NUL character.");
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > TableName.MAX_IDENTIFIER_BYTES) {
            return Stream.of("has " + bytes + " bytes; PostgreSQL keeps " + TableName.MAX_IDENTIFIER_BYTES + ".");
        }
        return name.equals(table.name())
                ? Stream.of("is the table's own name, which its successor needs.")
                : Stream.empty();
    }
}

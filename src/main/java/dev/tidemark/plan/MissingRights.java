package dev.tidemark.plan;

import dev.tidemark.schema.MissingRight;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.Collectors;

/** The finding that existing objects may not be used as a conversion has to. */
final class MissingRights {
    private MissingRights() {}

    static Finding finding(List<MissingRight> missing, String user, String consequence) {
        return Finding.blocking(
                "TM234",
                Sql.identifier(user) + " lacks "
                        + missing.stream().map(MissingRight::toString).collect(Collectors.joining("; ")) + ", "
                        + consequence + ".",
                missing.stream().map(right -> right.grant(user)).collect(Collectors.joining(" ")));
    }
}

package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Whoever does not see all rows can neither take them along nor prove that all are there. */
final class RowSecurityApplies implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> table.security().applies()
                ? Stream.of(Finding.blocking(
                        "TM235",
                        "Row security of " + table.name() + " applies to "
                                + Sql.identifier(situation.server().user())
                                + (table.security().forced() ? ", because it is forced on its owner too" : "")
                                + "; rows that its policies hide could be neither taken along nor proved.",
                        "Convert, and take back, as a role with BYPASSRLS: ALTER ROLE "
                                + Sql.identifier(situation.server().user())
                                + " BYPASSRLS; or until that is done: ALTER TABLE " + table.name()
                                + " NO FORCE ROW LEVEL SECURITY;"))
                : Stream.<Finding>empty());
    }
}

package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.Comparator;
import java.util.stream.Stream;

/** Only its owner can rename a table and detach its partitions. */
final class NotTheOwner implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.each((target, table) -> Stream.concat(
                        Stream.of(new Owned(table.name(), table.owner())),
                        Stream.concat(Pieces.partitions(table), Pieces.chunks(situation, table))
                                .map(p -> new Owned(p.name(), p.owner())))
                .filter(owned -> !situation.server().superuser()
                        && !situation.server().roles().contains(owned.owner()))
                .sorted(Comparator.comparing(owned -> !owned.name().equals(table.name())))
                .limit(1)
                .map(owned -> Finding.blocking(
                        "TM230",
                        owned.name() + " belongs to " + Sql.identifier(owned.owner()) + ", and "
                                + Sql.identifier(situation.server().user())
                                + " is not a member of that role; only the owner can change how a table is stored.",
                        "Connect as " + Sql.identifier(owned.owner()) + ", or GRANT " + Sql.identifier(owned.owner())
                                + " TO " + Sql.identifier(situation.server().user()) + ";")));
    }

    private record Owned(TableName name, String owner) {}
}

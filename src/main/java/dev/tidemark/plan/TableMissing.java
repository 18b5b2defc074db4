package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The table is not there. */
final class TableMissing implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.request().names().stream()
                .filter(name -> !situation.tables().containsKey(name))
                .map(name -> Finding.blocking("TM100", what(situation, name), remedy(situation, name)));
    }

    private static String what(Situation situation, TableName name) {
        String database = Sql.identifier(situation.server().database());
        return situation.server().mayCreateIn().containsKey(name.schema())
                ? "There is no table " + name + " in database " + database + "."
                : "There is no schema " + Sql.identifier(name.schema()) + " in database " + database + ", so no table "
                        + name + ".";
    }

    private static String remedy(Situation situation, TableName name) {
        List<String> others = situation.takenNames().stream()
                .filter(taken -> taken.schema().equals(name.schema()))
                .map(TableName::name)
                .toList();
        String cut = name.name().getBytes(StandardCharsets.UTF_8).length > TableName.MAX_IDENTIFIER_BYTES
                ? " PostgreSQL cuts names after " + TableName.MAX_IDENTIFIER_BYTES + " bytes."
                : "";
        return "Names are taken as they are stored, upper and lower case included." + cut
                + NearMisses.of(name.name(), others);
    }
}

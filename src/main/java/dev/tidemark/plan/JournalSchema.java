package dev.tidemark.plan;

import dev.tidemark.schema.Server;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.stream.Stream;

/** The journal needs a schema: one that is there with a journal in it that may be written, or one that may be made. */
final class JournalSchema implements Rule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        Server server = situation.server();
        String journal = situation.journal();
        if (situation.takenNames().contains(new TableName(journal, "installation"))) {
            return situation.journalMissing().isEmpty()
                    ? Stream.empty()
                    : Stream.of(MissingRights.finding(
                            situation.journalMissing(), server.user(), "where what is done is written down"));
        }
        if (server.mayCreateIn().containsKey(journal)) {
            return Stream.of(Finding.blocking(
                    "TM231",
                    "There is a schema " + Sql.identifier(journal)
                            + " in this database, but it is not Tidemark's journal, which is made anew with its schema.",
                    "DROP SCHEMA " + Sql.identifier(journal)
                            + "; if nothing needs it, or name another schema for the journal."));
        }
        return server.createOnDatabase()
                ? Stream.empty()
                : Stream.of(Finding.blocking(
                        "TM231",
                        Sql.identifier(server.user()) + " may not create schemas in database "
                                + Sql.identifier(server.database()) + ", and the journal needs schema "
                                + Sql.identifier(journal) + ".",
                        "GRANT CREATE ON DATABASE " + Sql.identifier(server.database()) + " TO "
                                + Sql.identifier(server.user()) + ";"));
    }
}

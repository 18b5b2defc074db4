package dev.tidemark.liquibase;

import dev.tidemark.session.Session;
import dev.tidemark.session.Sibling;
import dev.tidemark.session.SiblingOpener;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import liquibase.change.custom.CustomTaskChange;
import liquibase.change.custom.CustomTaskRollback;
import liquibase.database.Database;
import liquibase.exception.ValidationErrors;
import liquibase.resource.ResourceAccessor;

/**
 * Opens three further connections inside a changeSet, or inside its rollback, as work of Tidemark would. Each says who it is in table {@code said}; while all are open,
 * what the server knows of them is kept in table {@code seen}.
 */
public class OpenSiblings implements CustomTaskChange, CustomTaskRollback {
    private static final int WANTED = 3;

    @Override
    public void execute(Database database) {
        LiquibaseDatabase.committing(database, connection -> opened(connection, database));
    }

    @Override
    public void rollback(Database database) {
        LiquibaseDatabase.committing(database, connection -> {
            new Session(connection).execute("DROP TABLE public.said, public.seen");
            return opened(connection, database);
        });
    }

    private static int opened(Connection connection, Database database) {
        Session main = new Session(connection);
        SiblingOpener opener = new SiblingOpener(main, FurtherConnections.of(database));
        main.execute("CREATE TABLE public.said (pid int, who text)");
        List<Sibling> siblings = new ArrayList<>();
        try {
            for (int i = 0; i < WANTED; i++) {
                Optional<Sibling> sibling = opener.open();
                sibling.ifPresent(siblings::add);
            }
            siblings.parallelStream().forEach(sibling -> sibling.session()
                    .execute("INSERT INTO public.said SELECT pg_backend_pid(), current_user"));
            main.execute(
                    "CREATE TABLE public.seen AS SELECT a.*, said.who FROM public.said JOIN pg_stat_activity AS a USING (pid)"
                            + " WHERE pid <> pg_backend_pid()");
            return siblings.size();
        } finally {
            siblings.forEach(Sibling::close);
        }
    }

    @Override
    public String getConfirmationMessage() {
        return "further connections opened";
    }

    @Override
    public void setUp() {}

    @Override
    public void setFileOpener(ResourceAccessor resources) {}

    @Override
    public ValidationErrors validate(Database database) {
        return new ValidationErrors();
    }
}

package dev.tidemark.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Capability;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.Rows;
import dev.tidemark.testing.TestServer;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The servers, start states to copy, and what an undisturbed run does and leaves. Everything is made when it is first needed. */
final class Stage implements AutoCloseable {
    private static final Set<Capability> EXTENSIONS = EnumSet.of(Capability.TIMESCALEDB);
    /** Small, so that a crash is recovered from in a moment. It is the server that crashes, never the machine: what it has written is kept without fsync. */
    private static final String SETTINGS = "shared_buffers = '96MB'\nmax_wal_size = '1GB'\nfsync = off\n";

    private static final Duration LIMIT = Duration.ofMinutes(1);

    /** Everything of ours that can be left behind; which partitions there are depends on the day. */
    private static final String LEFT =
            """
            SELECT n.nspname || '.' || c.relname || ' ' || c.relkind::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname IN ('public', 'tidemark') AND NOT c.relispartition AND c.relname NOT LIKE 'databasechangelog%'
            UNION ALL
            SELECT n.nspname || '.' || p.proname || '()' FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
             WHERE n.nspname = 'tidemark'
            UNION ALL
            SELECT t.tgname || ' on ' || t.tgrelid::regclass FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
             WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
             ORDER BY 1""";

    /** One start state. */
    private record Start(Conversion conversion, boolean back, boolean smallDisk) {}

    /**
     * What an undisturbed run does and leaves.
     *
     * @param untouched the rows that nobody changes
     * @param left relations, functions and triggers
     */
    record Undisturbed(Timetable timetable, Rows untouched, List<String> left) {}

    private final TestServer parent;
    private final Deque<TestServer> servers = new ArrayDeque<>();
    private final Map<Start, Database> starts = new HashMap<>();
    private final Map<Start, Undisturbed> undisturbed = new HashMap<>();
    private @Nullable TestServer usual;
    private @Nullable TestServer small;
    private @Nullable SmallDisk disk;

    /** Servers of its own, like that one. */
    Stage(TestServer parent) {
        this.parent = parent;
    }

    /** A server that may be crashed. */
    TestServer server() {
        if (usual == null) {
            usual = another();
        }
        return usual;
    }

    /** One with a small disk, which would not survive a crash. */
    private TestServer small() {
        if (small == null) {
            small = another();
        }
        return small;
    }

    SmallDisk disk() {
        if (disk == null) {
            disk = SmallDisk.on(small(), databaseOf(new Start(Conversion.PLAIN_TO_PARTITIONS, false, true)));
        }
        return disk;
    }

    private TestServer another() {
        TestServer server = parent.another(SETTINGS);
        servers.push(server);
        return server;
    }

    static int port(TestServer server) {
        return URI.create(server.jdbcUrl("x").substring("jdbc:".length())).getPort();
    }

    /** A database that is ready for the blow; the caller closes it. */
    Database databaseFor(Blow blow) {
        return databaseOf(new Start(blow.conversion(), blow.back(), blow.fault() == Fault.DISK_FULL))
                .copied();
    }

    Undisturbed undisturbed(Conversion conversion, boolean back) {
        Start start = new Start(conversion, back, false);
        Undisturbed known = undisturbed.get(start);
        if (known == null) {
            known = runUndisturbed(start);
            undisturbed.put(start, known);
        }
        return known;
    }

    private Undisturbed runUndisturbed(Start start) {
        try (Database database = databaseOf(start).copied();
                Application application = Application.start(database, start.conversion(), false);
                Facade facade = Facade.start(
                        database, port(database.server()), Optional.empty(), start.conversion(), start.back())) {
            Rows untouched = Rows.of(database, Application.UNTOUCHED);
            assertThat(facade.end(LIMIT)).as("undisturbed").isEmpty();
            application.stop();
            assertThat(application.failures()).as("undisturbed").isEmpty();
            assertThat(application.ledger().differences(database, Application.WRITTEN))
                    .as("undisturbed")
                    .isEmpty();
            assertThat(Rows.of(database, Application.UNTOUCHED))
                    .as("undisturbed")
                    .isEqualTo(untouched);
            return new Undisturbed(new Timetable(facade.steps()), untouched, database.column(LEFT));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<String> left(Database database) {
        return database.column(LEFT);
    }

    private Database databaseOf(Start start) {
        Database known = starts.get(start);
        if (known == null) {
            known = make(start);
            starts.put(start, known);
        }
        return known;
    }

    private Database make(Start start) {
        Database database = Database.create(start.smallDisk() ? small() : server(), EXTENSIONS);
        database.psql(start.conversion().start()).succeeded();
        try (Connection connection = database.connect()) {
            new Journal(new Session(connection), "tidemark").install();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        if (start.back()) {
            try (CommandLine liquibase = CommandLine.start(database, start.conversion(), false)) {
                assertThat(liquibase.end(LIMIT)).as("undisturbed").isEmpty();
            }
            database.psql(start.conversion().meanwhile()).succeeded();
        }
        return database;
    }

    @Override
    public void close() {
        while (!servers.isEmpty()) {
            servers.pop().close();
        }
    }
}

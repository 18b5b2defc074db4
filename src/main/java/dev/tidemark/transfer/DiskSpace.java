package dev.tidemark.transfer;

import dev.tidemark.plan.Figures;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much is free on the disks that a copy fills: the tablespaces of the database and of the tables, and that of the write-ahead log.
 *
 * <p>PostgreSQL itself does not tell. A member of {@code pg_execute_server_program} has {@code df} run; where this program runs beside the server and
 * may read its data directory, the operating system is asked; else it is unknown. Uses its session like any other statement, one thread at a time.
 */
public final class DiskSpace {
    private static final String DIRECTORIES =
            """
            WITH RECURSIVE tree AS (
                SELECT to_regclass(name)::oid AS oid FROM unnest(?) AS t(name)
                 UNION
                SELECT i.inhrelid FROM tree JOIN pg_inherits AS i ON i.inhparent = tree.oid
            ), used AS (
                SELECT dattablespace AS oid FROM pg_database WHERE datname = current_database()
                 UNION
                SELECT c.reltablespace FROM tree JOIN pg_class AS c ON c.oid = tree.oid WHERE c.reltablespace <> 0
            )
            SELECT 'tablespace ' || s.spcname AS name, CASE WHEN s.spcname = 'pg_default' THEN 'base' ELSE 'pg_tblspc/' || s.oid END AS directory
              FROM used JOIN pg_tablespace AS s ON s.oid = used.oid
             UNION ALL
            SELECT 'the write-ahead log', 'pg_wal'
             ORDER BY directory""";

    private static final String RIGHTS =
            """
            SELECT pg_has_role('pg_execute_server_program', 'USAGE') AS programs,
                   pg_has_role('pg_read_all_settings', 'USAGE') AS settings,
                   current_user::text AS asking""";

    private static final String SERVER =
            "SELECT current_setting('data_directory') AS directory, (SELECT system_identifier FROM pg_control_system()) AS identifier";

    /** POSIX: file system, size, used, available, capacity, where; the numbers in kB of 1,024. */
    private static final Pattern DF = Pattern.compile(".*\\s\\d+\\s+\\d+\\s+(-?\\d+)\\s+\\S+%?\\s+/.*");

    /**
     * One disk as it is used.
     *
     * @param name what lies there: {@code tablespace pg_default}
     * @param directory below the data directory
     */
    record Directory(String name, String directory) {}

    /**
     * What is free there.
     *
     * @param name what lies there
     * @param freeBytes what the server's user may still write
     */
    record Free(String name, long freeBytes) {}

    private record Rights(boolean programs, boolean settings, String asking) {}

    private final Session session;
    private final List<Directory> directories;
    private Optional<String> whyUnknown = Optional.empty();

    /** @param tables the tables that are copied; theirs and their partitions' tablespaces count, beside that of the database */
    public DiskSpace(Session session, List<TableName> tables) {
        this.session = session;
        this.directories =
                session.query(DIRECTORIES, r -> new Directory(r.getString("name"), r.getString("directory")), (Object)
                        tables.stream().map(TableName::quoted).toArray(String[]::new));
    }

    /** What is free where the least is, asked now; empty where nobody may know, for {@link #whyUnknown()}. */
    public Optional<Long> freeBytes() {
        return tightest().map(Free::freeBytes);
    }

    /** Why the last answer was empty, and what to grant; empty if it was not. */
    public Optional<String> whyUnknown() {
        return whyUnknown;
    }

    /**
     * Whether so much more can be written, asked now: what is missing, or nothing if it fits or nobody may know how much is free.
     *
     * @param bytes what will be written, write-ahead log that has to be kept included
     * @param reserve what must remain
     */
    public Optional<String> shortfall(long bytes, long reserve) {
        return tightest()
                .filter(free -> free.freeBytes() - bytes < reserve)
                .map(free -> free.name() + " has " + Figures.size(free.freeBytes()) + " free; writing "
                        + Figures.size(bytes) + " and keeping " + Figures.size(reserve) + " free takes "
                        + Figures.size(bytes + reserve - free.freeBytes()) + " more");
    }

    /** The disk with the least free. */
    Optional<Free> tightest() {
        Rights rights = session.first(
                        RIGHTS,
                        r -> new Rights(r.getBoolean("programs"), r.getBoolean("settings"), r.getString("asking")))
                .orElseThrow();
        whyUnknown = Optional.empty();
        List<Free> found = rights.programs() ? byProgram() : rights.settings() ? beside() : List.of();
        if (found.isEmpty() && whyUnknown.isEmpty()) {
            whyUnknown = Optional.of(
                    Remedies.grant("pg_execute_server_program", rights.asking()) + " lets the server be asked with df");
        }
        return found.stream().min(Comparator.comparingLong(Free::freeBytes));
    }

    /** The server's processes work in its data directory, so that no name with blanks or quotes has to go through a shell. */
    private List<Free> byProgram() {
        String paths = String.join(
                " ", directories.stream().map(d -> d.directory() + "/.").toList());
        List<Long> available = new ArrayList<>();
        try {
            session.transaction(() -> {
                // For one transaction: a table that stayed as long as the copy would hold back the age of the database.
                session.execute("CREATE TEMPORARY TABLE tidemark_df (line text) ON COMMIT DROP");
                session.execute(Sql.of(
                        "COPY pg_temp.tidemark_df FROM PROGRAM %L WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')",
                        "LC_ALL=C df -P -k " + paths));
                session.query("SELECT line FROM pg_temp.tidemark_df", r -> r.getString(1)).stream()
                        .map(DF::matcher)
                        .filter(Matcher::matches)
                        .forEach(line -> available.add(Long.parseLong(line.group(1)) * 1024));
            });
        } catch (DatabaseException e) {
            if (SqlState.connectionLost(e.sqlState())) {
                throw e;
            }
            whyUnknown = Optional.of("df on the server failed: " + e.getMessage());
            return List.of();
        }
        if (available.size() != directories.size()) {
            whyUnknown = Optional.of("df on the server answered in a way that is not POSIX's");
            return List.of();
        }
        List<Free> free = new ArrayList<>();
        for (int i = 0; i < available.size(); i++) {
            free.add(new Free(directories.get(i).name(), available.get(i)));
        }
        return free;
    }

    private List<Free> beside() {
        List<Free> free = new ArrayList<>();
        record Server(String directory, long identifier) {}
        Server server = session.first(SERVER, r -> new Server(r.getString("directory"), r.getLong("identifier")))
                .orElseThrow();
        for (Directory directory : directories) {
            OptionalLong bytes =
                    OwnHost.freeBytes(Path.of(server.directory()), server.identifier(), directory.directory());
            if (bytes.isEmpty()) {
                return List.of();
            }
            free.add(new Free(directory.name(), bytes.getAsLong()));
        }
        return free;
    }
}

package dev.tidemark.transfer;

import dev.tidemark.plan.Figures;
import dev.tidemark.schema.DiskForecast;
import dev.tidemark.session.DatabaseException;
import dev.tidemark.session.Session;
import dev.tidemark.session.SqlState;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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

    /** What lies in a partition's own tablespace goes to the table's, or the database's, as new partitions do; indexes to the database's. */
    private static final String NEEDS =
            """
            WITH RECURSIVE tree AS (
                SELECT to_regclass(name)::oid AS top, to_regclass(name)::oid AS oid, millionths FROM unnest(?, ?) AS t(name, millionths)
                 UNION
                SELECT tree.top, i.inhrelid, tree.millionths FROM tree JOIN pg_inherits AS i ON i.inhparent = tree.oid
            ), sizes AS (
                SELECT tree.top, sum(pg_table_size(c.oid) * millionths / 1000000) AS heap, sum(pg_indexes_size(c.oid) * millionths / 1000000) AS indexes
                  FROM tree JOIN pg_class AS c ON c.oid = tree.oid AND c.relkind = 'r' GROUP BY tree.top
            ), usual AS (
                SELECT s.spcname FROM pg_database AS d JOIN pg_tablespace AS s ON s.oid = d.dattablespace WHERE d.datname = current_database()
            ), needs AS (
                SELECT coalesce(s.spcname, usual.spcname) AS tablespace, sizes.heap AS bytes
                  FROM sizes JOIN pg_class AS c ON c.oid = sizes.top LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace CROSS JOIN usual
                 UNION ALL
                SELECT usual.spcname, sizes.indexes FROM sizes CROSS JOIN usual
            )
            SELECT 'tablespace ' || tablespace AS name, sum(bytes)::bigint AS bytes FROM needs GROUP BY tablespace""";

    private static final Long WHOLE = 1_000_000L;

    private static final String RIGHTS =
            """
            SELECT pg_has_role('pg_execute_server_program', 'USAGE') AS programs,
                   pg_has_role('pg_read_all_settings', 'USAGE') AS settings,
                   current_user::text AS asking""";

    private static final String SERVER =
            "SELECT current_setting('data_directory') AS directory, (SELECT system_identifier FROM pg_control_system()) AS identifier";

    /** POSIX: file system, size, used, available, capacity, where; the numbers in kB of 1,024. */
    private static final Pattern DF = Pattern.compile(".*\\s\\d+\\s+\\d+\\s+(-?\\d+)\\s+\\S+%?\\s+(/.*)");

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
     * @param fileSystem tells one file system from another
     */
    record Free(String name, long freeBytes, String fileSystem) {}

    private record Rights(boolean programs, boolean settings, String asking) {}

    private final Session session;
    private final String[] tables;
    private final Long[] millionths;
    private final List<Directory> directories;
    private Optional<String> whyUnknown = Optional.empty();

    /** @param tables the tables that are copied; theirs and their partitions' tablespaces count, beside that of the database */
    public DiskSpace(Session session, List<TableName> tables) {
        this(session, tables, Map.of());
    }

    /** @param millionths how much of a million rows is copied of those tables that are not copied as a whole */
    public DiskSpace(Session session, List<TableName> tables, Map<TableName, Long> millionths) {
        this.session = session;
        this.millionths =
                tables.stream().map(t -> millionths.getOrDefault(t, WHOLE)).toArray(Long[]::new);
        this.tables = tables.stream().map(TableName::quoted).toArray(String[]::new);
        this.directories = session.query(
                DIRECTORIES, r -> new Directory(r.getString("name"), r.getString("directory")), (Object) this.tables);
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
     * Whether the tables fit once more, asked now.
     *
     * @param reserve what must remain on each disk
     */
    public DiskForecast forecast(long reserve) {
        record Need(String name, long bytes) {}
        Map<String, Long> needs =
                session
                        .query(NEEDS, r -> new Need(r.getString("name"), r.getLong("bytes")), tables, millionths)
                        .stream()
                        .collect(Collectors.toMap(Need::name, Need::bytes));
        Map<String, DiskForecast.Room> rooms = new LinkedHashMap<>();
        for (Free free : all()) {
            long bytes = needs.getOrDefault(free.name(), 0L);
            if (bytes > 0) {
                rooms.merge(
                        free.fileSystem(),
                        new DiskForecast.Room(free.name(), free.freeBytes(), bytes),
                        (one, other) -> new DiskForecast.Room(
                                one.name() + " with " + other.name(),
                                Math.min(one.freeBytes(), other.freeBytes()),
                                one.neededBytes() + other.neededBytes()));
            }
        }
        return new DiskForecast(List.copyOf(rooms.values()), reserve, whyUnknown);
    }

    /** What is missing if the tables are to be written once more, asked now; empty if they fit or nobody may know how much is free. */
    public Optional<String> shortfall(long reserve) {
        return forecast(reserve).rooms().stream()
                .filter(room -> room.missing(reserve) > 0)
                .findFirst()
                .map(room -> room.name() + " has " + Figures.size(room.freeBytes()) + " free; writing "
                        + Figures.size(room.neededBytes()) + " and keeping " + Figures.size(reserve) + " free takes "
                        + Figures.size(room.missing(reserve)) + " more");
    }

    /** The disk with the least free. */
    Optional<Free> tightest() {
        return all().stream().min(Comparator.comparingLong(Free::freeBytes));
    }

    private List<Free> all() {
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
        return found;
    }

    /** The server's processes work in its data directory, so that no name with blanks or quotes has to go through a shell. */
    private List<Free> byProgram() {
        String paths = String.join(
                " ", directories.stream().map(d -> d.directory() + "/.").toList());
        List<MatchResult> available = new ArrayList<>();
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
                        .forEach(line -> available.add(line.toMatchResult()));
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
            MatchResult line = available.get(i);
            free.add(new Free(directories.get(i).name(), Long.parseLong(line.group(1)) * 1024, line.group(2)));
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
            // Which file system it is, is not asked: each for itself is never too much.
            free.add(new Free(directory.name(), bytes.getAsLong(), directory.directory()));
        }
        return free;
    }
}

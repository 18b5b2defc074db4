package dev.tidemark.journal;

import dev.tidemark.catalog.Rights;
import dev.tidemark.schema.MissingRight;
import dev.tidemark.session.Script;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.stream.Collectors;

/** Puts the journal's tables and functions into the database, once. */
final class Installation {
    /** Version of the installation that this code needs. */
    private static final int VERSION = 1;

    private final Session session;
    private final String schema;
    private final Sql table;

    Installation(Session session, String schema) {
        this.session = session;
        this.schema = schema;
        this.table = Sql.of("%I", new TableName(schema, "installation"));
    }

    /** @throws Refused if a later Tidemark installed it, or this user may not read it */
    boolean isThere() {
        if (!exists()) {
            return false;
        }
        require(Rights.missing(session, schema, List.of("USAGE"), List.of(), List.of("SELECT")));
        int version = session.first(Sql.of("SELECT max(version) FROM %s", table).text(), r -> r.getInt(1))
                .orElse(0);
        if (version > VERSION) {
            throw new Refused("The journal in schema " + Sql.identifier(schema) + " has version " + version
                    + ", this Tidemark knows " + VERSION + ". Use the Tidemark that wrote it, or a later one.");
        }
        return true;
    }

    /** Asked of the catalog, because {@code to_regclass} is an error where the schema may not be used. */
    private boolean exists() {
        return session.first(
                        "SELECT true FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                                + " WHERE n.nspname = ? AND c.relname = 'installation'",
                        r -> r.getBoolean(1),
                        schema)
                .orElse(false);
    }

    /** What this user may not do with the journal although carrying out a plan has to; nothing where it is not installed. */
    List<MissingRight> missingRights() {
        return exists()
                ? Rights.missing(
                        session,
                        schema,
                        // CREATE: the functions of triggers that stand for foreign keys live here.
                        List.of("USAGE", "CREATE"),
                        List.of(),
                        List.of("SELECT", "INSERT", "UPDATE", "DELETE"))
                : List.of();
    }

    /** @throws Refused where something is missing */
    void require(List<MissingRight> missing) {
        if (!missing.isEmpty()) {
            String user =
                    session.first("SELECT current_user", r -> r.getString(1)).orElse("");
            throw new Refused(Sql.identifier(user) + " may not use the journal in schema " + Sql.identifier(schema)
                    + ": it lacks "
                    + missing.stream().map(MissingRight::toString).collect(Collectors.joining("; "))
                    + ". "
                    + missing.stream().map(right -> right.grant(user)).collect(Collectors.joining(" ")));
        }
    }

    /** What installs it. */
    String script() {
        return String.join("", scripts());
    }

    private List<String> scripts() {
        return List.of(
                Script.load(Installation.class, "journal.sql", schema),
                Script.load(Installation.class, "retention.sql", schema),
                Script.load(Installation.class, "copy.sql", schema),
                Script.load(Installation.class, "partitions.sql", schema),
                Script.load(Installation.class, "grid.sql", schema),
                Script.load(Installation.class, "upkeep.sql", schema),
                Script.load(Installation.class, "dropping.sql", schema),
                Script.load(Installation.class, "managing.sql", schema),
                Script.load(Installation.class, "health.sql", schema));
    }

    /** Installs it if it is not there. @throws Refused where the role may not create the schema */
    void install() {
        if (!isThere()) {
            session.transaction(() -> {
                // Whoever comes second waits here, and then finds it there.
                session.query(
                        "SELECT pg_advisory_xact_lock(?, ?)",
                        r -> true,
                        RunLock.SPACE,
                        table.text().hashCode());
                if (!isThere()) {
                    // One by one: TimescaleDB as WebAssembly hangs where it is sent more than some 14 kB at once.
                    scripts().forEach(session::execute);
                }
            });
        }
    }
}

package dev.tidemark.journal;

import dev.tidemark.catalog.Rights;
import dev.tidemark.schema.MissingRight;
import dev.tidemark.session.Script;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Puts the journal's tables and functions into the database, once. */
final class Installation {
    /** Version of the installation that this code needs. */
    private static final int VERSION = 1;

    private final Session session;
    private final String schema;
    private final Sql table;
    private final Build build;

    Installation(Session session, String schema) {
        this.session = session;
        this.schema = schema;
        this.table = Sql.of("%I", new TableName(schema, "installation"));
        this.build = new Build(schema);
    }

    /** @throws Refused if a later Tidemark installed it, or a build with other tables, or this user may not read it */
    boolean isThere() {
        if (!exists()) {
            return false;
        }
        require(Rights.missing(session, schema, List.of("USAGE"), List.of(), List.of("SELECT")));
        Installed there = installed();
        if (there.version() > VERSION) {
            throw new Refused("The journal in schema " + Sql.identifier(schema) + " has version " + there.version()
                    + ", this Tidemark knows " + VERSION + ". Use the Tidemark that wrote it, or a later one.");
        }
        if (!there.tables().equals(build.tables())) {
            throw new Refused("The journal in schema " + Sql.identifier(schema)
                    + " has other tables than this build of Tidemark: a build from before the first release installed it."
                    + " Finalize its conversions with that build, or take them back; then SELECT "
                    + Sql.identifier(schema) + ".forget_partitions(relation) FROM "
                    + new TableName(schema, "partition_set") + "; DROP SCHEMA " + Sql.identifier(schema)
                    + " CASCADE; it will be installed anew.");
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

    /**
     * What is there.
     *
     * @param version of its tables
     * @param revision of its functions: of two releases the later one's stay
     * @param tables {@link Build#tables()} of who installed it; empty for builds that did not say so
     * @param functions {@link Build#functions()} of who replaced them last
     * @param owner to whom it belongs
     * @param ours whether this user has the rights of the owner
     */
    private record Installed(int version, int revision, String tables, String functions, String owner, boolean ours) {}

    private Installed installed() {
        return session.first(
                        Sql.of(
                                        """
                                        SELECT i.version, coalesce((to_jsonb(i) ->> 'revision')::integer, 0), coalesce(to_jsonb(i) ->> 'tables', ''), coalesce(to_jsonb(i) ->> 'functions', ''),
                                               pg_catalog.pg_get_userbyid(n.nspowner), pg_catalog.pg_has_role(n.nspowner, 'USAGE')
                                          FROM %s AS i, pg_catalog.pg_namespace AS n WHERE n.nspname = %L ORDER BY i.version DESC LIMIT 1""",
                                        table, schema)
                                .text(),
                        r -> new Installed(
                                r.getInt(1),
                                r.getInt(2),
                                r.getString(3),
                                r.getString(4),
                                r.getString(5),
                                r.getBoolean(6)))
                .orElse(new Installed(0, 0, "", "", "", false));
    }

    /** What a script has to do before it can work with it: install it, or replace functions of an earlier build; nothing where it is as it should be. */
    Optional<String> script() {
        if (!isThere()) {
            return Optional.of(String.join("", scripts()));
        }
        return isStale(installed()) ? Optional.of(String.join("\n\n", replacement())) : Optional.empty();
    }

    private List<String> scripts() {
        return Stream.concat(build.scripts().stream(), Stream.of(signature())).toList();
    }

    private void execute(String script) {
        Script.paragraphs(script).forEach(session::execute);
    }

    /** In one transaction. Whoever archives may have put a predicate of his own in place of may_drop; by the usual one rows could go that he keeps. */
    private List<String> replacement() {
        Sql setting = Sql.of("%L", "tidemark.may_drop");
        String kept = Sql.of(
                        "SELECT pg_catalog.set_config(%s, coalesce(pg_catalog.pg_get_functiondef(pg_catalog.to_regprocedure(%L)), ''), true);",
                        setting, new TableName(schema, "may_drop").quoted() + "(regclass, timestamptz)")
                .text();
        String put = Sql.of(
                        "DO $tidemark$ BEGIN IF pg_catalog.current_setting(%s) <> '' THEN EXECUTE pg_catalog.current_setting(%s); END IF; END $tidemark$;",
                        setting, setting)
                .text();
        return Stream.of(Stream.of(kept), build.functionScripts().stream(), Stream.of(put, signature()))
                .flatMap(s -> s)
                .toList();
    }

    private String signature() {
        return Sql.of(
                        "\nUPDATE %s SET revision = %s, tables = %L, functions = %L;\n",
                        table, Build.REVISION, build.tables(), build.functions())
                .text();
    }

    /** Whether functions of an earlier build are there; those of a later one serve this one too. */
    private boolean isStale(Installed there) {
        return there.revision() <= Build.REVISION && !there.functions().equals(build.functions());
    }

    /** Replaces functions of an earlier build where this user may. */
    void refresh() {
        Installed there = installed();
        if (isStale(there) && there.ours()) {
            session.transaction(this::replaceFunctions);
        }
    }

    private void replaceFunctions() {
        lock();
        if (isStale(installed())) {
            replacement().forEach(this::execute);
        }
    }

    /** Whoever comes second waits here, and then finds it there. */
    private void lock() {
        session.query(
                "SELECT pg_advisory_xact_lock(?, ?)",
                r -> true,
                RunLock.SPACE,
                table.text().hashCode());
    }

    /**
     * Installs it if it is not there, and replaces functions of an earlier build.
     *
     * @throws Refused where the role may not create the schema, or not replace the functions
     */
    void install() {
        if (!isThere()) {
            session.transaction(() -> {
                lock();
                if (!isThere()) {
                    scripts().forEach(this::execute);
                }
            });
        }
        Installed there = installed();
        if (isStale(there) && !there.ours()) {
            throw new Refused("The functions in schema " + Sql.identifier(schema)
                    + " are those of an earlier Tidemark, and belong to " + Sql.identifier(there.owner())
                    + ". Let that role call \"liquibase tidemark maintain\" with this Tidemark once.");
        }
        refresh();
    }
}

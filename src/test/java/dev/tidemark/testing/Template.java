package dev.tidemark.testing;

import java.util.Set;

/** Databases to copy: creating extensions takes 1–2 s, copying a database that has them 0.1 s. */
final class Template {

    private Template() {}

    /** The name of a database on that server that has exactly these extensions; made at the first call. */
    static synchronized String with(Database admin, Set<Capability> capabilities) {
        Set<String> extensions = Database.extensions(capabilities);
        if (extensions.isEmpty()) {
            return "template0"; // not template1: TimescaleDB's launcher looks into it every now and then
        }
        String name = "tm_template_" + String.join("_", extensions);
        if (admin.rows("SELECT FROM pg_database WHERE datname = '" + name + "'").isEmpty()) {
            make(admin, name, extensions);
        }
        return name;
    }

    /**
     * It gets its name last, when it is complete and closed: a template may have no sessions, and TimescaleDB's background workers
     * connect to whatever allows it.
     */
    private static void make(Database admin, String name, Set<String> extensions) {
        String unfinished = "unfinished_" + ProcessHandle.current().pid();
        admin.execute("CREATE DATABASE " + unfinished);
        for (String extension : extensions) {
            // One session each: TimescaleDB insists on being the first thing its session does.
            String sql = extension.equals("pg_partman")
                    ? "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman"
                    : "CREATE EXTENSION " + extension;
            admin.named(unfinished).execute(sql);
        }
        admin.execute("ALTER DATABASE " + unfinished + " ALLOW_CONNECTIONS false");
        admin.rows("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + unfinished + "'");
        admin.execute("ALTER DATABASE " + unfinished + " RENAME TO " + name);
    }
}

package dev.tidemark.testing;

/** What a test can need of a server. A machine that cannot provide it reports the test as not shown, with these words. */
public enum Capability {
    TIMESCALEDB("TimescaleDB 2.19 or newer, any edition", "timescaledb"),
    COMMUNITY("TimescaleDB under the Community licence (compression, policies)", "timescaledb"),
    ATTACH_CHUNK("TimescaleDB 2.21 or newer under the Community licence (attach_chunk, detach_chunk)", "timescaledb"),
    PARTMAN("pg_partman 5", "pg_partman"),
    PARTMAN_4("pg_partman 4", "pg_partman"),
    POSTGIS("PostGIS 3", "postgis"),
    /** pg_cron lives in the database {@code postgres} only; it is not created in the databases of tests. */
    CRON("pg_cron", ""),
    /** Preloaded; tests create the extension, and switch on what their own session is counted by. */
    STATEMENTS("pg_stat_statements", ""),
    SUPERUSER("a superuser", ""),
    SEVERAL_SESSIONS("more than one session at a time", ""),
    CLIENT_PROGRAMS("psql and pg_dump of the server's major version", ""),
    CRASH("a server that may be crashed", ""),
    STANDBY("a streaming standby", ""),
    SMALL_DISK("a disk of a few megabytes for a tablespace", ""),
    ANOTHER("another server beside it, with settings of its own", "");

    private final String words;
    private final String extension;

    Capability(String words, String extension) {
        this.words = words;
        this.extension = extension;
    }

    /** What it is, for a sentence such as "not shown here: …". */
    public String words() {
        return words;
    }

    /** Name of the extension that a database needs for it, empty where there is none. */
    String extension() {
        return extension;
    }
}

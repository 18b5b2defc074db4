package dev.tidemark.plan;

import dev.tidemark.schema.Server;
import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** TimescaleDB is not in this database: one CREATE EXTENSION away, one restart away, or not on the machine. */
final class TimescaleDbNotInstalled implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.timescaledb().isPresent() ? Stream.empty() : Stream.of(finding(situation.server()));
    }

    private static Finding finding(Server server) {
        String database = Sql.identifier(server.database());
        if (server.timescaledbAvailable().isEmpty()) {
            return Finding.blocking(
                    "TM202",
                    "TimescaleDB is not available on this server: its files are not there.",
                    "Install the package for PostgreSQL " + server.version() / 10_000
                            + " on the server, add timescaledb to shared_preload_libraries, restart, and CREATE"
                            + " EXTENSION timescaledb; in database " + database + ".");
        }
        String version = server.timescaledbAvailable().get();
        return server.timescaledbPreloaded()
                ? Finding.blocking(
                        "TM203",
                        "TimescaleDB is not installed in database " + database + "; the server has version " + version
                                + " ready.",
                        "CREATE EXTENSION timescaledb;")
                : Finding.blocking(
                        "TM204",
                        "TimescaleDB " + version
                                + " is on this server, but not preloaded, and it does not work without that.",
                        "Add it to the list that SHOW shared_preload_libraries; prints: ALTER SYSTEM SET"
                                + " shared_preload_libraries = '…', 'timescaledb'; restart the server; CREATE EXTENSION"
                                + " timescaledb; in database " + database + ".");
    }
}

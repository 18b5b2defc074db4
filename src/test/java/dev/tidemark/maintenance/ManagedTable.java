package dev.tidemark.maintenance;

import dev.tidemark.Tidemark;
import dev.tidemark.journal.Journal;
import dev.tidemark.session.Session;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** A partitioned table {@code log} by a column {@code at}, on the list of what Tidemark manages. */
public final class ManagedTable {
    private final Database database;

    private ManagedTable(Database database) {
        this.database = database;
    }

    /**
     * Without partitions.
     *
     * @param type of the time column
     * @param arguments of manage_partitions after the table
     */
    public static ManagedTable of(Database database, String type, String arguments) throws SQLException {
        installJournal(database);
        database.execute(
                "CREATE TABLE log (id bigint, at " + type + " NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)");
        database.rows("SELECT tidemark.manage_partitions('log', " + arguments + ")");
        return new ManagedTable(database);
    }

    /** Days of UTC. */
    static ManagedTable daily(Database database, int premake) throws SQLException {
        return of(database, "timestamptz", "premake => " + premake);
    }

    static void installJournal(Database database) throws SQLException {
        try (Connection connection = database.connect()) {
            new Journal(new Session(connection), Tidemark.DEFAULT_SCHEMA).install();
        }
    }

    /** What becomes of all that is missing, each as partition and outcome. */
    List<List<String>> make() {
        return database.rows("SELECT part, outcome FROM tidemark.make_partitions()");
    }

    /** Makes those between two times. */
    List<List<String>> makeBetween(String first, String last) {
        return database.rows(
                "SELECT part, outcome FROM tidemark.make_partitions_for('log', " + first + ", " + last + ")");
    }

    /** Makes those of so many days before today, and today's. */
    ManagedTable withDays(int past) {
        makeBetween("now() - interval '" + past + " days'", "now()");
        return this;
    }

    /** A row for each of the last so many days, and for today. */
    ManagedTable filled(int past) {
        database.execute(
                "INSERT INTO log SELECT d, now() - d * interval '1 day' FROM generate_series(0, " + past + ") d");
        return this;
    }

    /** Lower and upper bounds in order. */
    List<List<String>> bounds() {
        return database.rows("SELECT lower_bound, upper_bound FROM tidemark.partitions_of('log')");
    }

    /** What retention does, each as partition and outcome. */
    List<List<String>> letGo() {
        return database.rows("SELECT part, outcome FROM tidemark.apply_partition_retention()");
    }

    List<String> outcomes() {
        return letGo().stream().map(line -> line.get(1)).toList();
    }

    String verdict() {
        return database.value("SELECT verdict FROM tidemark.partition_health");
    }

    String reason() {
        return database.value("SELECT reason FROM tidemark.partition_health");
    }

    long rows() {
        return database.number("SELECT count(*) FROM log");
    }
}

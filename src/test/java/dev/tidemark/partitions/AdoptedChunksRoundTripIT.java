package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A hypertable with every kind of object on it gets partitions and becomes what it was, as pg_dump sees it. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, CLIENT_PROGRAMS},
        promise = "round trips: definitions and contents equal")
class AdoptedChunksRoundTripIT {
    private final Database database;

    AdoptedChunksRoundTripIT(Database database) {
        this.database = database;
    }

    @Test
    void everything_about_it_comes_back() throws Exception {
        database.psql("\\set reader reader_of_" + database.name() + "\n"
                        + Files.readString(Path.of("src/test/resources/dev/tidemark/partitions/hypertable.sql")))
                .succeeded();
        List<String> before = dump();
        List<String> rows = contents();
        database.execute(
                "CREATE TABLE stored AS SELECT i.indexrelid AS oid, pg_relation_filenode(i.indexrelid) AS node FROM pg_index AS i WHERE i.indrelid IN (SELECT show_chunks('\"Odd\"')) UNION ALL SELECT c::oid, pg_relation_filenode(c) FROM show_chunks('\"Odd\"') AS c");
        Attaching attaching = new Attaching(database, new TableName("public", "Odd"))
                .by("at \"once\"", "1 day")
                .strategy(Strategy.ADOPT)
                .verification(Verification.CONTENTS);

        attaching.convert();

        assertThat(contents()).isEqualTo(rows);
        assertThat(rebuilt()).isEmpty();
        assertThat(
                        database.column(
                                "SELECT relname FROM pg_class WHERE relname ~ '^(\\d+_\\d+_|_hyper_)' AND relkind IN ('r', 'i')"))
                .as("names of chunks")
                .isEmpty();
        assertThat(database.column("SELECT kind || ' ' || n FROM seen_of_seen ORDER BY 1"))
                .containsExactly("a 1520", "b 1501");
        database.execute("INSERT INTO \"Odd\" (kind, amount) VALUES ('a', 1)");
        database.execute(
                "INSERT INTO \"Odd\" (kind, amount, \"at \"\"once\"\"\") VALUES ('b', 2, now() + interval '10 days'), ('b', 3, now() - interval '50 days')");
        List<String> since = contents();

        attaching.goBack();

        assertThat(contents()).isEqualTo(since);
        List<String> after = dump();
        assertThat(after.stream().filter(line -> !before.contains(line)))
                .as("new")
                .isEmpty();
        assertThat(before.stream().filter(line -> !after.contains(line)))
                .as("gone")
                .isEmpty();
        assertThat(after).isEqualTo(before);
        assertThat(rebuilt()).isEmpty();
        assertThat(database.number("SELECT count(*) FROM \"Odd\" WHERE doubled <> amount * 2"))
                .isZero();
        // What the triggers of new chunks are like is TimescaleDB's affair; those of old ones must be there, too.
        assertThat(
                        database.column(
                                "SELECT DISTINCT string_agg(t.tgname || ' ' || t.tgenabled::text, ', ' ORDER BY t.tgname) FROM show_chunks('\"Odd\"') AS c JOIN pg_trigger AS t ON t.tgrelid = c AND NOT t.tgisinternal GROUP BY c"))
                .containsExactly("first ON any O, late O, resting O");
    }

    private List<String> rebuilt() {
        return database.column("SELECT oid::regclass::text FROM stored WHERE pg_relation_filenode(oid) <> node");
    }

    private List<String> contents() {
        return database.column("SELECT o::text FROM \"Odd\" AS o ORDER BY id, serial");
    }

    /**
     * Without the random word that newer versions of pg_dump write, without chunks that have come, and without numbers that TimescaleDB gives, by which pg_dump
     * sorts; so sorted otherwise.
     */
    private List<String> dump() {
        return database.pgDump(
                        "--schema-only",
                        "--exclude-schema=tidemark",
                        "--exclude-table=stored",
                        "--exclude-table=\"Odd_y\"*")
                .succeeded()
                .stdout()
                .lines()
                .filter(line -> !line.startsWith("\\restrict") && !line.startsWith("\\unrestrict"))
                .map(line -> line.replaceAll("constraint_\\d+", "constraint_n")
                        .replaceAll("\\d+_\\d+_(of a kind)", "$1")
                        .replaceAll("([ \"])\\d+_(Odd key|only_once)", "$1n_$2"))
                .sorted()
                .toList();
    }
}

package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.Verification;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A plain table with every kind of object on it gets partitions and becomes what it was, as pg_dump sees it. */
@PostgresTest(needs = CLIENT_PROGRAMS, promise = "round trips: definitions and contents equal")
class AttachRoundTripIT {
    private final Database database;

    AttachRoundTripIT(Database database) {
        this.database = database;
    }

    @Test
    void everything_about_it_comes_back() throws Exception {
        database.psql("\\set reader reader_of_" + database.name() + "\n"
                        + Files.readString(Path.of("src/test/resources/dev/tidemark/partitions/everything.sql")))
                .succeeded();
        List<String> before = dump();
        List<String> rows = contents();
        String storage = database.value(
                "SELECT string_agg(indexrelid::regclass || ' ' || pg_relation_filenode(indexrelid), ', ' ORDER BY 1) FROM pg_index WHERE indrelid = '\"Odd\"'::regclass AND NOT indisprimary");
        Attaching attaching = new Attaching(database, new TableName("public", "Odd"))
                .by("at \"once\"", "1 day")
                .foreignKeys(ForeignKeyChoice.TRIGGER)
                .verification(Verification.CONTENTS);

        attaching.convert();

        assertThat(contents()).isEqualTo(rows);
        assertThat(database.column("SELECT kind || ' ' || n FROM seen_of_seen ORDER BY 1"))
                .containsExactly("a 1500", "b 1500");
        database.execute("INSERT INTO \"Odd\" (kind, amount) VALUES ('a', 1)");
        database.execute(
                "INSERT INTO \"Odd\" (kind, amount, \"at \"\"once\"\"\") VALUES ('b', 2, now() + interval '10 days')");
        List<String> since = contents();

        attaching.goBack();

        assertThat(contents()).isEqualTo(since);
        assertThat(dump()).isEqualTo(before);
        assertThat(
                        database.value(
                                "SELECT string_agg(indexrelid::regclass || ' ' || pg_relation_filenode(indexrelid), ', ' ORDER BY 1) FROM pg_index WHERE indrelid = '\"Odd\"'::regclass AND NOT indisprimary"))
                .isEqualTo(storage);
        assertThat(database.number("SELECT count(*) FROM \"Odd\" WHERE doubled <> amount * 2"))
                .isZero();
    }

    private List<String> contents() {
        return database.column("SELECT o::text FROM \"Odd\" AS o ORDER BY id, serial");
    }

    /** Without the random word that newer versions of pg_dump write. */
    private List<String> dump() {
        return database.pgDump("--schema-only", "--exclude-schema=tidemark")
                .succeeded()
                .stdout()
                .lines()
                .filter(line -> !line.startsWith("\\restrict") && !line.startsWith("\\unrestrict"))
                .toList();
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.Index;
import dev.tidemark.schema.Partition;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The triggers that make every write to a DEFAULT partition a second time, in the copies of its rows.
 *
 * <p>In the application's own transaction: so each snapshot sees the same rows in both places, and none has to be waited for but those from before
 * a row was copied. What the triggers cannot follow they note, and the position is copied once more: a writer whose snapshot is older than
 * the copies (REPEATABLE READ) does not find in them what it changed; a row may lie where no copy is yet.
 */
final class DefaultWrites {
    private static final String ROWS = "tidemark_copy_rows";
    private static final String TRUNCATE = "tidemark_copy_truncate";
    /** Types whose equality is the catalog's own; by others a row is not looked up, only compared. */
    private static final Pattern PLAIN_TYPES =
            Pattern.compile("(smallint|integer|bigint|uuid|text|character varying|date|numeric|timestamp)\\b.*");

    private final Subject subject;
    private final Partition partition;
    private final TableName function;

    DefaultWrites(Subject subject, Partition partition) {
        this.subject = subject;
        this.partition = partition;
        // One function a partition, whatever its name is and however long.
        String suffix = UUID.nameUUIDFromBytes(partition.name().quoted().getBytes(StandardCharsets.UTF_8))
                .toString();
        this.function = new TableName(subject.journal(), "default_writes_" + suffix);
    }

    /** Whether both are there and fire for everybody, appliers of a replication included. */
    Sql followed() {
        return Sql.of(
                "(SELECT count(*) = 2 FROM pg_trigger WHERE tgrelid = %L::regclass AND tgname IN (%L, %L) AND tgenabled = 'A')",
                partition.name().quoted(), ROWS, TRUNCATE);
    }

    /** Statements of a block; writers of the partition wait for them. */
    Sql create() {
        return Sql.of(
                """
                CREATE OR REPLACE FUNCTION %I() RETURNS trigger
                    LANGUAGE plpgsql SECURITY DEFINER
                    SET search_path = pg_catalog, pg_temp
                    SET row_security = off
                AS %s;
                REVOKE ALL ON FUNCTION %I() FROM PUBLIC;
                COMMENT ON FUNCTION %I() IS %L;
                %s
                CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION %I();
                CREATE TRIGGER %I AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION %I();
                ALTER TABLE ONLY %I ENABLE ALWAYS TRIGGER %I;
                ALTER TABLE ONLY %I ENABLE ALWAYS TRIGGER %I;""",
                function,
                Sql.of("$tidemark$\n%s\n$tidemark$", body()),
                function,
                function,
                "Made by Tidemark for the time until the cutover: writes to " + partition.name()
                        + " are made in the copies of its rows too.",
                dropTriggers(),
                ROWS,
                partition.name(),
                function,
                TRUNCATE,
                partition.name(),
                function,
                partition.name(),
                ROWS,
                partition.name(),
                TRUNCATE);
    }

    /** Statements of a block. */
    Sql drop() {
        return Sql.of("%s\nDROP FUNCTION IF EXISTS %I();", dropTriggers(), function);
    }

    private Sql dropTriggers() {
        return Sql.of(
                "DROP TRIGGER IF EXISTS %I ON %I;\nDROP TRIGGER IF EXISTS %I ON %I;",
                ROWS, partition.name(), TRUNCATE, partition.name());
    }

    private Sql body() {
        TimeType type = subject.timeType();
        String source = partition.name().quoted();
        Sql note = Sql.of("INSERT INTO %s (source, position, why)", DefaultCopies.notes(subject));
        Sql copyAt = Sql.of(
                "SELECT c.relation INTO STRICT copy FROM %s AS c WHERE c.source = %L AND",
                DefaultCopies.copies(subject), source);
        return Sql.of(
                """
                DECLARE
                    old_position bigint;
                    new_position bigint;
                    copy text;
                    touched bigint;
                BEGIN
                    IF TG_OP = 'TRUNCATE' THEN
                        %s VALUES (%L, NULL, 'TRUNCATE');
                        RETURN NULL;
                    END IF;
                    BEGIN
                        IF TG_OP <> 'INSERT' THEN
                            old_position := %s;
                        END IF;
                        IF TG_OP <> 'DELETE' THEN
                            new_position := %s;
                        END IF;
                        IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
                            RAISE EXCEPTION 'the copies may be younger than this snapshot';
                        END IF;
                        IF TG_OP <> 'INSERT' THEN
                            %s c.lower <= old_position AND old_position < c.filled;
                            EXECUTE format(%L, copy) USING OLD;
                            GET DIAGNOSTICS touched = ROW_COUNT;
                            IF touched <> 1 THEN
                                RAISE EXCEPTION 'the copy does not have the row';
                            END IF;
                        END IF;
                        IF TG_OP <> 'DELETE' THEN
                            %s c.lower <= new_position AND new_position < c.filled;
                            EXECUTE format(%L, copy) USING NEW;
                        END IF;
                    EXCEPTION WHEN OTHERS THEN
                        -- The statement of the application succeeds whatever it was; the position is copied once more, or all if there is none.
                        IF TG_OP <> 'INSERT' THEN
                            %s VALUES (%L, old_position, SQLERRM);
                        END IF;
                        IF TG_OP <> 'DELETE' THEN
                            %s VALUES (%L, new_position, SQLERRM);
                        END IF;
                    END;
                    RETURN NULL;
                END""",
                note,
                source,
                type.positionOf(Sql.of("OLD.%I", subject.timeColumnName())),
                type.positionOf(Sql.of("NEW.%I", subject.timeColumnName())),
                copyAt,
                deletion(),
                copyAt,
                insertion(),
                note,
                source,
                note,
                source);
    }

    /** A {@code format()} template: exactly one row that is, byte for byte, the one given. */
    private String deletion() {
        List<String> columns = subject.table().insertableColumns();
        Stream<String> key = Stream.concat(
                        Stream.of(subject.timeColumnName()),
                        subject.table().indexes().stream()
                                .filter(Index::primary)
                                .flatMap(index -> index.keyColumns().stream()))
                .distinct()
                .filter(column -> subject.table()
                        .column(column)
                        .map(c -> PLAIN_TYPES.matcher(c.type()).matches())
                        .orElse(false));
        String found = key.map(c -> Sql.of("r.%I = ($1).%I AND ", c, c).text()).collect(Collectors.joining());
        return "DELETE FROM ONLY %1$s AS d WHERE d.ctid = (SELECT r.ctid FROM ONLY %1$s AS r WHERE "
                + forFormat(found + "ROW(" + qualified("r", columns) + ")::record *= ROW(" + qualified("($1)", columns)
                        + ")::record")
                + " LIMIT 1)";
    }

    private String insertion() {
        List<String> columns = subject.table().insertableColumns();
        return "INSERT INTO %s (" + forFormat(Sql.of("%I", columns).text() + ") SELECT " + qualified("($1)", columns));
    }

    private static String qualified(String row, List<String> columns) {
        return columns.stream().map(c -> row + "." + Sql.identifier(c)).collect(Collectors.joining(", "));
    }

    private static String forFormat(String text) {
        return text.replace("%", "%%");
    }
}

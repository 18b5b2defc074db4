package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Whether rows that a copy has left behind reference rows that are gone, which {@link RestParents} keeps from happening where it can: not by TRUNCATE, and
 * not where its triggers could not be made. The way back gives them the table's foreign keys again, so it asks before it begins. It reads the rest once, which
 * validating the keys afterwards does anyway.
 */
final class RestReferences {
    private final CopySubject subject;
    private final List<ForeignKey> keys;

    /** @param keys foreign keys of the table */
    RestReferences(CopySubject subject, List<ForeignKey> keys) {
        this.subject = subject;
        this.keys = keys.stream().filter(ForeignKey::validated).toList();
    }

    /** Raises TM502 for the first key that rows of the rest would violate. */
    Stream<Sql> check() {
        return subject.since().stream()
                .flatMap(since -> keys.stream().map(key -> check(key, dangling(key, since.left("c")))));
    }

    private Sql check(ForeignKey key, Sql dangling) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    dangling bigint;
                BEGIN
                    -- Without the right to read it, or the table itself, validating the key will tell.
                    IF to_regclass(%L) IS NULL OR to_regclass(%L) IS NULL OR NOT has_table_privilege(%L, 'SELECT') THEN
                        RETURN;
                    END IF;
                    SELECT count(*) INTO dangling FROM %s;
                    IF dangling > 0 THEN
                        RAISE EXCEPTION '%% rows of %% from before the copy reference rows of %% that are gone since; foreign key %% could not come back', dangling, %L, %L, %L
                            USING ERRCODE = 'TM502', HINT = %L;
                    END IF;
                END
                $tidemark$""",
                subject.retired().quoted(),
                key.parent().quoted(),
                key.parent().quoted(),
                dangling,
                subject.retired().toString(),
                key.parent().toString(),
                Sql.identifier(key.name()),
                remedy(key, dangling).text());
    }

    private static Sql remedy(ForeignKey key, Sql dangling) {
        Sql look = Sql.of("SELECT c.* FROM %s", dangling);
        return key.onDelete() == ForeignKey.Action.CASCADE
                ? Sql.of(
                        "What the key would have done: DELETE FROM %s; or insert what they reference again. To see them: %s",
                        dangling, look)
                : Sql.of("Correct or delete them, or insert what they reference again. To see them: %s", look);
    }

    /** As it stands behind FROM. */
    private Sql dangling(ForeignKey key, Sql left) {
        KeySql sql = new KeySql(key, Map.of());
        List<Sql> values = sql.childColumns("c.");
        return Sql.of(
                "%I AS c WHERE %s AND %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)",
                subject.retired(), left, sql.noneNull(values), parent(key), sql.parentIs(values));
    }

    /** It may have got partitions since. */
    private static Sql parent(ForeignKey key) {
        return Sql.of("%I", key.parent());
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.Index;
import dev.tidemark.schema.OwnedSequence;
import dev.tidemark.schema.StatisticsObject;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Moves the old table out of the way of its successor, names of its indexes, statistics and sequences included, and back. */
final class Retirement {
    private Retirement() {}

    /** Frees the table's name and every name that must be unique in its schema. */
    static List<Sql> away(Subject subject) {
        return away(subject, Set.of());
    }

    /** @param renamed names of indexes that the table has no longer: others with the retired names stand in their place */
    static List<Sql> away(Subject subject, Set<String> renamed) {
        List<Sql> sql = new ArrayList<>();
        TableName name = subject.name();
        for (Index index : subject.table().indexes()) {
            if (renamed.contains(index.name())) {
                continue;
            }
            sql.add(renamed(name, index, index.name(), subject.retiredNameOf(index.name())));
        }
        for (StatisticsObject statistics : subject.table().statistics()) {
            sql.add(Sql.of(
                    "ALTER STATISTICS %I RENAME TO %I",
                    statistics.name(), subject.retiredNameOf(statistics.name().name())));
        }
        for (OwnedSequence sequence : subject.table().sequences()) {
            if (sequence.identity()) {
                sql.add(Sql.of(
                        "ALTER SEQUENCE %I RENAME TO %I",
                        sequence.name(), subject.retiredNameOf(sequence.name().name())));
            }
        }
        sql.add(Sql.of("ALTER TABLE %I RENAME TO %I", name, subject.retired().name()));
        return sql;
    }

    /**
     * A key is renamed as what it is: under the name that ALTER INDEX gives the chunks of a hypertable, TimescaleDB 2.29 does not find their keys again, and
     * leaves them when the hypertable's is dropped.
     */
    static Sql renamed(TableName table, Index index, String from, String to) {
        return index.constraint() == null
                ? Sql.of("ALTER INDEX %I RENAME TO %I", table.sibling(from), to)
                : Sql.of("ALTER TABLE %I RENAME CONSTRAINT %I TO %I", table, from, to);
    }

    /**
     * Lets sequences count on with the successor: a serial column's sequence changes its owner, an identity column's new sequence takes over
     * name and value.
     *
     * @param from the table that has them
     * @param to the table that gets them
     */
    static List<Sql> sequencesTo(Subject subject, TableName from, TableName to) {
        List<Sql> sql = new ArrayList<>();
        for (OwnedSequence sequence : subject.table().sequences()) {
            sql.add(
                    sequence.identity()
                            ? Sql.of(
                                    """
                                    DO $tidemark$
                                    DECLARE
                                        old_sequence regclass := pg_get_serial_sequence(%L, %L);
                                        new_sequence regclass := pg_get_serial_sequence(%L, %L);
                                        counted record;
                                        likeness text;
                                    BEGIN
                                        EXECUTE format('SELECT last_value, is_called FROM %%s', old_sequence) INTO counted;
                                        PERFORM setval(new_sequence, counted.last_value, counted.is_called);
                                        %s
                                        IF to_regclass(%L) IS NULL THEN
                                            EXECUTE format('ALTER SEQUENCE %%s RENAME TO %%I', new_sequence, %L);
                                        END IF;
                                    END
                                    $tidemark$""",
                                    from.quoted(),
                                    sequence.column(),
                                    to.quoted(),
                                    sequence.column(),
                                    IdentityLikeness.carry(),
                                    sequence.name().quoted(),
                                    sequence.name().name())
                            : Sql.of("ALTER SEQUENCE %I OWNED BY %I.%I", sequence.name(), to, sequence.column()));
        }
        return sql;
    }
}

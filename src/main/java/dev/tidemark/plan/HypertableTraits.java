package dev.tidemark.plan;

import dev.tidemark.schema.TimescaleDb;
import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * Gives a new hypertable, before it has a chunk, what the one that it is copied from has besides its time: further dimensions, the function that
 * says what "now" is on integers, tablespaces. Asked of TimescaleDB's catalog when it runs.
 */
final class HypertableTraits {
    private final CopySubject subject;
    private final TimescaleDb timescaledb;

    HypertableTraits(CopySubject subject, TimescaleDb timescaledb) {
        this.subject = subject;
        this.timescaledb = timescaledb;
    }

    List<Sql> carried() {
        return List.of(dimensions(), integerNow(), tablespaces());
    }

    private Sql dimensions() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    found record;
                BEGIN
                    FOR found IN
                        SELECT d.*, min(d.id) OVER () AS first
                          FROM _timescaledb_catalog.dimension AS d
                          JOIN _timescaledb_catalog.hypertable AS h ON h.id = d.hypertable_id
                         WHERE h.schema_name = %L AND h.table_name = %L
                         ORDER BY d.id
                    LOOP
                        CONTINUE WHEN found.id = found.first OR found.column_name = %L;
                        IF found.num_slices IS NULL THEN
                            PERFORM %I.add_dimension(%L::regclass, %I.by_range(found.column_name, found.interval_length));
                        ELSE
                            PERFORM %I.add_dimension(%L::regclass, %I.by_hash(found.column_name, found.num_slices::integer,
                                CASE WHEN found.partitioning_func_schema NOT LIKE '\\_timescaledb\\_%%'
                                     THEN format('%%I.%%I', found.partitioning_func_schema, found.partitioning_func)::regproc END));
                        END IF;
                    END LOOP;
                END
                $tidemark$""",
                subject.name().schema(),
                subject.name().name(),
                subject.subject().timeColumnName(),
                timescaledb.schema(),
                subject.copy().quoted(),
                timescaledb.schema(),
                timescaledb.schema(),
                subject.copy().quoted(),
                timescaledb.schema());
    }

    private Sql integerNow() {
        return Sql.of(
                """
                SELECT %I.set_integer_now_func(%L::regclass, format('%%I.%%I', d.integer_now_func_schema, d.integer_now_func)::regproc)
                  FROM _timescaledb_catalog.dimension AS d
                  JOIN _timescaledb_catalog.hypertable AS h ON h.id = d.hypertable_id
                 WHERE h.schema_name = %L AND h.table_name = %L AND d.column_name = %L AND d.integer_now_func IS NOT NULL""",
                timescaledb.schema(),
                subject.copy().quoted(),
                subject.name().schema(),
                subject.name().name(),
                subject.subject().timeColumnName());
    }

    private Sql tablespaces() {
        return Sql.of(
                """
                SELECT %I.attach_tablespace(t.name, %L::regclass)
                  FROM timescaledb_information.hypertables AS h
                 CROSS JOIN unnest(h.tablespaces) AS t(name)
                 WHERE h.hypertable_schema = %L AND h.hypertable_name = %L""",
                timescaledb.schema(),
                subject.copy().quoted(),
                subject.name().schema(),
                subject.name().name());
    }
}

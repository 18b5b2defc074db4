package dev.tidemark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ConversionTarget;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.Verification;
import dev.tidemark.run.Outcome;
import dev.tidemark.schema.Interval;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A table {@code events}, converted, used for a while, and taken back. Closes each session before the next. */
final class WayBackScenario {
    static final TableName EVENTS = new TableName("public", "events");

    /** Two days, the younger without an end. */
    static final String PARTITIONS =
            """
            CREATE TABLE kinds (kind text PRIMARY KEY);
            INSERT INTO kinds VALUES ('a'), ('b');
            CREATE TABLE events (id bigint NOT NULL, kind text REFERENCES kinds, amount int DEFAULT 1, at timestamptz NOT NULL,
              note text, old text, PRIMARY KEY (id, at), CONSTRAINT small CHECK (amount < 1000)) PARTITION BY RANGE (at);
            CREATE INDEX events_kind ON events (kind, at);
            CREATE INDEX events_by_old ON events (old);
            DO $$
            DECLARE
                today CONSTANT timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
            BEGIN
                EXECUTE format('CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (MINVALUE) TO (%L)', today);
                EXECUTE format('CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (%L) TO (MAXVALUE)', today);
                INSERT INTO events (id, kind, at) SELECT n, 'a', today + (n - 500) * interval '1 minute' FROM generate_series(1, 1000) AS n;
            END $$""";

    /** The same as one heap. */
    static final String HEAP =
            """
            CREATE TABLE kinds (kind text PRIMARY KEY);
            INSERT INTO kinds VALUES ('a'), ('b');
            CREATE TABLE events (id bigint NOT NULL, kind text REFERENCES kinds, amount int DEFAULT 1, at timestamptz NOT NULL,
              note text, old text, PRIMARY KEY (id, at), CONSTRAINT small CHECK (amount < 1000));
            CREATE INDEX events_kind ON events (kind, at);
            CREATE INDEX events_by_old ON events (old);
            INSERT INTO events (id, kind, at) SELECT n, 'a', now() + (n - 500) * interval '1 minute' FROM generate_series(1, 1000) AS n""";

    private static final String FORMER =
            """
            SELECT c.relname::text, c.oid::text, pg_relation_filenode(c.oid)::text, coalesce(pg_get_expr(c.relpartbound, c.oid), '')
              FROM pg_class AS c WHERE c.relname ~ '^events(_[0-9])?$' AND c.relkind = 'r' ORDER BY 1""";

    private final Database database;
    private final Strategy strategy;

    WayBackScenario(Database database, Strategy strategy) {
        this.database = database;
        this.strategy = strategy;
    }

    void convert(String start) throws SQLException {
        database.execute(start);
        try (Connection connection = database.connect()) {
            Tidemark.on(connection).apply(request(Duration.ofSeconds(20)));
        }
    }

    Outcome goBack() throws SQLException {
        return goBack(Duration.ofSeconds(20));
    }

    Outcome goBack(Duration maxPause) throws SQLException {
        try (Connection connection = database.connect()) {
            return Tidemark.on(connection).undo(List.of(EVENTS), Tuning.of(maxPause));
        }
    }

    /** Refused, with nothing changed; and once the obstacle is gone it works. */
    void isRefused(String obstacle, String remedy, String... words) throws SQLException {
        database.execute(obstacle);
        assertThatThrownBy(this::goBack).hasMessageContainingAll(words);
        assertThat(state()).isEqualTo("DONE");
        assertThat(database.number("SELECT count(*) FROM tidemark.step WHERE state <> 'DONE'"))
                .isZero();
        database.execute(remedy);
        goBack();
        assertThat(state()).isEqualTo("UNDONE");
    }

    String state() {
        return database.value("SELECT state FROM tidemark.run ORDER BY started_at DESC LIMIT 1");
    }

    /** Name, oid, file node and bounds of what held the rows before. */
    List<List<String>> former() {
        return database.rows(FORMER);
    }

    /** Everything about {@code events} that is not storage, in words that do not depend on the layout. */
    List<String> definition() {
        return database.column(
                """
                SELECT concat_ws(' ', 'column', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attcollation::regcollation, a.attgenerated,
                                 pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum), a.attacl::text)
                  FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                 WHERE a.attrelid = 'events'::regclass AND a.attnum > 0 AND NOT a.attisdropped
                UNION ALL
                SELECT concat_ws(' ', 'constraint', conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'))
                  FROM pg_constraint WHERE conrelid = 'events'::regclass AND contype IN ('c', 'f', 'p', 'u') AND conparentid = 0
                UNION ALL
                SELECT concat_ws(' ', 'index', replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON '), indisvalid, obj_description(indexrelid, 'pg_class'))
                  FROM pg_index WHERE indrelid = 'events'::regclass
                UNION ALL
                SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger
                 WHERE tgrelid = 'events'::regclass AND NOT tgisinternal AND tgname <> 'ts_insert_blocker'
                UNION ALL
                SELECT concat_ws(' ', 'policy', polname, polcmd, pg_get_expr(polqual, polrelid)) FROM pg_policy WHERE polrelid = 'events'::regclass
                UNION ALL
                SELECT concat_ws(' ', 'grant', grantee::regrole, privilege_type, is_grantable)
                  FROM pg_class AS c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) WHERE c.oid = 'events'::regclass
                UNION ALL
                SELECT concat_ws(' ', 'table', relrowsecurity, relowner::regrole, obj_description(oid, 'pg_class')) FROM pg_class WHERE oid = 'events'::regclass
                UNION ALL
                SELECT concat_ws(' ', 'view', viewname, definition) FROM pg_views WHERE schemaname = 'public' AND viewname LIKE 'seen%'
                UNION ALL
                SELECT concat_ws(' ', 'statistics', stxname, stxkind) FROM pg_statistic_ext WHERE stxrelid = 'events'::regclass
                 ORDER BY 1""");
    }

    private ConversionRequest request(Duration maxPause) {
        return new ConversionRequest(
                List.of(new ConversionTarget(
                        EVENTS,
                        "at",
                        Optional.empty(),
                        Optional.of(Interval.parse("1 day")),
                        Optional.of(Interval.parse("100 days")),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty())),
                new Options(
                        strategy,
                        maxPause,
                        ForeignKeyChoice.TRIGGER,
                        KeyChoice.EXTEND,
                        false,
                        true,
                        PolicyStart.AFTER_FINALIZE,
                        Verification.STORAGE));
    }
}

package dev.tidemark.partitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import java.sql.SQLException;

/** A table {@code events (id, at, note)} on its way back to a plain one, held up while rows 1000 to 1009 are in a part that has not returned. */
final class HalfWayBack {
    static final TableName EVENTS = new TableName("public", "events");
    /** A row later than the boundary that the history partition does not take, whoever it is. */
    private static final String STOP =
            "INSERT INTO events VALUES (900, date_trunc('day', now()) + interval '5 days', 'stop')";
    /** The next partition comes after that of the row that stops. */
    private static final String LATER =
            "INSERT INTO events SELECT n, date_trunc('day', now()) + interval '6 days', 'n' || n FROM generate_series(1000, 1009) AS n";

    private final Database database;
    private final Attaching attaching;

    private HalfWayBack(Database database, Attaching attaching) {
        this.database = database;
        this.attaching = attaching;
    }

    /** @param more what else is there before the conversion */
    static HalfWayBack of(Database database, String more) throws SQLException {
        database.execute(
                "CREATE TABLE events (id bigint CONSTRAINT events_pkey PRIMARY KEY, at timestamptz NOT NULL, note text)");
        database.execute(
                "INSERT INTO events SELECT n, date_trunc('day', now()) - n * interval '1 hour', 'n' || n FROM generate_series(1, 50) AS n");
        database.execute(more);
        Attaching attaching = new Attaching(database, EVENTS).by("at", "1 day").foreignKeys(ForeignKeyChoice.TRIGGER);
        attaching.convert();
        database.execute(STOP);
        database.execute(LATER);
        database.execute("ALTER TABLE events_old ADD CONSTRAINT no_stop CHECK (note <> 'stop') NO INHERIT");
        assertThatThrownBy(attaching::goBack).hasMessageContaining("violates check constraint \"no_stop\"");
        assertThat(database.number("SELECT count(*) FROM ONLY events")).isEqualTo(50);
        return new HalfWayBack(database, attaching);
    }

    /** The other half. */
    void rest() throws SQLException {
        database.execute("ALTER TABLE ONLY events DROP CONSTRAINT no_stop");
        attaching.goBack();
        assertThat(database.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                .isZero();
    }
}

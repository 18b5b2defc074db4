package dev.tidemark;

import dev.tidemark.journal.Control;
import dev.tidemark.journal.ControlChange;
import dev.tidemark.journal.Controls;
import dev.tidemark.journal.Journal;
import dev.tidemark.journal.RunStatus;
import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.TableName;
import java.util.Optional;

/** Says to the unfinished run on a table what people want of it; the run itself goes on in another session. */
final class Steering {
    private final Journal journal;
    private final Controls controls;

    Steering(Session session, Journal journal) {
        this.journal = journal;
        this.controls = new Controls(session, journal);
    }

    Control change(TableName table, ControlChange change) {
        return controls.change(unfinished(table), change);
    }

    Control of(TableName table) {
        return controls.read(unfinished(table));
    }

    Control of(RunStatus run) {
        return controls.read(run.id());
    }

    private String unfinished(TableName table) {
        return journal.status(Optional.of(table)).stream()
                .filter(run -> run.state().isUnfinished())
                .findFirst()
                .map(RunStatus::id)
                .orElseThrow(() -> new Refused("There is no unfinished run on " + table
                        + ", so there is nothing to steer. \"liquibase tidemark status\" lists the runs."));
    }
}

package dev.tidemark.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.Rows;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One fault: a run that is struck, the same command again until it ends well, and what must hold then. */
final class Trial {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    /** Starts that may be needed: sessions of a dead process end in their own time. */
    private static final int STARTS = 30;

    private static final Duration BEFORE_NEXT_START = Duration.ofMillis(250);
    /** maxPause, the second that a frozen client has, and a machine that has other things to do. */
    private static final Duration LONGEST_WAIT =
            Conversion.MAX_PAUSE.plusSeconds(1).multipliedBy(2);

    private static final String DONE =
            "SELECT s::text FROM tidemark.slice AS s WHERE state = 'DONE' ORDER BY run, step, back, number";
    private static final String STATE = "SELECT state FROM tidemark.run ORDER BY started_at DESC LIMIT 1";
    private static final String COPIED =
            "SELECT coalesce(%s(s.rows), 0) FROM tidemark.slice AS s JOIN tidemark.step AS p ON p.run = s.run AND p.ordinal = s.step WHERE p.id = 'copy' AND NOT s.back";
    /** Rows ever inserted into the table's storage. */
    private static final String INSERTED =
            """
            WITH RECURSIVE tree AS (SELECT 'events'::regclass::oid AS oid UNION ALL SELECT i.inhrelid FROM pg_inherits AS i JOIN tree AS t ON t.oid = i.inhparent)
            SELECT sum(pg_stat_get_tuples_inserted(oid)) FROM tree""";

    private static final Pattern HOLDER = Pattern.compile("\\(pid (\\d+), ");

    /**
     * What came of it.
     *
     * @param hit whether a run was struck at all; what missed shows nothing
     * @param starts how often the command was given
     * @param longestWait the longest that a statement of the application took
     * @param answer what the struck run said, if it said anything
     */
    record Result(Blow blow, boolean hit, int starts, Duration longestWait, String answer) {}

    private final Stage stage;
    private final Blow blow;
    private final Random random;

    Trial(Stage stage, Blow blow) {
        this.stage = stage;
        this.blow = blow;
        this.random = blow.random();
    }

    /** @throws AssertionError where a promise does not hold */
    Result run() {
        Stage.Undisturbed undisturbed = stage.undisturbed(blow.conversion(), blow.back());
        Optional<SmallDisk> disk = blow.fault() == Fault.DISK_FULL ? Optional.of(stage.disk()) : Optional.empty();
        try (Database database = stage.databaseFor(blow);
                Attack attack = Attack.of(blow.fault(), stage.server(), disk);
                Application application = Application.start(
                        database, blow.conversion(), blow.fault().hitsApplication())) {
            attack.prepare(database, blow, random);
            Optional<String> failure = struck(database, attack, undisturbed.timetable());
            boolean hit = attack.over(database, failure) && !failure.equals(MISSED);
            if (!hit) {
                return new Result(blow, false, 1, Duration.ZERO, "");
            }
            failure.ifPresent(this::assertToldWhatToDo);
            int starts = converge(database, failure, attack.kills());
            application.stop();
            verify(database, application, undisturbed);
            return new Result(blow, true, starts, application.waits().max(), failure.orElse(""));
        } catch (Exception | AssertionError e) {
            throw new AssertionError(blow + ": " + e.getMessage(), e);
        }
    }

    private static final Optional<String> MISSED = Optional.of("missed");

    /** Returns what the struck run failed with: empty if it went on to its end, or was killed. */
    private Optional<String> struck(Database database, Attack attack, Timetable timetable) throws Exception {
        try (Proxy proxy = Proxy.to(Stage.port(database.server()));
                Watch watch = new Watch(database, blow.back());
                Client client = start(database, proxy.port())) {
            boolean hit = attack.strike(new Scene(blow, database, watch, client, proxy, timetable, random));
            Optional<String> failure = attack.kills() ? Optional.empty() : client.end(LIMIT);
            return hit ? failure : MISSED;
        }
    }

    private Client start(Database database, int port) {
        if (blow.fault().strikesProcess()) {
            return CommandLine.start(database, blow.conversion(), blow.back());
        }
        return Facade.start(
                database,
                port,
                blow.fault() == Fault.DISK_FULL ? Optional.of(SmallDisk.TABLESPACE) : Optional.empty(),
                blow.conversion(),
                blow.back());
    }

    /** Nothing is wrong with the conversion, unless the disk is full. */
    private void assertToldWhatToDo(String failure) {
        assertThat(failure).as("what the struck run said").containsIgnoringCase("run the same change again");
        if (blow.fault() != Fault.DISK_FULL) {
            assertThat(failure).as("what the struck run said").doesNotContain("Remove the cause");
        }
    }

    /** Returns how often the command was given in all. */
    private int converge(Database database, Optional<String> struck, boolean killed) throws InterruptedException {
        Optional<String> failure = killed ? Optional.of("killed") : struck;
        int starts = 1;
        while (failure.isPresent()) {
            assertThat(starts).as("starts; the last said: " + failure.get()).isLessThan(STARTS);
            if (starts > 1) {
                followAdvice(database, failure.get());
            }
            List<String> done = database.column(DONE);
            failure = again(database);
            starts++;
            assertThat(database.column(DONE)).as("finished slices").containsAll(done);
        }
        assertThat(database.value(STATE)).isEqualTo(blow.back() ? "UNDONE" : "DONE");
        return starts;
    }

    private Optional<String> again(Database database) {
        if (blow.fault().strikesProcess()) {
            CommandLine.releaseLocks(database);
        }
        try (Client client = start(database, Stage.port(database.server()))) {
            return client.end(LIMIT);
        }
    }

    /** "Wait until it has ended, or end that session": where the network is dead the server would wait for hours. */
    private void followAdvice(Database database, String said) throws InterruptedException {
        Matcher holder = HOLDER.matcher(said);
        if (blow.fault() == Fault.NETWORK_DEAD && holder.find()) {
            database.rows("SELECT pg_terminate_backend(" + holder.group(1) + ")");
        }
        Thread.sleep(BEFORE_NEXT_START.toMillis());
    }

    private void verify(Database database, Application application, Stage.Undisturbed undisturbed)
            throws IOException, SQLException {
        assertThat(application.failures())
                .as("failed statements of the application")
                .isEmpty();
        assertThat(application.ledger().differences(database, Application.WRITTEN))
                .as("rows of the application")
                .isEmpty();
        assertThat(database.column(Application.WRONG)).as("contents of them").isEmpty();
        assertThat(Rows.of(database, Application.UNTOUCHED))
                .as("rows that nobody changed")
                .isEqualTo(undisturbed.untouched());
        assertThat(Stage.left(database)).as("what is there").isEqualTo(undisturbed.left());
        if (blow.fault().strikesProcess()) {
            assertThat(database.number("SELECT count(*) FROM databasechangelog"))
                    .isEqualTo(blow.back() ? 0 : 1);
        }
        if (!blow.fault().hitsApplication()) {
            assertThat(application.waits().max()).as("longest wait").isLessThan(LONGEST_WAIT);
        }
        if (!blow.back()) {
            assertNothingTwice(database, application.written());
        }
    }

    /** What the application wrote comes once by replay or by itself, and once more where a batch was taken back. */
    private void assertNothingTwice(Database database, long written) {
        long copied = database.number(COPIED.formatted("sum"));
        assertThat(copied).as("rows of the slices").isLessThanOrEqualTo(Application.ROWS + written);
        if (blow.fault().hitsApplication()) {
            return; // the server's counters are gone
        }
        long lost = Conversion.WORKERS * database.number(COPIED.formatted("max"));
        assertThat(database.number(INSERTED))
                .as("rows inserted, a slice per worker being " + lost)
                .isLessThanOrEqualTo(Application.ROWS + lost + 2 * written);
    }
}

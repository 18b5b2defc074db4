package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.Optional;

/**
 * What a step does, in one direction. All of it is SQL, so that the runner, the printer of {@code update-sql} and the journal share it.
 *
 * <p>Every statement stands on its own and names everything with its schema: it runs under {@code search_path = pg_catalog, pg_temp},
 * {@code TimeZone = UTC}, {@code DateStyle = ISO}.
 */
public sealed interface Action {

    /** Exactly one method of {@code interpreter} is called, the one for this action. */
    <R> R interpretedBy(Interpreter<R> interpreter);

    /** Whether it only asks, so that a run which comes to it stays what it was. */
    default boolean onlyAsks() {
        return false;
    }

    /** What comes before a window, commits by itself and may be repeated; nothing for what is no window. */
    default List<Sql> preparation() {
        return List.of();
    }

    /** One method for each kind of action. */
    interface Interpreter<R> {
        R window(Window action);

        R online(Online action);

        R selfCommitting(SelfCommitting action);

        R check(Check action);

        R slices(Slices action);

        R cutover(Cutover action);

        R buildIndexes(BuildIndexes action);

        R nothing(Nothing action);
    }

    /**
     * One transaction in which application statements can wait: the lock wait plus the hold stay within {@code maxPause}, else everything is
     * rolled back and tried again later.
     *
     * @param prepare statements that commit by themselves and come before every attempt: what must be as fresh as possible
     * @param lock the first statement, which takes every lock that anybody could mind; its waiting time is the lock wait
     * @param statements the rest, in order
     */
    record Window(List<Sql> prepare, Sql lock, List<Sql> statements) implements Action {
        public Window {
            prepare = List.copyOf(prepare);
            statements = List.copyOf(statements);
        }

        @Override
        public <R> R interpretedBy(Interpreter<R> interpreter) {
            return interpreter.window(this);
        }

        @Override
        public List<Sql> preparation() {
            return prepare;
        }
    }

    /**
     * Statements that may take long because they hold no lock that reading or writing would wait for; each is a transaction of its own, and a
     * resume goes on after the last that committed.
     *
     * @param statements in order
     */
    record Online(List<Sql> statements) implements Action {
        public Online {
            statements = List.copyOf(statements);
        }

        @Override
        public <R> R interpretedBy(Interpreter<R> interpreter) {
            return interpreter.online(this);
        }
    }

    /**
     * Statements that commit by themselves, piece by piece ({@code DO} blocks with COMMIT), because how many pieces there are is known only when
     * they run. Each does nothing where its work is done already, so a resume simply runs it again.
     *
     * @param statements in order
     */
    record SelfCommitting(List<Sql> statements) implements Action {
        public SelfCommitting {
            statements = List.copyOf(statements);
        }

        @Override
        public <R> R interpretedBy(Interpreter<R> interpreter) {
            return interpreter.selfCommitting(this);
        }
    }

    /**
     * Questions to the catalog that change nothing and raise what stands in the way: a refusal, after which everything is as before. At the end of a
     * recipe they are asked before its way back begins.
     *
     * @param statements in order
     */
    record Check(List<Sql> statements) implements Action {
        public Check {
            statements = List.copyOf(statements);
        }

        @Override
        public <R> R interpretedBy(Interpreter<R> interpreter) {
            return interpreter.check(this);
        }

        @Override
        public boolean onlyAsks() {
            return true;
        }
    }

    /**
     * Work cut into slices, which workers do side by side; each is a transaction that holds the slice's row of the journal too, so that a finished
     * slice is never done again. A resume goes on with the slices that are left.
     *
     * @param unit what slices are measured in, so how one that takes too long is cut
     * @param parts lists the slices to begin with: {@code part text, lower text, upper text, weight bigint}; asked once
     * @param work what is done for a slice
     * @param cut for {@link Unit#KEYS}: asks for the upper bound of the next so many rows; for numbers: for one that leaves a slice no more bytes than it
     *     may have. NULL where the slice may stay as it is
     */
    record Slices(Unit unit, Sql parts, SliceWork work, Optional<SliceWork> cut) implements Action {

        /** What the bounds of a slice are. */
        public enum Unit {
            /** It has none and is never cut; its {@code part} is a statement or a table. */
            WHOLE,
            /** Places in a heap, {@code block,row}, the upper one excluded; its weight counts blocks. */
            BLOCKS,
            /** Positions of a time or of an integer, the upper one excluded. */
            POSITIONS,
            /** Values of a key as an array of texts, the upper one excluded, NULL for the end; its weight counts rows. */
            KEYS;

            /** Whether bounds are numbers, which can be cut without a look at the table. */
            public boolean isNumber() {
                return this == BLOCKS || this == POSITIONS;
            }
        }

        /** Statements that do not depend on each other. */
        public static Slices of(List<Sql> statements) {
            return new Slices(
                    Unit.WHOLE,
                    statements.isEmpty()
                            ? new Sql(
                                    "SELECT NULL::text AS part, NULL::text AS lower, NULL::text AS upper, 0::bigint AS weight WHERE false")
                            : Sql.of(
                                    "SELECT statement AS part, NULL::text AS lower, NULL::text AS upper, 1::bigint AS weight FROM (VALUES %s) AS v(statement)",
                                    Sql.join(
                                            ", ",
                                            statements.stream()
                                                    .map(s -> Sql.of("(%L)", s.text()))
                                                    .toList())),
                    SliceWork.of(SliceWork.PART),
                    Optional.empty());
        }

        @Override
        public <R> R interpretedBy(Interpreter<R> interpreter) {
            return interpreter.slices(this);
        }
    }

    /**
     * The window after which the application uses a copy. What its writers did last is replayed while readers still read the old table: by a second
     * connection, because a transaction that began before must see it as committed. With one connection it is replayed before the window, and the window
     * is tried again at once where something has come in between.
     *
     * @param prepare statements that commit by themselves and come before every attempt
     * @param hold keeps writers out and lets readers go on
     * @param replay makes the copy equal to the table; commits before {@code lock}
     * @param settle comes after {@code hold} and {@code replay}: raises TM409 if something is left to replay, TM408 as long as somebody works with a
     *     snapshot older than the replay
     * @param lock keeps readers out too
     * @param statements the rest, in order
     */
    record Cutover(List<Sql> prepare, Sql hold, List<Sql> replay, Sql settle, Sql lock, List<Sql> statements)
            implements Action {
        public Cutover {
            prepare = List.copyOf(prepare);
            replay = List.copyOf(replay);
            statements = List.copyOf(statements);
        }

        @Override
        public <R> R interpretedBy(Interpreter<R> interpreter) {
            return interpreter.cutover(this);
        }

        @Override
        public List<Sql> preparation() {
            return prepare;
        }
    }

    /**
     * Indexes of a table that the application uses, built beside it, one after the other. PostgreSQL does that outside of a transaction only
     * ({@code CREATE INDEX CONCURRENTLY}), waits meanwhile for transactions that began before, and leaves an invalid index behind where it is broken off.
     *
     * @param prepare come first, and take away what is left of a build that was broken off; each commits by itself and may be repeated
     * @param build build what is not there; each does nothing where it is
     */
    record BuildIndexes(List<Sql> prepare, List<Sql> build) implements Action {
        public BuildIndexes {
            prepare = List.copyOf(prepare);
            build = List.copyOf(build);
        }

        @Override
        public <R> R interpretedBy(Interpreter<R> interpreter) {
            return interpreter.buildIndexes(this);
        }
    }

    /**
     * Deliberately nothing.
     *
     * @param why the reason, shown in the plan
     */
    record Nothing(String why) implements Action {
        @Override
        public <R> R interpretedBy(Interpreter<R> interpreter) {
            return interpreter.nothing(this);
        }
    }
}

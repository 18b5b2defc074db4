package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.List;

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

    /** One method for each kind of action. */
    interface Interpreter<R> {
        R window(Window action);

        R online(Online action);

        R selfCommitting(SelfCommitting action);

        R check(Check action);

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

package dev.tidemark.journal;

import dev.tidemark.plan.Action;
import dev.tidemark.plan.SliceWork;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An action as a journal row holds it.
 *
 * @param kind which kind of action
 * @param statements its texts; a window's preparation comes first, then its lock, and the reason of nothing is its only one
 */
record StoredAction(String kind, List<String> statements) {
    /** Followed by the number of its preparing statements, which come first. */
    private static final String WINDOW = "WINDOW ";

    private static final String ONLINE = "ONLINE";
    private static final String SELF_COMMITTING = "SELF_COMMITTING";
    private static final String CHECK = "CHECK";
    /** Followed by the unit. */
    static final String SLICES = "SLICES ";
    /** Followed by the numbers of its preparing and of its replaying statements. */
    private static final String CUTOVER = "CUTOVER ";

    /** Followed by the number of its preparing statements, which come first. */
    private static final String BUILD_INDEXES = "BUILD_INDEXES ";

    private static final String NOTHING = "NOTHING";

    StoredAction {
        statements = List.copyOf(statements);
    }

    static StoredAction of(Action action) {
        return action.interpretedBy(new Action.Interpreter<>() {
            @Override
            public StoredAction window(Action.Window window) {
                List<Sql> all = new ArrayList<>(window.prepare());
                all.add(window.lock());
                all.addAll(window.statements());
                return new StoredAction(WINDOW + window.prepare().size(), texts(all));
            }

            @Override
            public StoredAction online(Action.Online online) {
                return new StoredAction(ONLINE, texts(online.statements()));
            }

            @Override
            public StoredAction selfCommitting(Action.SelfCommitting selfCommitting) {
                return new StoredAction(SELF_COMMITTING, texts(selfCommitting.statements()));
            }

            @Override
            public StoredAction check(Action.Check check) {
                return new StoredAction(CHECK, texts(check.statements()));
            }

            @Override
            public StoredAction slices(Action.Slices slices) {
                List<String> texts = new ArrayList<>(
                        List.of(slices.parts().text(), slices.work().format()));
                slices.cut().ifPresent(cut -> texts.add(cut.format()));
                return new StoredAction(SLICES + slices.unit().name(), texts);
            }

            @Override
            public StoredAction cutover(Action.Cutover cutover) {
                List<Sql> all = new ArrayList<>(cutover.prepare());
                all.addAll(cutover.replay());
                all.addAll(List.of(cutover.hold(), cutover.settle(), cutover.lock()));
                all.addAll(cutover.statements());
                return new StoredAction(
                        CUTOVER + cutover.prepare().size() + " "
                                + cutover.replay().size(),
                        texts(all));
            }

            @Override
            public StoredAction buildIndexes(Action.BuildIndexes indexes) {
                List<Sql> all = new ArrayList<>(indexes.prepare());
                all.addAll(indexes.build());
                return new StoredAction(BUILD_INDEXES + indexes.prepare().size(), texts(all));
            }

            @Override
            public StoredAction nothing(Action.Nothing nothing) {
                return new StoredAction(NOTHING, List.of(nothing.why()));
            }
        });
    }

    Action action() {
        List<Sql> all = statements.stream().map(Sql::new).toList();
        if (kind.startsWith(WINDOW)) {
            int prepare = Integer.parseInt(kind.substring(WINDOW.length()));
            return new Action.Window(all.subList(0, prepare), all.get(prepare), all.subList(prepare + 1, all.size()));
        }
        if (kind.startsWith(SLICES)) {
            return new Action.Slices(
                    Action.Slices.Unit.valueOf(kind.substring(SLICES.length())),
                    all.get(0),
                    new SliceWork(statements.get(1)),
                    statements.size() > 2 ? Optional.of(new SliceWork(statements.get(2))) : Optional.empty());
        }
        if (kind.startsWith(BUILD_INDEXES)) {
            int first = Integer.parseInt(kind.substring(BUILD_INDEXES.length()));
            return new Action.BuildIndexes(all.subList(0, first), all.subList(first, all.size()));
        }
        if (kind.startsWith(CUTOVER)) {
            return cutover(kind.substring(CUTOVER.length()), all);
        }
        return switch (kind) {
            case ONLINE -> new Action.Online(all);
            case SELF_COMMITTING -> new Action.SelfCommitting(all);
            case CHECK -> new Action.Check(all);
            case NOTHING -> new Action.Nothing(statements.get(0));
            default ->
                throw new Refused(
                        "The journal holds an action of kind " + kind
                                + ", which this Tidemark does not know. Go on with the Tidemark that wrote it, or a later one.");
        };
    }

    private static Action cutover(String counts, List<Sql> all) {
        int space = counts.indexOf(' ');
        int prepare = Integer.parseInt(counts.substring(0, space));
        int fixed = prepare + Integer.parseInt(counts.substring(space + 1));
        return new Action.Cutover(
                all.subList(0, prepare),
                all.get(fixed),
                all.subList(prepare, fixed),
                all.get(fixed + 1),
                all.get(fixed + 2),
                all.subList(fixed + 3, all.size()));
    }

    private static List<String> texts(List<Sql> statements) {
        return statements.stream().map(Sql::text).toList();
    }
}

package dev.tidemark.plan;

/**
 * One step of a plan, with its way back.
 *
 * @param id short and unique in its plan, e.g. {@code cutover}; what journal, messages and documents call it
 * @param why what it is for, one or two sentences for the runbook
 * @param up what it does
 * @param down what takes it back; works too where {@code up} was interrupted halfway
 * @param ages whether what it finds out, before the cutover or before the way back from it, grows old: it is done again when that comes much later
 */
public record Step(String id, String why, Action up, Action down, boolean ages) {
    /** The step after which the application uses the new layout. */
    public static final String CUTOVER = "cutover";

    /** The step that replays what has changed, beside the application. */
    public static final String CATCH_UP = "catch-up";

    /** One that is done once. */
    public Step(String id, String why, Action up, Action down) {
        this(id, why, up, down, false);
    }

    /** Whether the application uses the new layout after it. */
    public boolean isCutover() {
        return id.equals(CUTOVER);
    }

    /** The same, to be done again when the cutover, or the way back from it, comes much later. */
    Step ageing() {
        return new Step(id, why, up, down, true);
    }
}

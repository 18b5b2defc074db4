package dev.tidemark.plan;

/**
 * Something preflight has to say.
 *
 * @param code stable, {@code TM} and three digits; MIGRATION_PLAN.md explains each
 * @param blocking whether the conversion is refused because of it
 * @param what what is the case, naming the object and the reason
 * @param remedy what to do about it
 */
public record Finding(String code, boolean blocking, String what, String remedy) {

    /** One that refuses the conversion. */
    public static Finding blocking(String code, String what, String remedy) {
        return new Finding(code, true, what, remedy);
    }

    /** One that only informs. */
    public static Finding note(String code, String what, String remedy) {
        return new Finding(code, false, what, remedy);
    }

    /** {@code TM101 what. remedy}. */
    @Override
    public String toString() {
        return code + " " + what + " " + remedy;
    }
}

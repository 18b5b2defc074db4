package dev.tidemark.faults;

import java.util.Random;

/**
 * One random fault.
 *
 * @param conversion of which conversion
 * @param fault what goes wrong
 * @param back whether on the way back
 * @param step during which step
 * @param fraction when, as a share of the time that the step takes undisturbed
 * @param dice decides what is left open: which session, which lock, how long
 */
record Blow(Conversion conversion, Fault fault, boolean back, String step, double fraction, long dice) {

    /** The same numbers every time. */
    Random random() {
        return new Random(dice);
    }

    @Override
    public String toString() {
        return "%s%s: %s in %s at %.2f".formatted(conversion, back ? ", back" : "", fault, step, fraction);
    }
}

package dev.tidemark.bench;

import dev.tidemark.plan.ConversionRequest;
import java.util.List;

/**
 * One conversion, and other ways to the same table.
 *
 * @param name what is converted into what
 * @param rows rows of the source
 * @param start SQL that makes the source anew
 * @param request the conversion
 * @param write a statement of an application that writes meanwhile, with one number as its parameter; beside ours only
 * @param perSecond how often it writes
 * @param rivals the other ways
 */
record Contest(
        String name,
        long rows,
        String start,
        ConversionRequest request,
        String write,
        double perSecond,
        List<Rival> rivals) {

    /**
     * Another way.
     *
     * @param name what somebody would call it
     * @param sql how it is done, with nobody writing
     * @param atLeast how many times faster ours must be
     */
    record Rival(String name, String sql, double atLeast) {}
}

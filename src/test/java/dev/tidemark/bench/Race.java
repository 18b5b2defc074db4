package dev.tidemark.bench;

import dev.tidemark.plan.ConversionRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One conversion while an application writes, against other ways to the same table while nobody does.
 *
 * @param name what is converted into what
 * @param rows rows of the source
 * @param start SQL that makes the source anew
 * @param request the conversion
 * @param application writes beside ours
 * @param seeds what of a table, after its name, the application leaves alone
 * @param rivals the other ways
 */
record Race(
        String name,
        long rows,
        String start,
        ConversionRequest request,
        Application application,
        String seeds,
        List<Rival> rivals)
        implements Contest {

    /** Of the time from capture to catch-up. */
    private static final double PROOF_AT_MOST = 40;

    /**
     * Another way.
     *
     * @param name what somebody would call it
     * @param sql how it is done
     * @param table where its rows are then
     * @param atLeast how many times faster ours must be
     */
    record Rival(String name, String sql, String table, double atLeast) {}

    @Override
    public List<Way> ways() {
        List<Way> ways = new ArrayList<>();
        ways.add(ours());
        rivals.forEach(rival -> ways.add(theirs(rival)));
        return ways;
    }

    private Way ours() {
        return new Way("Tidemark, with its proof, an application writing", this::convert);
    }

    private Map<Figure, Double> convert(Arena arena) throws Exception {
        arena.prepare(start);
        Map<Figure, Double> figures = application.beside(arena.database(), () -> Ours.convert(arena, request));
        String table = request.names().get(0).name();
        figures.merge(
                Figure.DIFFERENCES,
                Contents.differences(
                        arena.database(), "SELECT * FROM " + table + seeds, "SELECT * FROM " + table + "_old" + seeds),
                Double::sum);
        return figures;
    }

    private Way theirs(Rival rival) {
        return new Way(rival.name(), arena -> {
            arena.prepare(start);
            Map<Figure, Double> figures = arena.measured(() -> arena.psql(rival.sql()));
            long found = arena.database().number("SELECT count(*) FROM " + rival.table());
            if (found != rows) {
                throw new IllegalStateException(rival.name() + " left " + found + " of " + rows + " rows");
            }
            return figures;
        });
    }

    @Override
    public List<Promise> promises(Samples samples) {
        Way ours = ours();
        List<Promise> promises = new ArrayList<>();
        rivals.forEach(rival -> promises.add(Promise.atLeastTimes(
                "faster than " + rival.name(),
                rival.atLeast(),
                samples.median(theirs(rival), Figure.TOTAL) / samples.median(ours, Figure.TOTAL))));
        promises.add(Promise.atMost(
                "time of the proof, of that from capture to catch-up",
                Figure.PROOF,
                PROOF_AT_MOST,
                samples.median(ours, Figure.PROOF)));
        promises.add(Promise.atMost(
                "longest wait of the application",
                Figure.LONGEST_WAIT,
                Wish.MAX_PAUSE_MILLIS,
                samples.greatest(ours, Figure.LONGEST_WAIT)));
        promises.add(Promise.none("statements of the application that failed", samples.greatest(ours, Figure.FAILED)));
        promises.add(Promise.none("rows that differ", samples.greatest(ours, Figure.DIFFERENCES)));
        promises.addAll(Foretold.promises(samples, ours));
        return promises;
    }
}

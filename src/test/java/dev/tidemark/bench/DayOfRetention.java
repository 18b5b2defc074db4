package dev.tidemark.bench;

import dev.tidemark.Tidemark;
import dev.tidemark.maintenance.ManagedTable;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A day of a log has grown too old: its partition goes, or its rows are deleted, as the job did before there were partitions. */
final class DayOfRetention implements Contest {
    /** Most of what dropping takes is the file system's, which frees a file after the locks have gone. */
    private static final double FASTER = 2;
    /** Of the write-ahead log that deleting takes. */
    private static final double LOG_AT_MOST = 1 / 50.0;

    private static final String OLD =
            "at < date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 day'";
    private static final String DELETE = "DELETE FROM log WHERE " + OLD + ";\n";

    private final long rows;

    /** 4 M rows of two days; scaled by {@code share}. */
    DayOfRetention(double share) {
        this.rows = Math.round(4_000_000 * share);
    }

    @Override
    public String name() {
        return "retention of a day";
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public List<Way> ways() {
        return List.of(
                new Way("Tidemark.maintain: the partition is dropped", this::drop),
                new Way("DELETE of the same rows", arena -> delete(arena, DELETE)),
                new Way("DELETE, and the VACUUM it needs", arena -> delete(arena, DELETE + "VACUUM log;\n")));
    }

    private Map<Figure, Double> drop(Arena arena) throws Exception {
        prepare(arena, "retention => '1 day', premake => 1");
        try (Connection connection = arena.database().connect()) {
            Tidemark tidemark = Tidemark.on(connection);
            return left(arena, arena.measured(() -> tidemark.maintain(Optional.empty())));
        }
    }

    private Map<Figure, Double> delete(Arena arena, String sql) throws Exception {
        prepare(arena, "premake => 1");
        return left(arena, arena.measured(() -> arena.psql(sql)));
    }

    private void prepare(Arena arena, String settings) throws Exception {
        arena.prepare("");
        ManagedTable.of(arena.database(), "timestamptz", settings);
        arena.psql(
                """
                ALTER TABLE log ADD body jsonb, ADD kind text;
                CREATE INDEX ON log (at);
                CREATE INDEX ON log (kind, at DESC);
                SELECT count(*) FROM tidemark.make_partitions_for('log', now() - interval '2 days', now() + interval '1 day');
                INSERT INTO log SELECT i, date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '2 days' + i * interval '2 days' / %1$d,
                       jsonb_build_object('number', i, 'value', md5(i::text)), 'kind ' || i %% 20
                  FROM generate_series(0, %1$d - 1) AS i;
                """
                        .formatted(rows));
        arena.database().execute("VACUUM (ANALYZE) log");
        arena.database().execute("CHECKPOINT");
    }

    /** The younger of two days, whichever way. */
    private Map<Figure, Double> left(Arena arena, Map<Figure, Double> figures) {
        long expected = rows - arena.database().number("SELECT ceil(" + rows + " / 2.0)::bigint");
        figures.put(
                Figure.DIFFERENCES,
                (double) Math.abs(arena.database().number("SELECT count(*) FROM log WHERE NOT " + OLD) - expected)
                        + arena.database().number("SELECT count(*) FROM log WHERE " + OLD));
        return figures;
    }

    @Override
    public List<Promise> promises(Samples samples) {
        Way ours = ways().get(0);
        List<Promise> promises = new ArrayList<>();
        for (Way way : ways()) {
            if (!way.name().equals(ours.name())) {
                promises.add(Promise.atLeastTimes(
                        "faster than " + way.name(),
                        FASTER,
                        samples.median(way, Figure.TOTAL) / samples.median(ours, Figure.TOTAL)));
                promises.add(Promise.atMostTimes(
                        "write-ahead log, of that of " + way.name(),
                        LOG_AT_MOST,
                        samples.median(ours, Figure.WAL) / samples.median(way, Figure.WAL)));
            }
            promises.add(
                    Promise.none("rows too few or too many, " + way.name(), samples.greatest(way, Figure.DIFFERENCES)));
        }
        return promises;
    }
}

package dev.tidemark.plan;

import dev.tidemark.schema.Table;
import dev.tidemark.schema.TimescaleDb;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The ways to a hypertable, with what each costs here. */
final class Choices {
    /** 1.0 GB with indexes, loaded, indexed and proved in 14 s by two workers, with 1.5 bytes of WAL a byte. */
    private static final long COPIED_BYTES_PER_SECOND = 70_000_000L;

    private static final double WAL_PER_BYTE = 1.5;

    private final Situation situation;
    private final List<Table> tables;

    Choices(Situation situation) {
        this.situation = situation;
        this.tables = situation.each((target, table) -> Stream.of(table)).toList();
    }

    @Override
    public String toString() {
        return String.join("; ", attach(), adopt(), copy());
    }

    /** One sentence without its full stop. */
    String attach() {
        boolean here = situation
                .timescaledb()
                .filter(t -> t.edition() == TimescaleDb.Edition.COMMUNITY && t.isAtLeast(AttachedChunks.SINCE))
                .isPresent();
        long heap = tables.stream().mapToLong(t -> t.size().heapBytes()).sum();
        return "attach reads " + Figures.size(heap) + " inside the window of about " + window(Strategy.ATTACH)
                + " and copies nothing"
                + (here ? "" : ", but needs the Community edition from " + AttachedChunks.SINCE + " on");
    }

    /** One sentence without its full stop. */
    String adopt() {
        boolean here = situation
                .timescaledb()
                .filter(t -> AdoptedChunks.PROVEN.contains(t.version()))
                .isPresent();
        return "adopt reads and copies nothing, window of about " + window(Strategy.ADOPT)
                + ", but writes TimescaleDB's catalog, so it needs a superuser"
                + (here ? "" : " and TimescaleDB " + String.join(" or ", AdoptedChunks.PROVEN));
    }

    /** One sentence without its full stop. */
    String copy() {
        long bytes = situation
                .each((target, table) ->
                        Stream.of(situation.copied(target, table.size().totalBytes())))
                .mapToLong(copied -> copied)
                .sum();
        return "copy writes " + Figures.size(bytes) + " of disk and "
                + Figures.size(Math.round(bytes * WAL_PER_BYTE)) + " of WAL in about "
                + Figures.time(Duration.ofSeconds(1 + bytes / COPIED_BYTES_PER_SECOND)) + " beside the application";
    }

    private String window(Strategy strategy) {
        return Figures.time(
                new Estimator(tables, situation, strategy).estimate(List.of()).longestWindow());
    }
}

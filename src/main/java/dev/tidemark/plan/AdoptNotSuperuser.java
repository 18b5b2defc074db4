package dev.tidemark.plan;

import dev.tidemark.sql.Sql;
import java.util.stream.Stream;

/** Only a superuser may write the catalog of an extension. */
final class AdoptNotSuperuser implements ChunkRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.options().strategy() == Strategy.ADOPT
                        && !situation.server().superuser()
                ? Stream.of(Finding.blocking(
                        "TM233",
                        "strategy=\"adopt\" writes TimescaleDB's catalog, which only a superuser may; "
                                + Sql.identifier(situation.server().user()) + " is none.",
                        "Convert as a superuser, or use strategy=\"attach\" on the Community edition."))
                : Stream.empty();
    }
}

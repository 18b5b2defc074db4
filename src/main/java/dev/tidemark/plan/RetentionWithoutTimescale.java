package dev.tidemark.plan;

import dev.tidemark.schema.TimescaleDb.Edition;
import java.util.stream.Stream;

/** On the Apache edition somebody has to call Tidemark's own retention. */
final class RetentionWithoutTimescale implements HypertableRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        boolean wanted = situation.request().tables().stream()
                .anyMatch(t -> t.retention().isPresent());
        boolean apache = situation
                .timescaledb()
                .filter(t -> t.edition() == Edition.APACHE)
                .isPresent();
        if (!wanted || !apache) {
            return Stream.empty();
        }
        return Stream.of(
                situation.server().cron().isPresent()
                        ? Finding.note(
                                "TM136",
                                "The Apache edition of TimescaleDB has no retention policy; Tidemark keeps one itself, and pg_cron will carry it"
                                        + " out every 15 minutes.",
                                "Nothing to do.")
                        : Finding.note(
                                "TM137",
                                "The Apache edition of TimescaleDB has no retention policy; Tidemark keeps one itself, but nobody will carry it"
                                        + " out here: pg_cron is not in this database.",
                                "Call \"liquibase tidemark maintain\" from a scheduler, every 15 minutes say, or SELECT * FROM "
                                        + situation.journal()
                                        + ".apply_retention(), or install pg_cron in this database before."));
    }
}

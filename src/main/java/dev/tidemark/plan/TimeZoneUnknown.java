package dev.tidemark.plan;

import java.time.ZoneId;
import java.util.stream.Stream;

/** Names alone: PostgreSQL takes {@code +02} for two hours west of Greenwich, everybody else for two hours east. */
final class TimeZoneUnknown implements PartitionsRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.request().tables().stream()
                .flatMap(target -> target.partitioning().stream())
                .map(Partitioning::timeZone)
                .filter(zone -> !ZoneId.getAvailableZoneIds().contains(zone))
                .map(zone -> Finding.blocking(
                        "TM170",
                        "timeZone=\"" + zone + "\" is no name of a time zone.",
                        "Set it to one like \"Europe/Berlin\", spelled exactly, or leave it out: then it is UTC."
                                + NearMisses.of(zone, ZoneId.getAvailableZoneIds())));
    }
}

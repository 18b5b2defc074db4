package dev.tidemark.plan;

import dev.tidemark.schema.DiskForecast;
import dev.tidemark.schema.DiskForecast.Room;
import java.util.stream.Stream;

/** A copy needs room for the rows and their indexes a second time. */
final class DiskForCopy implements CopyRule {
    @Override
    public Stream<Finding> judge(Situation situation) {
        return situation.disks().stream()
                .flatMap(disks -> Stream.concat(
                        disks.rooms().stream().flatMap(room -> judge(room, disks)),
                        disks.whyUnknown().stream().map(DiskForCopy::unknown)));
    }

    private static Stream<Finding> judge(Room room, DiskForecast disks) {
        String has = room.name() + " has " + Figures.size(room.freeBytes())
                + " free, and the copy with its indexes takes " + Figures.size(room.neededBytes());
        if (room.missing(0) > 0) {
            return Stream.of(Finding.blocking(
                    "TM222",
                    has + ": " + Figures.size(room.missing(0)) + " too little (" + room.missing(0) + " bytes).",
                    "Free that much and what the application writes meanwhile, or convert onto a larger disk."));
        }
        return room.missing(disks.reserve()) > 0
                ? Stream.of(Finding.note(
                        "TM223",
                        has + ", which leaves less than the reserve of " + Figures.size(disks.reserve())
                                + ": the run stops before it copies the first row.",
                        "Free " + Figures.size(room.missing(disks.reserve()))
                                + ", or, once the run has stopped there, say liquibase tidemark resume --disk-reserve=… and run the same change"
                                + " again."))
                : Stream.empty();
    }

    private static Finding unknown(String why) {
        return Finding.note(
                "TM224",
                "It is not known how much is free on the server's disks, so nothing stops the copy before they are full: "
                        + why + ".",
                "Look yourself: the size of the tables with their indexes once more, and some for the log.");
    }
}

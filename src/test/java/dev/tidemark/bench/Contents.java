package dev.tidemark.bench;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.Rows;

/** Compares what the bench itself reads, with a hash that the product does not use. */
final class Contents {
    private Contents() {}

    /** 0 if both queries yield the same rows, else 1. */
    static double differences(Database database, String one, String other) {
        return differences(Rows.of(database, one), Rows.of(database, other));
    }

    static double differences(Rows one, Rows other) {
        if (one.equals(other)) {
            return 0;
        }
        Console.say("      differs: %s, %s", one, other);
        return 1;
    }
}

package dev.tidemark;

import static dev.tidemark.testing.Capability.ATTACH_CHUNK;

import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.Strategy;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Tick;
import org.junit.jupiter.api.Test;

/** Whatever Community server there is, and be it the one compiled to WebAssembly, which has TimescaleDB 2.23 and a single session. */
@PostgresTest(needs = ATTACH_CHUNK, promise = "attach, compression and the way back on the Community edition")
class WebAssemblyIT {
    @Test
    @Tick({"1.16", "1.17"})
    void partitions_are_attached_compressed_and_come_back(Database database) throws Exception {
        new RoundTrip(database, Strategy.ATTACH, ForeignKeyChoice.TRIGGER).run();
    }
}

package dev.tidemark.faults;

import static dev.tidemark.testing.Capability.ANOTHER;
import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.CRASH;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SMALL_DISK;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.TestServer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Ten random faults, every kind of them; {@code mvn -Pfaults verify} deals out hundreds. */
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS, CLIENT_PROGRAMS, CRASH, ANOTHER},
        promise = "copies survive random faults: nothing lost, doubled or changed, nothing done twice")
class CopyFaultsIT {
    private final long seed = Long.getLong("seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void copies_survive_random_faults(TestServer server) {
        System.out.println("Random faults of copies: -Dseed=" + seed);
        try (Stage stage = new Stage(server)) {
            Campaign campaign = new Campaign(stage, seed);
            for (Fault fault : Fault.values()) {
                if (fault != Fault.DISK_FULL) {
                    campaign.strike(any(), fault, 0);
                }
            }
            campaign.strike(any(), Fault.values()[random.nextInt(Fault.DISK_FULL.ordinal())], 1);
            assertThat(campaign.broken()).isEmpty();
        }
    }

    @Test
    @PostgresTest(needs = SMALL_DISK, promise = "a copy goes on when a full disk has room again")
    void a_copy_survives_a_full_disk(TestServer server) {
        System.out.println("A full disk: -Dseed=" + seed);
        try (Stage stage = new Stage(server)) {
            Campaign campaign = new Campaign(stage, seed);
            campaign.strike(any(), Fault.DISK_FULL, 0);
            assertThat(campaign.broken()).isEmpty();
        }
    }

    private Conversion any() {
        return Conversion.values()[random.nextInt(Conversion.values().length)];
    }
}

package dev.tidemark.faults;

import static dev.tidemark.testing.Capability.ANOTHER;
import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.CRASH;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SMALL_DISK;
import static dev.tidemark.testing.Capability.SUPERUSER;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testing.Alone;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.TestServer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Ten random faults, every kind of them; {@code mvn -Pfaults verify} deals out hundreds. */
@Alone
@PostgresTest(
        needs = {TIMESCALEDB, SUPERUSER, SEVERAL_SESSIONS, CLIENT_PROGRAMS, CRASH, ANOTHER},
        promise = "copies survive random faults: nothing lost, doubled or changed, nothing done twice")
class CopyFaultsIT {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static @Nullable Stage stage;

    /** Two kinds a build: making ready what is struck takes longer than striking. */
    private static List<Conversion> conversions() {
        List<Conversion> all = new ArrayList<>(List.of(Conversion.values()));
        Collections.shuffle(all, new Random(SEED));
        return all.subList(0, 2);
    }

    @AfterAll
    static void stop() {
        if (stage != null) {
            stage.close();
            stage = null;
        }
    }

    @Test
    void copies_survive_random_faults(TestServer server) {
        Campaign campaign = campaign(server);
        List<Fault> faults = new ArrayList<>(EnumSet.complementOf(EnumSet.of(Fault.DISK_FULL)));
        faults.add(faults.get(new Random(SEED).nextInt(faults.size())));
        for (int i = 0; i < faults.size(); i++) {
            Conversion conversion = conversions().get(i % 2);
            if (conversion.canMeet(faults.get(i))) {
                campaign.strike(conversion, faults.get(i), i);
            }
        }
        assertThat(campaign.broken()).isEmpty();
    }

    @Test
    @PostgresTest(needs = SMALL_DISK, promise = "a copy goes on when a full disk has room again")
    void a_copy_survives_a_full_disk(TestServer server) {
        Campaign campaign = campaign(server);
        campaign.strike(
                conversions().stream().filter(Conversion::copies).findFirst().orElseThrow(), Fault.DISK_FULL, 0);
        assertThat(campaign.broken()).isEmpty();
    }

    private static Campaign campaign(TestServer server) {
        System.out.println("Random faults of copies: -Dseed=" + SEED);
        if (stage == null) {
            stage = new Stage(server);
        }
        return new Campaign(stage, SEED);
    }
}

package dev.tidemark.faults;

import dev.tidemark.testing.Capability;
import dev.tidemark.testing.TestServer;
import dev.tidemark.testing.TestServers;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * Deals out random faults to every conversion. Fails where a promise does not hold. Options: {@code -Dfaults=200} for each kind of conversion,
 * {@code -Dkind=…} for those whose name contains it, {@code -Dfault=…} for faults whose name contains it, {@code -Dseed=…}.
 */
public final class Faults {
    private static final Set<Capability> NEEDS = EnumSet.of(
            Capability.TIMESCALEDB,
            Capability.SUPERUSER,
            Capability.SEVERAL_SESSIONS,
            Capability.CLIENT_PROGRAMS,
            Capability.CRASH,
            Capability.SMALL_DISK,
            Capability.ANOTHER);

    private Faults() {}

    public static void main(String[] arguments) {
        long seed = Long.parseLong(option("seed", String.valueOf(System.nanoTime())));
        int count = Integer.parseInt(option("faults", "200"));
        TestServer server = TestServers.with(NEEDS)
                .orElseThrow(() -> new IllegalStateException("no server here may be crashed and filled"));
        try (Stage stage = new Stage(server)) {
            Campaign campaign = new Campaign(stage, seed);
            for (Conversion conversion : Conversion.values()) {
                if (conversion.toString().contains(option("kind", ""))) {
                    Campaign.say("%s: %d faults, -Dseed=%d", conversion, count, seed);
                    campaign.against(conversion, count, faults(conversion));
                    campaign.write();
                }
            }
            if (!campaign.broken().isEmpty()) {
                throw new AssertionError(campaign.broken().size() + " faults were not survived, see target/faults.md");
            }
        }
    }

    private static Set<Fault> faults(Conversion conversion) {
        Set<Fault> faults = EnumSet.allOf(Fault.class);
        faults.removeIf(fault -> !conversion.canMeet(fault));
        faults.removeIf(fault -> !fault.toString().contains(option("fault", "").replace('-', ' ')));
        return faults;
    }

    private static String option(String name, String otherwise) {
        String given = System.getProperty(name, "");
        return given.isEmpty() ? otherwise : given.toLowerCase(Locale.ROOT);
    }
}

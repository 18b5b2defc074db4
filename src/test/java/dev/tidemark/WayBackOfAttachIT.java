package dev.tidemark;

import static dev.tidemark.testing.Capability.ATTACH_CHUNK;

import dev.tidemark.plan.Strategy;
import dev.tidemark.testing.PostgresTest;

/** Attached chunks on their way back. */
@PostgresTest(needs = ATTACH_CHUNK, promise = "the way back of attached chunks after a week of use")
class WayBackOfAttachIT extends WayBackTests {
    @Override
    Strategy strategy() {
        return Strategy.ATTACH;
    }
}

package dev.tidemark.faults;

import java.time.Duration;

/** SIGSTOP; then, as the dice say, SIGCONT or SIGKILL. */
final class ClientFrozen implements Attack {
    private static final Duration SHORTEST = Duration.ofMillis(200);
    /** Longer than a window may last. */
    private static final Duration LONGEST = Duration.ofSeconds(4);

    private boolean killed;

    @Override
    public boolean strike(Scene scene) throws Exception {
        if (!scene.arrive()) {
            return false;
        }
        CommandLine client = (CommandLine) scene.client();
        client.freeze();
        scene.last(scene.within(SHORTEST, LONGEST));
        killed = scene.random().nextBoolean();
        if (killed) {
            client.kill();
        } else {
            client.thaw();
        }
        return true;
    }

    @Override
    public boolean kills() {
        return killed;
    }
}

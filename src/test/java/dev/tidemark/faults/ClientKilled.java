package dev.tidemark.faults;

/** SIGKILL. */
final class ClientKilled implements Attack {
    @Override
    public boolean strike(Scene scene) throws Exception {
        if (!scene.arrive()) {
            return false;
        }
        ((CommandLine) scene.client()).kill();
        return true;
    }

    @Override
    public boolean kills() {
        return true;
    }
}

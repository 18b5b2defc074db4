package dev.tidemark.faults;

/** One connection, or all of them, are closed by something in between. */
final class NetworkCut implements Attack {
    @Override
    public boolean strike(Scene scene) throws Exception {
        if (!scene.arrive()) {
            return false;
        }
        var lines = NetworkDead.some(scene);
        lines.forEach(Proxy.Line::cut);
        return !lines.isEmpty();
    }
}

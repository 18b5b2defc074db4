package dev.tidemark.faults;

import java.time.Duration;
import java.util.List;

/** On one connection, or on all of them, nothing comes through any more. After a while the client's system gives up; the server's does not. */
final class NetworkDead implements Attack {
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(3);

    @Override
    public boolean strike(Scene scene) throws Exception {
        if (!scene.arrive()) {
            return false;
        }
        List<Proxy.Line> lines = some(scene);
        lines.forEach(Proxy.Line::die);
        scene.last(scene.within(SHORTEST, LONGEST));
        for (Proxy.Line line : lines) {
            line.clientGivesUp();
        }
        return !lines.isEmpty();
    }

    static List<Proxy.Line> some(Scene scene) {
        List<Proxy.Line> lines = scene.proxy().lines();
        return lines.isEmpty() || scene.random().nextBoolean()
                ? lines
                : List.of(lines.get(scene.random().nextInt(lines.size())));
    }
}

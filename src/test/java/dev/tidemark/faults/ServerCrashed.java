package dev.tidemark.faults;

import dev.tidemark.testing.TestServer;

/** The server stops at once, forgets what was not yet on disk, and is started again. */
final class ServerCrashed implements Attack {
    private final TestServer server;

    ServerCrashed(TestServer server) {
        this.server = server;
    }

    @Override
    public boolean strike(Scene scene) throws Exception {
        if (!scene.arrive()) {
            return false;
        }
        server.crash();
        server.restart();
        return true;
    }
}

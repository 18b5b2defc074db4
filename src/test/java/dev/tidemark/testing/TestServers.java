package dev.tidemark.testing;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the servers of this JVM and starts each when it is first asked for. In this order: {@code TIDEMARK_TEST_URL}, Docker, a
 * private Debian, embedded PostgreSQL; {@code -Dtidemark.testServer=url|docker|debian|embedded} forces one. Everything started here
 * is stopped when the JVM ends.
 */
public final class TestServers {

    /** Where the servers come from. */
    private enum Source {
        URL,
        DOCKER,
        DEBIAN,
        EMBEDDED
    }

    /** What a server is for. */
    private enum Role {
        MAIN,
        OLDER,
        COMMUNITY
    }

    private static final String URL = "TIDEMARK_TEST_URL";
    private static final String COMMUNITY_URL = "TIDEMARK_TEST_COMMUNITY_URL";

    private static final Map<Role, TestServer> RUNNING = new EnumMap<>(Role.class);
    private static final Deque<TestServer> STARTED = new ArrayDeque<>();
    private static @Nullable Source source;
    private static @Nullable DebianRoot trixie;

    private TestServers() {}

    /** The server that most tests and the demo use. */
    public static synchronized TestServer main() {
        return running(Role.MAIN, TestServers::startMain);
    }

    /** Whether {@link #with} has an answer. Starts nothing that is ours. */
    static synchronized boolean canProvide(Set<Capability> needs) {
        return role(needs).isPresent();
    }

    /**
     * The first server that can do all of it: the main one, else the older Debian, else Community as WebAssembly. Empty if this machine
     * has none. Only the server that is returned gets started.
     */
    public static synchronized Optional<TestServer> with(Set<Capability> needs) {
        return role(needs).map(role -> switch (role) {
            case MAIN -> main();
            case OLDER -> running(role, TestServers::startOlder);
            case COMMUNITY -> running(role, TestServers::startCommunity);
        });
    }

    private static Optional<Role> role(Set<Capability> needs) {
        if (mainCapabilities().containsAll(needs)) {
            return Optional.of(Role.MAIN);
        }
        if (source() == Source.DEBIAN && DebianServer.BOOKWORM.containsAll(needs)) {
            return Optional.of(Role.OLDER);
        }
        return (needs.contains(Capability.COMMUNITY) || needs.contains(Capability.ATTACH_CHUNK))
                        && communityCapabilities().containsAll(needs)
                ? Optional.of(Role.COMMUNITY)
                : Optional.empty();
    }

    private static Set<Capability> communityCapabilities() {
        if (System.getenv(COMMUNITY_URL) != null) {
            return running(Role.COMMUNITY, TestServers::startCommunity).capabilities();
        }
        return CommunityServer.isPossible() ? CommunityServer.CAPABILITIES : Set.of();
    }

    /** Ends the WebAssembly server: it is fresh for each test class. */
    static synchronized void releaseCommunity() {
        if (RUNNING.get(Role.COMMUNITY) instanceof CommunityServer server) {
            RUNNING.remove(Role.COMMUNITY);
            STARTED.remove(server);
            server.close();
        }
    }

    private static TestServer startCommunity() {
        String url = System.getenv(COMMUNITY_URL);
        if (url != null) {
            return new UrlServer(url);
        }
        say("starting TimescaleDB Community as WebAssembly, about 5 seconds");
        return CommunityServer.start();
    }

    private static TestServer startOlder() {
        DebianRoot root = DebianRoot.bookworm();
        say("starting PostgreSQL 15 with pg_partman 4, about 3 seconds");
        return DebianServer.start(root, DebianServer.BOOKWORM);
    }

    private static Set<Capability> mainCapabilities() {
        return switch (source()) {
            case URL, DOCKER -> main().capabilities();
            case DEBIAN -> DebianServer.TRIXIE;
            case EMBEDDED -> EmbeddedServer.CAPABILITIES;
        };
    }

    private static TestServer startMain() {
        return switch (source()) {
            case URL -> new UrlServer(url());
            case DOCKER -> DockerServer.start();
            case DEBIAN -> {
                DebianRoot root = trixie();
                say("starting PostgreSQL 17 with TimescaleDB, pg_partman, PostGIS, about 5 seconds");
                yield DebianServer.start(root, DebianServer.TRIXIE);
            }
            case EMBEDDED -> EmbeddedServer.start();
        };
    }

    /** Asked once: a Docker daemon that does not answer takes its time to do so. */
    private static Source source() {
        if (source == null) {
            String forced = System.getProperty("tidemark.testServer", "");
            source = forced.isEmpty() ? firstPossible() : Source.valueOf(forced.toUpperCase(Locale.ROOT));
        }
        return source;
    }

    private static Source firstPossible() {
        if (!url().isEmpty()) {
            return Source.URL;
        }
        if (DockerServer.isPossible()) {
            return Source.DOCKER;
        }
        return DebianRoot.isPossible() ? Source.DEBIAN : Source.EMBEDDED;
    }

    /** The property is for the demo, which is a command with options. */
    private static String url() {
        return System.getProperty("tidemark.testUrl", System.getenv().getOrDefault(URL, ""));
    }

    static synchronized DebianRoot trixie() {
        if (trixie == null) {
            trixie = DebianRoot.trixie();
        }
        return trixie;
    }

    private static TestServer running(Role role, Supplier<TestServer> start) {
        if (STARTED.isEmpty()) {
            Runtime.getRuntime().addShutdownHook(new Thread(TestServers::stopAll, "stop test servers"));
        }
        return RUNNING.computeIfAbsent(role, r -> {
            long begin = System.nanoTime();
            TestServer server = start.get();
            STARTED.push(server);
            say("ready after %.1f s: %s".formatted((System.nanoTime() - begin) / 1e9, server.name()));
            return server;
        });
    }

    private static synchronized void stopAll() {
        while (!STARTED.isEmpty()) {
            STARTED.pop().close();
        }
    }

    /** One line on standard output, before something that takes time. */
    static void say(String what) {
        System.out.println("[test servers] " + what);
    }
}

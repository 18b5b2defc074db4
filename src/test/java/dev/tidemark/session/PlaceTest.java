package dev.tidemark.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlaceTest {
    private static final String START = "2026-11-01 04:05:06.789012";
    private static final Place MAIN = at("app", START, Optional.of(5432));

    private static Place at(String database, String start, Optional<Integer> port) {
        return new Place(1, database, "owner", "none", start, port);
    }

    @Test
    void another_server_is_told_by_its_start_or_its_port() {
        assertThat(MAIN.isSameDatabase(at("app", START, Optional.of(5432)))).isTrue();
        assertThat(MAIN.isSameDatabase(at("app", "2026-11-01 04:05:06.789013", Optional.of(5432))))
                .isFalse();
        assertThat(MAIN.isSameDatabase(at("app", START, Optional.of(5433)))).isFalse();
        assertThat(MAIN.isSameDatabase(at("App", START, Optional.of(5432)))).isFalse();
    }

    /** A pooler beside the server talks to it over a Unix socket, further connections past it over TCP. */
    @Test
    void a_unix_socket_has_no_port_to_compare() {
        assertThat(MAIN.isSameDatabase(at("app", START, Optional.empty()))).isTrue();
        assertThat(at("app", START, Optional.empty()).isSameDatabase(MAIN)).isTrue();
    }

    @Test
    void it_says_where_it_is() {
        assertThat(MAIN.inWords())
                .isEqualTo(
                        "database \"app\" of the server on port 5432 that was started 2026-11-01 04:05:06.789012 UTC");
    }
}

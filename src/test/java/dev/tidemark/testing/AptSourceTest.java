package dev.tidemark.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AptSourceTest {

    @Test
    void reads_the_one_line_form() {
        String list =
                """
                # deb http://example.com/old bookworm main
                deb [arch=amd64 signed-by=/etc/apt/keyrings/own.gpg] https://example.com/debian bookworm main contrib
                deb https://example.com/debian bookworm-updates main
                deb-src https://example.com/debian bookworm main
                deb https://example.com/other bookworm stable
                """;

        assertThat(AptSource.parse(list, false, "bookworm"))
                .containsExactly(new AptSource("https://example.com/debian", "/etc/apt/keyrings/own.gpg"));
    }

    @Test
    void reads_the_deb822_form() {
        String sources =
                """
                # made by an installer
                Types: deb deb-src
                # a comment between fields
                URIs: https://example.com/debian https://example.org/debian
                Suites: bookworm bookworm-updates
                Components: main
                Signed-By:
                 -----BEGIN PGP PUBLIC KEY BLOCK-----
                 .
                 mQINBGPL0BUBEADmW5NdOOHwPIJlgPu6JDcKw/NZJPR8lsD3K87ZM18gzyQZJD+w

                Types: deb
                URIs: https://example.com/debian-security
                Suites: bookworm-security
                Components: main

                Types: deb
                URIs: https://example.com/disabled
                Suites: bookworm
                Components: main
                Enabled: no
                """;

        assertThat(AptSource.parse(sources, true, "bookworm"))
                .containsExactly(
                        new AptSource("https://example.com/debian", "/usr/share/keyrings/debian-archive-keyring.gpg"));
    }

    @Test
    void names_the_suite_it_is_asked_for() {
        assertThat(new AptSource("https://example.com/debian", "/k.gpg").line("trixie"))
                .isEqualTo("deb [signed-by=/k.gpg] https://example.com/debian trixie main");
    }
}

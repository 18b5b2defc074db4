package dev.tidemark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The versions of Liquibase that our jar is tested with; the build lays their libraries out in {@code target/liquibase-VERSION}. */
public enum LiquibaseVersion {
    /** Spring Boot 3.5. */
    V4_31_1("4.31.1"),
    /** Quarkus, and what we compile against. */
    V4_33_0("4.33.0"),
    /** Spring Boot 4. */
    V5_0_4("5.0.4");

    private final String number;

    LiquibaseVersion(String number) {
        this.number = number;
    }

    @Override
    public String toString() {
        return number;
    }

    /** Liquibase, picocli, the driver, and our jar as {@code mvn package} made it: no class of the tests. */
    String classPath() {
        String jar = System.getProperty("tidemark.jar", "");
        if (jar.isEmpty()) {
            throw new IllegalStateException("tidemark.jar is not set: such tests end in IT and are run by mvn verify");
        }
        try (Stream<Path> libraries = Files.list(Path.of("target", "liquibase-" + number))) {
            return Stream.concat(libraries.sorted().map(Path::toString), List.of(jar).stream())
                    .collect(Collectors.joining(":"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

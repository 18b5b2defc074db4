package dev.tidemark.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that needs a real server. On a class or on a method (what either needs adds up). A parameter of type {@link Database} gets a
 * fresh database with the extensions of what is needed, one of type {@link TestServer} the server. Where this machine cannot provide
 * it, the test is skipped as "not shown here: …" and recorded in {@code target/not-shown.txt}.
 */
@Documented
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(PostgresExtension.class)
public @interface PostgresTest {

    Capability[] needs() default {};

    /** What stays unproved where the test cannot run; its name if empty. */
    String promise() default "";

    /** False for tests that create the extensions themselves. */
    boolean createExtensions() default true;
}

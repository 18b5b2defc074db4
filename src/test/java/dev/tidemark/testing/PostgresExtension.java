package dev.tidemark.testing;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Gives tests their server and their database; see {@link PostgresTest}. */
final class PostgresExtension implements ExecutionCondition, ParameterResolver, AfterAllCallback {

    private static final ExtensionContext.Namespace STORE = ExtensionContext.Namespace.create(PostgresExtension.class);

    static {
        NotShown.write(); // empty: nothing of an earlier build stays when this one can show everything
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Set<Capability> needs = needs(context);
        if (TestServers.canProvide(needs)) {
            return ConditionEvaluationResult.enabled("a server with " + needs);
        }
        String missing = needs.stream().map(Capability::words).collect(Collectors.joining(", "));
        String reason = "not shown here: %s; it needs one server with %s".formatted(promise(context), missing);
        NotShown.record(name(context), reason);
        return ConditionEvaluationResult.disabled(reason);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Database.class || type == TestServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        TestServer server = TestServers.with(needs(context)).orElseThrow();
        if (parameter.getParameter().getType() == TestServer.class) {
            return server;
        }
        boolean create = annotations(context).allMatch(PostgresTest::createExtensions);
        Database database = Database.create(server, create ? needs(context) : Set.of());
        context.getStore(STORE).put(database.name(), database); // the store closes it after the test
        return database;
    }

    /** A server that serves one test class ends with it. */
    @Override
    public void afterAll(ExtensionContext context) {
        TestServers.releaseCommunity();
    }

    static Set<Capability> needs(ExtensionContext context) {
        var needs = EnumSet.noneOf(Capability.class);
        annotations(context).forEach(a -> needs.addAll(List.of(a.needs())));
        return needs;
    }

    static String promise(ExtensionContext context) {
        return annotations(context)
                .map(PostgresTest::promise)
                .filter(p -> !p.isEmpty())
                .findFirst()
                .orElse(context.getDisplayName());
    }

    /** That of the method first, then that of its class. */
    private static Stream<PostgresTest> annotations(ExtensionContext context) {
        return Stream.of(context.getTestMethod(), context.getTestClass())
                .flatMap(Optional::stream)
                .map(e -> AnnotationSupport.findAnnotation(e, PostgresTest.class))
                .flatMap(Optional::stream);
    }

    static String name(ExtensionContext context) {
        return Stream.of(
                        context.getTestClass().map(Class::getSimpleName),
                        context.getTestMethod().map(m -> m.getName()))
                .flatMap(Optional::stream)
                .collect(Collectors.joining("."));
    }
}

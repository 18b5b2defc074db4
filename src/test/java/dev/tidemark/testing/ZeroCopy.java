package dev.tidemark.testing;

import dev.tidemark.plan.Strategy;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * The strategies that copy nothing, for tests that are the same for both: {@code ATTACH} only on a server whose TimescaleDB has attach_chunk, and listed as not
 * shown elsewhere.
 */
public final class ZeroCopy implements ArgumentsProvider {
    @Override
    public Stream<? extends Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
        Set<Capability> needs = EnumSet.copyOf(PostgresExtension.needs(context));
        TestServer server = TestServers.with(needs).orElseThrow();
        if (server.capabilities().contains(Capability.ATTACH_CHUNK)) {
            return Stream.of(Arguments.of(Strategy.ATTACH), Arguments.of(Strategy.ADOPT));
        }
        NotShown.record(
                PostgresExtension.name(context) + " ATTACH",
                "not shown here: " + PostgresExtension.promise(context) + "; it needs one server with "
                        + Capability.ATTACH_CHUNK.words());
        return Stream.of(Arguments.of(Strategy.ADOPT));
    }
}

package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionTarget;
import java.util.List;
import java.util.Optional;

/** One table that becomes a plain table. */
public class PlainTableElement extends TableElement {
    @Override
    ConversionTarget target(AttributeReader reader, String defaultSchema) {
        return new ConversionTarget(
                name(reader, defaultSchema),
                reader.text("timeColumn", getTimeColumn()).orElse(ConversionTarget.AS_IT_IS),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                reader.text("retiredName", getRetiredName()));
    }
}

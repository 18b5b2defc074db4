package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionRequest;
import java.util.Optional;
import liquibase.change.ChangeMetaData;
import liquibase.change.DatabaseChange;

/** {@code <tidemark:drainDefault>}: the rows of a DEFAULT partition get partitions of their own. */
@DatabaseChange(
        name = ConversionRequest.DRAIN_DEFAULT,
        description = "Gives the rows of a DEFAULT partition partitions of their own, beside the application",
        priority = ChangeMetaData.PRIORITY_DEFAULT)
public class DrainDefaultChange extends ExchangeChange {
    public DrainDefaultChange() {
        super(ConversionRequest.Goal.DRAINED);
    }

    @Override
    Optional<String> part(AttributeReader attributes) {
        return Optional.empty();
    }
}
